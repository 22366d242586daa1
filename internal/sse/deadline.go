package sse

import "time"

// Rolling is the deadline of the writes to one client: each write gets the timeout, or
// up to an eighth more. The deadline is set ahead, since to set it for each small write
// would take a tenth of its time.
type Rolling time.Time

// Extend returns the deadline for a write that begins now; changed is false where the
// one that was set last leaves it enough time.
func (d *Rolling) Extend(timeout time.Duration) (t time.Time, changed bool) {
	now := time.Now()
	if time.Time(*d).Sub(now) >= timeout {
		return time.Time(*d), false
	}
	t = now.Add(timeout + timeout/8)
	*d = Rolling(t)
	return t, true
}
