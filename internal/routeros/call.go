package routeros

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Reply is the router's answer to one command.
type Reply struct {
	Rows proto.Sentences // the !re sentences as they arrived, including reply word and tag
	Len  int             // number of rows
	Done proto.Sentence  // the !done, whose =ret= is the result of add, count-only and others
	Page charset.Page    // code page of text in the rows that is not UTF-8
}

// Ret is the =ret= of the closing !done.
func (r *Reply) Ret() (value []byte, ok bool) { return r.Done.Get("ret") }

// Call is one command in flight. Its consumer is one goroutine that uses
// either Next until the end, or Wait.
type Call struct {
	// Static after construction.
	s     *Session
	tag   uint64
	class Class
	limit int    // bytes of unread rows
	watch *watch // of the context; nil for a context that cannot end
	ended func() // see Command.Ended; may be nil

	// Guarded by s.mu.
	words []string // of the command; nil once it is sent
	// wake has room for one signal: rows came for a hungry consumer, or the call
	// has finished. It is made by a consumer that has to wait, and never closed.
	wake      chan struct{}
	begun     time.Time       // when StartAll accepted it
	sent      bool            // it has left the queue
	sentAt    time.Time       // when it left the queue
	begins    int64           // offset of its first byte in all bytes ever queued for sending
	rows      proto.Sentences // not yet taken by Next
	len       int             // rows in rows
	traps     []Trap
	trapText  int // bytes of messages in traps
	done      proto.Sentence
	reapTimer *time.Timer // runs from the /cancel to the router's !done
	hungry    bool        // the consumer waits for rows in Next, not for the end in Wait
	finished  bool        // the result is final; rows that still arrive are dropped
	err       error       // of a finished call; nil after a !done without traps
}

// watch ends the calls that were started together when their context ends. It is
// guarded by s.mu.
type watch struct {
	open int         // calls without a result; the last one ends the watch
	stop func() bool // unregisters it from the context
}

// Run sends one command and waits for its whole answer, or until ctx ends. A
// refusal is a [*TrapError], returned together with the rows that came before it.
func (s *Session) Run(ctx context.Context, words ...string) (*Reply, error) {
	c, err := s.Start(ctx, words...)
	if err != nil {
		return nil, err
	}
	return c.Wait()
}

// Start sends one command and returns at once. The call lives until the router
// has finished it or ctx ends, whichever is first; the caller must make sure that
// one of them happens. Words must not be empty, must not be tags, and must not be
// changed before the command has ended.
func (s *Session) Start(ctx context.Context, words ...string) (*Call, error) {
	calls, err := s.StartAll(ctx, Command{Words: words})
	if err != nil {
		return nil, err
	}
	return calls[0], nil
}

// Command is one command for StartAll.
type Command struct {
	Words []string
	Class Class
	// Buf is the buffer for the rows, which overwrite it; nil for a new one. Reusing
	// the rows of an earlier reply saves a poller of large tables the growing.
	Buf proto.Sentences
	// Limit is the maximum of unread rows in bytes; 0 for Options.ReplyLimit.
	Limit int
	// Ended, if not nil, is called when the call has its result, and again when the
	// router sends its !done for a call that was cancelled before. It is called with
	// the session locked: it must not block and must not call the session.
	Ended func()
}

