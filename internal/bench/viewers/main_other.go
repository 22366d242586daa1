//go:build !linux

// Viewers measures what viewers cost. It needs epoll, and so Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "viewers: needs Linux")
	os.Exit(1)
}
