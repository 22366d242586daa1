//go:build !linux

package limit

import (
	"net"
	"time"
)

// unsent is known on Linux only.
func unsent(*net.TCPConn) int { return 0 }

// setUserTimeout does nothing: there is no such option, or it is another one.
func setUserTimeout(*net.TCPConn, time.Duration) {}