// StartAll sends several commands in one write, so that together they cost one
// round trip. Commands beyond Options.MaxInFlight are queued and sent one by one
// as others end. If the queue has no room for all of them, none is sent and the
// error is [ErrBusy]. Any other error is a [*NotSentError].
func (s *Session) StartAll(ctx context.Context, commands ...Command) ([]*Call, error) {
	if ctx.Err() != nil {
		return nil, &NotSentError{context.Cause(ctx)}
	}
	for _, cmd := range commands {
		if err := checkWords(cmd.Words); err != nil {
			return nil, &NotSentError{err}
		}
	}
	if len(commands) == 0 {
		return nil, nil
	}
	made := make([]Call, len(commands)) // one allocation for calls that live together
	calls := make([]*Call, len(commands))
	var w *watch
	if ctx.Done() != nil {
		w = &watch{open: len(commands)}
	}
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return nil, &NotSentError{s.err}
	}
	if !s.scheduler.admits(commands) {
		for _, cmd := range commands {
			s.observer.Command(cmd.Class, Busy, 0, 0)
		}
		return nil, ErrBusy
	}
	now := time.Now()
	for i, cmd := range commands {
		s.lastTag++
		c := &made[i]
		*c = Call{
			s: s, tag: s.lastTag, class: cmd.Class, limit: cmp.Or(cmd.Limit, s.replyLimit),
			words: cmd.Words, watch: w, ended: cmd.Ended, rows: cmd.Buf[:0], begun: now,
		}
		// Registered before a byte is sent: a fast answer must find its call.
		s.calls[c.tag] = c
		s.scheduler.enqueue(c)
		calls[i] = c
	}
	if w != nil {
		w.stop = context.AfterFunc(ctx, func() {
			for i := range made {
				made[i].abandon(context.Cause(ctx))
			}
		})
	}
	s.sendWaiting()
	return calls, nil
}

// checkWords refuses words that would end the sentence early or give it a second
// tag. The HTTP side checks as well, with better messages.
func checkWords(words []string) error {
	if len(words) == 0 || words[0] == "" || words[0][0] != '/' {
		return errors.New("a command must begin with a path such as /system/resource/print")
	}
	for _, w := range words {
		if w == "" {
			return errors.New("an empty word would end the command")
		}
		if len(w) >= 4 && w[:4] == ".tag" {
			return errors.New("a command must not contain a tag: the session sets it")
		}
	}
	return nil
}

// Wait returns the whole answer.
func (c *Call) Wait() (*Reply, error) {
	reply, _, err := c.WaitUntil(nil)
	return reply, err
}

// WaitUntil is like Wait, but stops waiting when done is closed: over is false
// then, the call goes on, and Wait or WaitUntil may be called again.
func (c *Call) WaitUntil(done <-chan struct{}) (reply *Reply, over bool, err error) {
	if wake := c.waking(); wake != nil {
		select {
		case <-wake:
		case <-done:
			return nil, false, nil
		}
	}
	// The call has finished: nobody else uses these fields any more.
	reply = &Reply{Rows: c.rows, Len: c.len, Done: c.done, Page: c.s.page}
	c.rows, c.len = nil, 0
	return reply, true, c.err
}

// waking returns the channel that signals the end of the call, nil if it has
// finished.
func (c *Call) waking() <-chan struct{} {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.finished {
		return nil
	}
	if c.wake == nil {
		c.wake = make(chan struct{}, 1)
	}
	return c.wake
}

// Next waits for rows and returns all that have arrived. After the last rows it
// returns io.EOF, or the error of the call. The call uses buf for later rows: pass
// back what an earlier Next returned, once it is no longer needed.
func (c *Call) Next(buf proto.Sentences) (rows proto.Sentences, n int, err error) {
	for {
		c.s.mu.Lock()
		if c.len > 0 {
			rows, n = c.rows, c.len
			c.rows, c.len = buf[:0], 0
			c.s.mu.Unlock()
			return rows, n, nil
		}
		if c.finished {
			err = c.err
			c.s.mu.Unlock()
			if err == nil {
				err = io.EOF
			}
			return nil, 0, err
		}
		c.hungry = true
		if c.wake == nil {
			c.wake = make(chan struct{}, 1)
		}
		c.s.mu.Unlock()
		<-c.wake
	}
}

// Done is the closing !done once Next has returned io.EOF, nil before.
func (c *Call) Done() proto.Sentence {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.done
}

// Page is the code page of text in the rows that is not UTF-8.
func (c *Call) Page() charset.Page { return c.s.page }

