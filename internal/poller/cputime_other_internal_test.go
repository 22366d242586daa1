//go:build !unix

package poller

import "time"

// processorTime is not known.
func processorTime() time.Duration { return 0 }
