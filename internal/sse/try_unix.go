//go:build unix

package sse

import "syscall"

// eagerConn is a TCP connection of the operating system.
type eagerConn struct {
	*hijacked
	raw syscall.RawConn
	try func(fd uintptr) (done bool) // made once, since it would be allocated for each write

	// Of the write under way.
	out []byte
	n   int
}

// withTry returns the connection with tryWrite, where there is a way to write without
// waiting: not with TLS.
func withTry(c *hijacked) conn {
	over, ok := c.Conn.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := over.SyscallConn()
	if err != nil {
		return c
	}
	e := &eagerConn{hijacked: c, raw: raw}
	e.try = func(fd uintptr) bool {
		e.n, _ = syscall.Write(int(fd), e.out) // the connection is non-blocking
		return true
	}
	return e
}

// tryWrite implements eager. Only one goroutine may call it at a time.
func (c *eagerConn) tryWrite(b []byte) int {
	c.out, c.n = b, 0
	_ = c.raw.Write(c.try) // an error, such as a deadline that has passed, is found by Write
	c.out = nil
	return max(0, c.n)
}
