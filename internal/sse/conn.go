package sse

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// conn is the connection of one stream.
type conn interface {
	Write(b []byte) (int, error)
	SetWriteDeadline(t time.Time) error
	// wait returns nil after a call of notify since the last wait, at the given time,
	// or somewhat earlier; an error when the client has closed the connection.
	wait(until time.Time) error
	// notify ends a wait, this one or the next. Any goroutine may call it; it does not
	// block.
	notify()
}

// hijacked is a connection that was taken over from net/http. The goroutine of the
// stream waits in Read, and so notices when the client closes the connection. notify
// sets a read deadline in the past, which stays until the next wait. In this way one
// goroutine is enough for both directions: a second one for reading would add 3.5 KiB
// to the 6 KiB of a stream.
type hijacked struct {
	net.Conn
	timer    *time.Timer // calls notify
	timerAt  time.Time
	received int // bytes that the client sent
	buf      [64]byte
}

// maxReceived is how many bytes a client may send after its request. The client of an
// event stream has nothing to send.
const maxReceived = 64 << 10

var (
	past        = time.Unix(1, 0)
	errReceived = errors.New("the client sends data on an event stream")
)

func newHijacked(c net.Conn, firstWait time.Duration) *hijacked {
	h := &hijacked{Conn: c, timerAt: time.Now().Add(firstWait)}
	h.timer = time.AfterFunc(firstWait, h.notify)
	return h
}

func (c *hijacked) notify() { _ = c.SetReadDeadline(past) } // where it fails, Read fails too

func (c *hijacked) wait(until time.Time) error {
	c.schedule(until)
	for {
		n, err := c.Read(c.buf[:])
		c.received += n
		switch {
		case isTimeout(err):
			// Events that came before this line are found by the caller, who takes them
			// afterwards.
			return c.SetReadDeadline(time.Time{})
		case err != nil:
			return err
		case c.received > maxReceived:
			return errReceived
		}
	}
}

// schedule sets the timer to the given time, or leaves it at an earlier one: to set it
// for every event costs more than one wait that ends too early.
func (c *hijacked) schedule(until time.Time) {
	if now := time.Now(); until.Before(c.timerAt) || !now.Before(c.timerAt) {
		c.timerAt = until
		c.timer.Reset(until.Sub(now))
	}
}

func (c *hijacked) close() {
	c.timer.Stop()
	_ = c.Close()
}

// isTimeout is called for every event, so it does not unwrap.
func isTimeout(err error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // returned by package net itself
	return ok && e.Timeout()
}

// response is the stream of HTTP/2, which has no connection of its own.
type response struct {
	http.ResponseWriter
	control  *http.ResponseController
	ctx      context.Context // of the request
	notified chan struct{}   // capacity 1
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	return &response{w, http.NewResponseController(w), r.Context(), make(chan struct{}, 1)}
}

func (c *response) notify() {
	select {
	case c.notified <- struct{}{}:
	default:
	}
}

func (c *response) wait(until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-c.notified:
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

// SetHeader sets the header of a response with a stream.
func SetHeader(header http.Header, gzip bool) {
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // for nginx
	header.Add("Vary", "Accept-Encoding")
	if gzip {
		header.Set("Content-Encoding", "gzip")
	}
}

// responseHeader is the header of a response that ends with its connection.
func responseHeader(header http.Header) []byte {
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // memory does not fail
	b.WriteString("\r\n")
	return b.Bytes()
}
