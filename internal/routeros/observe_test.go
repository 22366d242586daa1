package routeros_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// ledger is an observer that keeps what it is told.
type ledger struct {
	mu       sync.Mutex
	ended    []ending // guarded by mu
	received int      // guarded by mu
	sent     int      // guarded by mu
}

type ending struct {
	class        routeros.Class
	outcome      routeros.Outcome
	waited, took time.Duration
}

func (l *ledger) Command(class routeros.Class, outcome routeros.Outcome, waited, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = append(l.ended, ending{class, outcome, waited, took})
}

func (l *ledger) Received(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received += n
}

func (l *ledger) Sent(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent += n
}

// last is the newest entry, of how many.
func (l *ledger) last(t *testing.T, of int) ending {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Len(t, l.ended, of)
	return l.ended[of-1]
}

func TestEveryEndOfACommandIsCounted(t *testing.T) {
	var l ledger
	opts := routeros.Options{MaxInFlight: 1, MaxQueue: 1, ReplyLimit: 64, Observer: &l}
	inSession(t, opts, func(t *testing.T, s *routeros.Session, p *peer) {
		start(t, s, "/a/print")
		p.hears("/a/print", ".tag=1")
		start(t, s, "/b/print") // waits
		time.Sleep(time.Second)
		p.recites("!done .tag=1")
		assert.Equal(t, ending{routeros.Foreground, routeros.Finished, 0, time.Second}, l.last(t, 1))
		p.hears("/b/print", ".tag=2")
		time.Sleep(2 * time.Second)
		p.recites("!trap =message=no .tag=2", "!done .tag=2")
		assert.Equal(t, ending{routeros.Foreground, routeros.Refused, time.Second, 2 * time.Second}, l.last(t, 2))

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		startIn(ctx, t, s, "/c/print")
		p.hears("/c/print", ".tag=3")
		startAs(t, s, routeros.Background, "/d/print").Cancel(io.EOF) // never sent
		assert.Equal(t, ending{routeros.Background, routeros.Cancelled, 0, 0}, l.last(t, 3))
		start(t, s, "/e/print") // the one place in line
		_, err := s.Start(t.Context(), "/f/print")
		require.ErrorIs(t, err, routeros.ErrBusy)
		assert.Equal(t, ending{routeros.Foreground, routeros.Busy, 0, 0}, l.last(t, 4))
		time.Sleep(4 * time.Second)
		assert.Equal(t, ending{routeros.Foreground, routeros.TimedOut, 0, 3 * time.Second}, l.last(t, 5))
		p.hears("/cancel", "=tag=3", ".tag=c3")
		p.recites("!done .tag=3", "!done .tag=c3")

		p.hears("/e/print", ".tag=5")
		p.recites("!re =name=" + string(make([]byte, 100)) + " .tag=5")
		assert.Equal(t, routeros.TooLarge, l.last(t, 6).outcome)
		p.hears("/cancel", "=tag=5", ".tag=c5")

		startAs(t, s, routeros.Streaming, "/g/listen")
		p.hears("/g/listen", ".tag=6")
		time.Sleep(time.Minute)
		s.Fail(errors.New("the cable"))
		assert.Equal(t, ending{routeros.Streaming, routeros.Lost, 0, time.Minute}, l.last(t, 7))

		l.mu.Lock()
		defer l.mu.Unlock()
		assert.Greater(t, l.received, 100)
		assert.Greater(t, l.sent, 100)
	})
}

// The names are those of the values.
func TestNamesOfOutcomesAndClasses(t *testing.T) {
	outcomes, classes := routeros.Outcomes(), routeros.Classes()
	assert.Len(t, outcomes, int(routeros.Lost)+1)
	assert.Equal(t, "busy", outcomes[routeros.Busy])
	assert.Equal(t, "lost", outcomes[routeros.Lost])
	assert.Len(t, classes, int(routeros.Probe)+1)
	assert.Equal(t, "standing", classes[routeros.Streaming])
}
