package sse

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// client is the connection to one client, as far as its stream needs it.
type client interface {
	// wait returns nil after a kick that came since it last did so, or at the
	// given time or a little before, and an error once the client has left.
	wait(until time.Time) error
	// kick ends a wait, the one under way or the next. Any goroutine may call it;
	// it does not block.
	kick()
	Write(b []byte) (int, error)
	SetWriteDeadline(t time.Time) error
}

// hijacked is a connection that was taken over from net/http. Its goroutine waits
// in Read, where it learns that the client has left; a kick is a read deadline in
// the past, which stands until the goroutine comes to it. So one goroutine does
// for both directions, and no channel or lock is needed between them.
type hijacked struct {
	net.Conn
	timer *time.Timer // kicks; nil before the first wait
	at    time.Time   // when it does
	heard int         // bytes that the client has sent
	scrap [64]byte    // where they go
}

// maxHeard is how many bytes a client may send after its request. A client of an
// event stream has nothing to say.
const maxHeard = 64 << 10

var (
	past       = time.Unix(1, 0)
	errChatter = errors.New("the client sends data on an event stream")
)

func (c *hijacked) kick() { _ = c.SetReadDeadline(past) } // where it fails, Read does

func (c *hijacked) wait(until time.Time) error {
	c.schedule(until)
	for {
		n, err := c.Read(c.scrap[:])
		c.heard += n
		switch {
		case timedOut(err):
			// What came before this is found by the caller, who looks after it.
			return c.SetReadDeadline(time.Time{})
		case err != nil:
			return err
		case c.heard > maxHeard:
			return errChatter
		}
	}
}

// schedule has the timer kick at the given time, or before: setting a timer costs
// more than looking around once in vain.
func (c *hijacked) schedule(until time.Time) {
	switch now := time.Now(); {
	case c.timer == nil:
		c.at = until
		c.timer = time.AfterFunc(until.Sub(now), c.kick)
	case until.Before(c.at), !now.Before(c.at):
		c.at = until
		c.timer.Reset(until.Sub(now))
	}
}

func (c *hijacked) close() {
	if c.timer != nil {
		c.timer.Stop()
	}
	_ = c.Close()
}

// timedOut is called for every event: it looks at the error alone, without
// unwrapping.
func timedOut(err error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // net's own errors
	return ok && e.Timeout()
}

// response is a stream of HTTP/2, which has no connection of its own.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	ctx     context.Context // of the request
	kicks   chan struct{}   // room for one
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	return &response{w, http.NewResponseController(w), r.Context(), make(chan struct{}, 1)}
}

func (c *response) kick() {
	select {
	case c.kicks <- struct{}{}:
	default:
	}
}

func (c *response) wait(until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-c.kicks:
	case <-timer.C:
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
	return nil
}

func (c *response) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	if err == nil {
		err = c.control.Flush()
	}
	return n, err
}

func (c *response) SetWriteDeadline(t time.Time) error {
	if err := c.control.SetWriteDeadline(t); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
