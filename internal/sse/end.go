package sse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// RevocationGrace is how long a client whose key ended may take to accept the write
// under way and the reason.
const RevocationGrace = time.Second

// endWithKey ends the stream when its key ends.
func (s *stream) endWithKey() (settle func()) {
	if s.key.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(s.key, func() {
		defer close(done)
		s.source.Withdraw()
		s.revoked.Store(true)
		s.shortenDeadline()
		s.conn.notify()
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// shortenDeadline leaves the revocation grace to the write under way and to those
// that follow.
func (s *stream) shortenDeadline() {
	_ = s.conn.SetWriteDeadline(time.Now().Add(min(RevocationGrace, s.server.opts.WriteTimeout)))
}

// finish ends a stream for which no more events can come. When the server stops,
// thousands of streams end: each waits for a random part of the drain time, so that
// neither the ends nor the returns of the clients come at the same time.
func (s *stream) finish(closed error) Reason {
	switch {
	case s.revoked.Load(), errors.Is(closed, hub.ErrWithdrawn):
		return s.end(Revoked, nil)
	case !s.server.opts.Stopping():
		return s.end(Disconnected, nil)
	}
	until := time.Now().Add(rand.N(s.server.opts.Drain + 1))
	for time.Now().Before(until) {
		if err := s.conn.wait(until); err != nil {
			return s.lost(err)
		}
	}
	return s.end(Shutdown, retry(time.Second, 10*time.Second))
}

// lost is why a stream ended whose client cannot be told.
func (s *stream) lost(err error) Reason {
	switch {
	case s.key.Err() != nil:
		return Revoked
	case s.server.opts.Stopping():
		return Shutdown
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Slow
	}
	return Left
}

// end tells the client the reason, after a hint when to return.
func (s *stream) end(reason Reason, hint []byte) Reason {
	_ = s.write(s.encoder.End(fmt.Appendf(hint, "event: end\ndata: {\"reason\":%q}\n\n", reason)))
	return reason
}

// retry tells the client how long to wait before it returns.
func retry(least, jitter time.Duration) []byte {
	return fmt.Appendf(nil, "retry: %d\n", (least + rand.N(jitter)).Milliseconds())
}
