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

// WritePiece is how many bytes are written within one deadline.
// A client on a slow line may take minutes for a large table, as long as it reads on.
const WritePiece = 64 << 10

func (s *stream) write(b []byte) error {
	for len(b) > 0 {
		s.extendDeadline()
		n, err := s.conn.Write(b[:min(len(b), WritePiece)])
		s.bytes += int64(n)
		s.server.opts.Wrote(n)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	if s.idleDeadline {
		s.rolling = Rolling{}
		s.setDeadline(time.Time{})
	}
	s.written = time.Now()
	return nil
}

// extendDeadline gives the next write its time.
func (s *stream) extendDeadline() {
	if t, changed := s.rolling.Extend(s.server.opts.WriteTimeout); changed {
		s.setDeadline(t)
	}
}

func (s *stream) setDeadline(t time.Time) {
	if s.revoked.Load() {
		return
	}
	_ = s.conn.SetWriteDeadline(t) // where it fails, the write does
	if s.revoked.Load() {
		s.shortenDeadline() // whoever set the deadline last, it is near
	}
}
