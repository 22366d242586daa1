//go:build !unix

package routeros

import "syscall"

// writeNow leaves all writing to the goroutine.
func writeNow(syscall.RawConn, []byte) (int, error) { return 0, nil }