// Cancel ends the call: it sends /cancel to the router, and the consumer gets
// cause. It does nothing if the call has finished.
func (c *Call) Cancel(cause error) { c.abandon(cause) }

func (c *Call) abandon(cause error) {
	c.s.mu.Lock()
	defer c.s.unlock()
	c.abandonLocked(cause)
}

// abandonLocked finishes a call from this side; mu is held. A queued one is
// removed from the queue. One that was sent stays in the table of tags as a
// tombstone, and counts as in flight: the router may still work on it until its
// !done.
func (c *Call) abandonLocked(cause error) {
	if c.finished || c.s.err != nil {
		return
	}
	c.rows, c.len = nil, 0
	if !c.sent {
		c.finish(&NotSentError{cause})
		c.s.scheduler.withdraw(c)
		delete(c.s.calls, c.tag)
		return
	}
	c.finish(cause)
	out := proto.AppendWord(c.s.buffer(), "/cancel")
	out = appendTag(out, "=tag=", c.tag)
	out = appendTag(out, ".tag=c", c.tag) // not a number: the answer matches no call
	c.s.send(append(out, 0))
	c.reapTimer = time.AfterFunc(reapAfter, c.reap)
}

// reapAfter is how long a tombstone waits for the router's !done. A router that
// was unresponsive for a while may never have seen some commands; if each of them
// counted as in flight for ever, the session would soon send nothing more.
const reapAfter = 30 * time.Second

// settle ends the wait of a tombstone; mu is held. It does nothing for a call that
// was not cancelled.
func (c *Call) settle() {
	if c.reapTimer == nil {
		return
	}
	c.reapTimer.Stop()
	if c.ended != nil {
		c.ended()
	}
}

// reap removes a tombstone. Tags are never reused, so an answer that arrives later
// matches no call.
func (c *Call) reap() {
	c.s.mu.Lock()
	defer c.s.unlock()
	if c.s.calls[c.tag] == c {
		c.s.release(c)
	}
}

// unsent reports whether the connection has certainly taken no byte of the
// command; mu is held.
func (c *Call) unsent() bool { return !c.sent || c.begins >= c.s.handed }

// addRow stores a row; mu is held.
func (c *Call) addRow(row proto.Sentence) {
	if c.finished {
		return
	}
	if len(c.rows)+len(row)+1 > c.limit {
		c.abandonLocked(ErrReplyTooLarge)
		return
	}
	c.rows = c.rows.Append(row)
	c.len++
	if c.hungry {
		c.hungry = false
		c.signal()
	}
}

// addTrap stores a trap; mu is held. A trap does not end a command, !done does.
// Endless traps are bounded just as endless rows are.
func (c *Call) addTrap(t Trap) {
	if c.finished {
		return
	}
	if len(c.traps) == 0 || len(c.traps) < maxTraps && c.trapText+len(t.Message) <= maxTrapText {
		c.traps = append(c.traps, t)
		c.trapText += len(t.Message)
	}
}

// The first trap of a call is always kept, others up to these limits.
const (
	maxTraps    = 64
	maxTrapText = 64 << 10 // bytes of messages
)

// finishDone ends the call with the router's !done; mu is held.
func (c *Call) finishDone(done proto.Sentence) {
	if c.finished {
		return
	}
	c.done = append(proto.Sentence{}, done...)
	if len(c.traps) > 0 {
		c.finish(&TrapError{Traps: c.traps})
		return
	}
	c.finish(nil)
}

// finish sets the result of the call; mu is held. Only the first result counts.
func (c *Call) finish(err error) {
	if c.finished {
		return
	}
	c.finished = true
	c.err = err
	c.observe()
	if c.ended != nil {
		c.ended()
	}
	if c.watch != nil {
		if c.watch.open--; c.watch.open == 0 {
			c.watch.stop()
		}
	}
	c.signal()
}

// signal wakes the consumer, if it waits; mu is held.
func (c *Call) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
