package limit

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// conn is a connection of a [Listener].
type conn struct {
	*net.TCPConn

	listener *Listener
	release  func()      // uncounts it; may be called again; nil if it does not count
	slow     atomic.Bool // the client did not take data in time
	closed   atomic.Bool // Close was called
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.slow.Store(true)
	}
	return n, err
}

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if err != nil && c.closed.Load() {
		return n, net.ErrClosed
	}
	return n, err
}

// SetReadDeadline implements [net.Conn]. After Close, what ends a Read stays.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.closed.Load() {
		return net.ErrClosed
	}
	return c.TCPConn.SetReadDeadline(t)
}

// Close implements [net.Conn]. The kernel drops what waits for a client that is slow.
// To other clients it is still sent, while the connection lingers: the kernel would do
// so without limits otherwise.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	if c.slow.Load() || unsent(c.TCPConn) == 0 || c.CloseWrite() != nil {
		return c.gone()
	}
	_ = c.SetDeadline(time.Unix(1, 0)) // ends a Read
	c.listener.linger(c)
	return nil
}

// gone closes the socket. Data that waits is dropped.
func (c *conn) gone() error {
	if c.slow.Load() {
		_ = c.SetLinger(0)
	}
	err := c.TCPConn.Close()
	c.giveBack()
	return err
}

func (c *conn) giveBack() {
	if c.release != nil {
		c.release()
	}
}

// linger waits until the client has taken everything, or the timeout is over. The
// timer belongs to the listener, which ends it with Close.
func (l *Listener) linger(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.gone()
		return
	}
	until, pause := time.Now().Add(l.timeout), time.Millisecond
	l.lingering[c] = time.AfterFunc(pause, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		timer := l.lingering[c]
		if timer == nil {
			return // closed by the listener
		}
		if left := time.Until(until); left > 0 && unsent(c.TCPConn) > 0 {
			pause = min(2*pause, time.Second)
			timer.Reset(min(pause, left))
			return
		}
		c.slow.Store(time.Now().After(until))
		delete(l.lingering, c)
		_ = c.gone()
	})
}
