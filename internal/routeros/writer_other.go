//go:build !unix

package routeros

import "syscall"

// writeNow writes nothing: the writer goroutine does it all.
func writeNow(syscall.RawConn, []byte) (int, error) { return 0, nil }
