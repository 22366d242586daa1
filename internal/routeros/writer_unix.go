//go:build unix

package routeros

import (
	"errors"
	"syscall"
)

// writeNow writes what the socket accepts without blocking.
func writeNow(raw syscall.RawConn, b []byte) (n int, err error) {
	closed := raw.Write(func(fd uintptr) bool {
		n, err = syscall.Write(int(fd), b)
		return true // also on EAGAIN: do not wait
	})
	if closed != nil {
		return 0, closed
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return 0, nil
	}
	return max(n, 0), err
}
