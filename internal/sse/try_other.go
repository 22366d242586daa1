//go:build !unix

package sse

// withTry returns the connection as it is: every write may wait.
func withTry(c *hijacked) conn { return c }
