package routeros

import (
	"cmp"
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
	// Answered is when the !done came; the zero time where none did.
	Answered time.Time

	holding *holding // nil for a small reply
}

// Ret is the =ret= of the closing !done.
func (r *Reply) Ret() (value []byte, ok bool) { return r.Done.Get("ret") }

// Call is one command in flight. Its consumer is one goroutine that uses
// either Next or Take until the end, or Wait.
type Call struct {
	// Static after construction.
	s       *Session
	tag     uint64
	class   Class
	owner   *owner // of a foreground or streaming call; its fields belong to s.scheduler
	name    string // see Command.Owner
	limit   int    // bytes of unread rows
	watch   *watch // of the context; nil for a context that cannot end
	ended   func() // see Command.Ended; may be nil
	arrived func() // see Command.Arrived; may be nil
	// patient: see Command.Patient.
	patient bool
	joined  bool // StartAll started it together with a call before it

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
	lent      int             // bytes of the buffer that Next or Take returned last
	held      int             // bytes that are counted in the budget
	traps     []Trap
	trapText  int         // bytes of messages in traps
	trapTimer *time.Timer // calls refuse; nil without a trap
	done      proto.Sentence
	answered  time.Time   // when done came
	reapTimer *time.Timer // runs from the /cancel to the router's !done
	hungry    bool        // the consumer waits for rows in Next, not for the end in Wait
	told      bool        // arrived was called since the consumer found nothing in Take
	finished  bool        // the result is final; rows that still arrive are dropped
	err       error       // of a finished call; nil after a !done without traps
}

// Wait returns the whole answer, which the caller must release.
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
	reply = &Reply{Rows: c.rows, Len: c.len, Done: c.done, Page: c.s.page, Answered: c.answered}
	if c.held > 0 {
		reply.holding = &holding{budget: c.s.budget, owner: c.name, bytes: c.held}
		reply.Share(1)
	}
	c.rows, c.len, c.held = nil, 0, 0
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
			rows, n = c.lend(buf)
			c.s.mu.Unlock()
			return rows, n, nil
		}
		if c.finished {
			err = c.err
			c.drop()
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

// Take is Next without waiting: it returns the rows that have arrived, none if there are
// none. The error is that of Next at the end of the call; over is true then.
func (c *Call) Take(buf proto.Sentences) (rows proto.Sentences, n int, over bool, err error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case c.len > 0:
		rows, n = c.lend(buf)
		return rows, n, false, nil
	case c.finished:
		c.drop()
		return nil, 0, true, cmp.Or(c.err, io.EOF)
	}
	c.told = false
	return nil, 0, false, nil
}

// lend returns the rows that have arrived, and keeps buf for later ones; mu is held.
func (c *Call) lend(buf proto.Sentences) (rows proto.Sentences, n int) {
	rows, n = c.rows, c.len
	c.rows, c.len, c.lent = buf[:0], 0, cap(rows)
	c.hold(min(c.held, cap(rows)+cap(buf))) // buf was counted when it was filled
	return rows, n
}

// Done is the closing !done once Next has returned io.EOF, nil before.
func (c *Call) Done() proto.Sentence {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.done
}

// Page is the code page of text in the rows that is not UTF-8.
func (c *Call) Page() charset.Page { return c.s.page }

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
	if !c.hold(cap(c.rows) + c.lent) {
		c.abandonLocked(ErrNoMemory)
		return
	}
	if c.trapTimer != nil {
		c.trapTimer.Reset(trapSilence)
	}
	if c.hungry {
		c.hungry = false
		c.signal()
	}
	c.tell()
}

// tell calls arrived, once until the consumer has found nothing; mu is held.
func (c *Call) tell() {
	if c.arrived != nil && !c.told {
		c.told = true
		c.arrived()
	}
}

// addTrap stores a trap; mu is held. A trap does not end a command, !done does, or
// silence after the trap. Endless traps are bounded just as endless rows are.
func (c *Call) addTrap(t Trap) {
	if c.finished {
		return
	}
	t.Message = shorten(t.Message, maxTrapText)
	if len(c.traps) == 0 || len(c.traps) < maxTraps && c.trapText+len(t.Message) <= maxTrapText {
		c.traps = append(c.traps, t)
		c.trapText += len(t.Message)
	}
	if c.trapTimer == nil {
		c.trapTimer = time.AfterFunc(trapSilence, c.refuse)
		return
	}
	c.trapTimer.Reset(trapSilence)
}

// trapSilence is how long a command that got a trap waits for more. The !done comes
// with the trap; a router that leaves it out has given its answer nevertheless.
const trapSilence = 3 * time.Second

// refuse ends a call whose trap was followed by silence. The router does not work on
// it any more, so its place is free at once; /cancel is sent in case it does. What
// still comes matches no call.
func (c *Call) refuse() {
	c.s.mu.Lock()
	defer c.s.unlock()
	if c.finished || c.s.err != nil {
		return
	}
	c.finish(nil)
	c.sendCancel()
	c.s.release(c)
}

// The first trap of a call is always kept, up to the limit of text, others up to these
// limits.
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
	c.answered = time.Now()
	c.finish(nil)
}

// finish sets the result of the call; mu is held. Only the first result counts. Traps
// are the result however the call ended: they are the router's own words.
func (c *Call) finish(err error) {
	if c.finished {
		return
	}
	if len(c.traps) > 0 {
		err = &TrapError{Traps: c.traps}
		c.trapTimer.Stop()
	}
	c.finished = true
	c.err = err
	c.observe()
	if c.ended != nil {
		c.ended()
	}
	c.tell()
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
