package viewer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// serve writes what there is until there is nothing more or the socket is full.
// A reason that it returns ends the viewer. What comes meanwhile puts the viewer
// into the queue again, so the source is asked once. The slice is the worker's.
func (v *viewer) serve(events []*hub.Event) Reason {
	s := v.server
	for asked := false; ; {
		if v.revoked.Load() {
			v.backlog = nil
		}
		stuck, err := v.flush()
		switch {
		case err != nil:
			return Left
		case stuck && v.revoked.Load() && v.stalled.Load() != 0:
			return Revoked // a client that takes nothing is not told
		case stuck:
			if asked { // and what it got is still the worker's
				v.backlog = slices.Clone(v.backlog)
			}
			return ""
		}
		if v.closing != "" && v.leaves.Load() == 0 {
			return v.closing // its end is out
		}
		now := s.now.Load()
		switch {
		case v.leaves.Load() != 0:
			if now < v.leaves.Load() {
				return ""
			}
			v.leaves.Store(0)
			v.say(v.closing)
			continue
		case now > v.expires:
			v.closing = MaxAge
			v.say(MaxAge)
			continue
		case asked:
			return ""
		}
		asked = true
		v.backlog, err = v.source.TakeInto(events[:0])
		if err != nil {
			v.depart(err)
		} else if len(v.backlog) == 0 {
			if now-v.written.Load() < int64(s.opts.Heartbeat) {
				return ""
			}
			v.rest = v.encoder.Heartbeat()
		}
	}
}

// depart plans the end of a stream to which nothing more comes. When the server
// stops, thousands of them end at once: each at a moment of its own.
func (v *viewer) depart(cause error) {
	v.closing = Disconnected
	leaves := v.server.now.Load()
	if errors.Is(cause, hub.ErrWithdrawn) {
		v.closing = Revoked
	} else if v.server.opts.Stopping() {
		v.closing = Shutdown
		leaves += int64(rand.N(v.server.opts.Drain + 1))
	}
	v.leaves.Store(leaves)
}

// say writes why the stream ends and when the client may come back.
func (v *viewer) say(reason Reason) {
	var hint time.Duration
	switch reason {
	case MaxAge:
		hint = 100*time.Millisecond + rand.N(time.Second)
	case Shutdown:
		hint = time.Second + rand.N(10*time.Second)
	}
	var text []byte
	if hint > 0 {
		text = fmt.Appendf(text, "retry: %d\n", hint.Milliseconds())
	}
	text = fmt.Appendf(text, "event: end\ndata: {\"reason\":%q}\n\n", reason)
	v.rest = v.encoder.End(text)
}

// flush writes what was begun and what was taken. It reports whether there is
// more that has to wait, for the socket or for the next event to be compressed.
func (v *viewer) flush() (stuck bool, err error) {
	for {
		if len(v.rest) == 0 {
			if len(v.backlog) == 0 {
				v.backlog = nil
				return false, nil
			}
			if v.encoder.Waits(v.backlog[0]) {
				v.server.press(v, v.backlog[0])
				return true, nil
			}
			v.rest = v.encoder.Event(v.backlog[0])
			v.backlog[0] = nil // a client that takes nothing must not hold what it got
			v.backlog = v.backlog[1:]
			v.events++
		}
		full, err := v.write()
		if full || err != nil {
			return full, err
		}
	}
}

// write writes rest once.
func (v *viewer) write() (full bool, err error) {
	v.pending = v.rest
	err = v.raw.Write(v.try)
	v.pending = nil
	if err == nil {
		err = v.failed
	}
	now := v.server.now.Load()
	switch {
	case errors.Is(err, syscall.EAGAIN):
		v.stalled.CompareAndSwap(0, now)
		return true, nil
	case errors.Is(err, syscall.EINTR):
		return false, nil
	case err != nil:
		return false, err
	}
	v.bytes += int64(v.wrote)
	if wrote := v.server.opts.Wrote; wrote != nil {
		wrote(v.wrote)
	}
	v.rest = v.rest[v.wrote:]
	if len(v.rest) == 0 {
		v.rest = nil
	}
	v.written.Store(now)
	v.stalled.Store(0)
	return false, nil
}
