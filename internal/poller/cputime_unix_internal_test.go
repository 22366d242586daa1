//go:build unix

package poller

import (
	"syscall"
	"time"
)

// processorTime is what this process has spent of the processors. Other work on the machine
// changes it less than the time that passes.
func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // cannot fail
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
