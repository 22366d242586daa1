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

// Reply is what the router said to one command.
type Reply struct {
	Rows proto.Sentences // the !re sentences as they arrived, the reply word and the tag included
	Len  int             // number of rows
	Done proto.Sentence  // the !done, whose =ret= is the result of add, count-only and others
	Page charset.Page    // of text in the rows that is not UTF-8
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
	watch *watch // on the context; nil for one that does not end
	ended func() // see Command.Ended; may be nil

	// Guarded by s.mu.
	words []string // of the command, until it is sent
	// wake has room for one signal: rows came for a hungry consumer, or the call
	// has finished. It is made by a consumer that has to wait, and never closed.
	wake      chan struct{}
	begun     time.Time       // when it was handed over
	sent      bool            // it has left its queue
	sentAt    time.Time       // when it did
	begins    int64           // where it begins in all the bytes of the session's out
	rows      proto.Sentences // not yet taken by Next
	len       int             // rows in rows
	traps     []Trap
	trapText  int // bytes of messages in traps
	done      proto.Sentence
	reapTimer *time.Timer // runs from a cancel to the router's last word
	hungry    bool        // the consumer waits for rows in Next, not for the end in Wait
	finished  bool        // the consumer has its result; rows that still come are dropped
	err       error       // of a finished call; nil after a plain !done
}

// watch ends the calls that were started together when their context ends. It is
// guarded by s.mu.
type watch struct {
	open int         // calls that have no result yet; with the last one the watch is over
	stop func() bool // takes it off the context
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
// has finished it or ctx ends, whichever is first; the caller must see to one
// of the two. Words must be free of empty ones and of tags, and are not to be
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
	// Buf is where the rows go, from its start; nil for a new buffer. Reusing
	// the rows of an earlier reply spares a poller of large tables the growing.
	Buf proto.Sentences
	// Limit is how many bytes of rows may be unread; 0 for Options.ReplyLimit.
	Limit int
	// Ended is called when the call has its result, and once more when the router
	// has said its last word on one that was given up before; nil for nothing. The
	// session is locked meanwhile: Ended must return at once and call nothing of it.
	Ended func()
}

// StartAll sends several commands in one write, so that together they cost one
// round trip. Commands beyond what may be in flight wait for their turn, and are
// sent one by one as others end; where not all find room to wait, none is sent
// and the error is [ErrBusy].
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
	made := make([]Call, len(commands)) // together, since they live together
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
		// Known before a byte leaves: a fast answer must find its call.
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

// checkWords refuses what would end the sentence early or give it a second tag.
// The HTTP side checks too and explains better; this is the last line.
func checkWords(words []string) error {
	if len(words) == 0 || words[0] == "" || words[0][0] != '/' {
		return errors.New("a command begins with a path such as /system/resource/print")
	}
	for _, w := range words {
		if w == "" {
			return errors.New("an empty word would end the command")
		}
		if len(w) >= 4 && w[:4] == ".tag" {
			return errors.New("tags are the session's own")
		}
	}
	return nil
}

// Wait returns the whole answer.
func (c *Call) Wait() (*Reply, error) {
	reply, _, err := c.WaitUntil(nil)
	return reply, err
}

// WaitUntil is Wait that gives up waiting, but not the call, when done is closed:
// over is false then, and Wait or WaitUntil may be called again.
func (c *Call) WaitUntil(done <-chan struct{}) (reply *Reply, over bool, err error) {
	if wake := c.waking(); wake != nil {
		select {
		case <-wake:
		case <-done:
			return nil, false, nil
		}
	}
	// The call has finished, so nobody else looks at these any more.
	reply = &Reply{Rows: c.rows, Len: c.len, Done: c.done, Page: c.s.page}
	c.rows, c.len = nil, 0
	return reply, true, c.err
}

// waking is what signals the end of the call; nil where it has finished.
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

// Next waits for rows and takes all that have arrived. At the end it returns
// io.EOF, or the error of the call, after the last rows were taken. A buffer
// passed in is used for rows to come: pass back what was returned before, once
// it is no longer needed.
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

// Cancel gives the call up: the router is told, the consumer gets cause.
func (c *Call) Cancel(cause error) { c.abandon(cause) }

func (c *Call) abandon(cause error) {
	c.s.mu.Lock()
	defer c.s.unlock()
	c.abandonLocked(cause)
}

// abandonLocked finishes a call from this side; mu is held. One that still waits
// for its turn is taken out of the line. One at the router stays in the table of
// tags, as a stone on its grave, and keeps its place in flight: until the
// router's !done it may still be at work.
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
	out = appendTag(out, ".tag=c", c.tag) // not a number, so its answer meets no call
	c.s.send(append(out, 0))
	c.reapTimer = time.AfterFunc(reapAfter, c.reap)
}

// reapAfter is how long the router's last word on a cancelled command may take.
// A router that was deaf for a while has never heard of some commands; with the
// places of a few such lost for good, the session would be of no use any more.
const reapAfter = 30 * time.Second

// settle ends the wait for the router's last word on a call that was given up; mu
// is held.
func (c *Call) settle() {
	if c.reapTimer == nil {
		return
	}
	c.reapTimer.Stop()
	if c.ended != nil {
		c.ended()
	}
}

// reap gives up waiting for the router's last word. Tags are not used again,
// so a word that comes all the same meets no call.
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
// A router that sends traps without end is bounded like one that sends rows.
func (c *Call) addTrap(t Trap) {
	if c.finished {
		return
	}
	if len(c.traps) == 0 || len(c.traps) < maxTraps && c.trapText+len(t.Message) <= maxTrapText {
		c.traps = append(c.traps, t)
		c.trapText += len(t.Message)
	}
}

// The first trap of a call is kept whatever its size, others up to these limits.
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

// finish gives the consumer its result; mu is held. Only the first result
// counts.
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
