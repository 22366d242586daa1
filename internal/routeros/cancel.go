package routeros

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// watch ends the calls that were started together when their context ends. It is
// guarded by s.mu.
type watch struct {
	open int         // calls without a result; the last one ends the watch
	stop func() bool // unregisters it from the context
}

// Cancel ends the call: it sends /cancel to the router, and the consumer gets
// cause. It does nothing if the call has finished.
func (c *Call) Cancel(cause error) { c.abandon(cause) }

// Discard is Cancel by a consumer that takes nothing more: rows that it has not taken are
// dropped, also if the call has finished.
func (c *Call) Discard(cause error) {
	c.s.mu.Lock()
	defer c.s.unlock()
	c.abandonLocked(cause)
	c.drop()
}

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
	if len(c.traps) == 0 {
		c.drop()
	}
	if !c.sent {
		c.finish(&NotSentError{cause})
		c.s.scheduler.withdraw(c)
		delete(c.s.calls, c.tag)
		return
	}
	c.finish(cause)
	c.sendCancel()
	c.reapTimer = time.AfterFunc(reapAfter, c.reap)
}

// sendCancel asks the router to end the command; mu is held.
func (c *Call) sendCancel() {
	out := proto.AppendWord(c.s.buffer(), "/cancel")
	out = appendTag(out, "=tag=", c.tag)
	out = appendTag(out, ".tag=c", c.tag) // not a number: the answer matches no call
	c.s.send(append(out, 0))
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
