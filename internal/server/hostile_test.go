package server_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

var hostileEvents = flag.Int("hostile-events", 8, "events that TestHostileClients reads before and during the attack")

// arrivals are the events of a stream, with when they came. One goroutine reads.
type arrivals struct {
	mu sync.Mutex
	at []time.Time // guarded by mu
}

func (a *arrivals) read(s *stream) {
	for {
		e, err := s.next()
		if err != nil {
			return // the test closed it
		}
		a.mu.Lock()
		if e.Name == "" {
			a.at = append(a.at, time.Now())
		}
		a.mu.Unlock()
	}
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// pace is how events of a stream came.
type pace struct {
	gaps []time.Duration // between one and the next, sorted
}

func (p pace) String() string {
	return fmt.Sprintf("%d events, median gap %v, longest %v", len(p.gaps),
		p.gaps[len(p.gaps)/2].Round(time.Millisecond), p.gaps[len(p.gaps)-1].Round(time.Millisecond))
}

// next waits for n more events and says how they came.
func (a *arrivals) next(t *testing.T, n int) (p pace) {
	t.Helper()
	first := a.count()
	require.Eventually(t, func() bool { return a.count() > first+n }, 2*time.Minute, 10*time.Millisecond, "events go on")
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := first + 1; i <= first+n; i++ {
		p.gaps = append(p.gaps, a.at[i].Sub(a.at[i-1]))
	}
	slices.Sort(p.gaps)
	return p
}

// 200 clients that send their headers byte by byte and come again when they are
// thrown out, 2,000 connections that send nothing, and a flood of wrong keys:
// the events of a legitimate stream come all, in order and at their pace, and
// its owner is heard, although all share one address.
func TestHostileClients(t *testing.T) {
	_, before := resources(t)
	_, addr := device(t, sim.Options{PPPUsers: 50})
	t.Run("attack", func(t *testing.T) {
		p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "HEADER_TIMEOUT": "2s", "LOG_LEVEL": "error"})
		require.Equal(t, http.StatusOK, p.connect("r", addr).status)
		var legitimate arrivals
		stream := p.open("r")
		var reading sync.WaitGroup
		reading.Go(func() { legitimate.read(stream) })
		quiet := legitimate.next(t, *hostileEvents)

		ctx, cancel := context.WithCancel(t.Context())
		a := attack{addr: strings.TrimPrefix(p.base, "http://")}
		a.start(ctx)
		eventually(t, "all are at it", func() bool {
			return a.idle.Load() == 2000 && a.slow.Load() >= 200 && a.wrong.Load() > 100
		})
		under := legitimate.next(t, *hostileEvents)
		assert.Contains(t, p.metrics(), "mikronec_events_conflated_total 0\n", "an event was left out")
		assert.Equal(t, http.StatusOK, p.get("/routers").status, "the owner is heard from the address of the flood")
		a.hold(t)
		cancel()
		a.wg.Wait()
		stream.close()
		reading.Wait()

		t.Logf("without: %v", quiet)
		t.Logf("during:  %v; %d slow clients, %d of them thrown out, %d idle connections, %d wrong keys, %d of them answered with 429",
			under, a.slow.Load(), a.thrown.Load(), a.idle.Load(), a.wrong.Load(), a.limited.Load())
		assert.Positive(t, a.thrown.Load(), "slow clients are thrown out")
		assert.Greater(t, a.limited.Load(), a.wrong.Load()/2, "most guesses are not even answered")
		assert.Zero(t, a.right.Load())
		assert.Zero(t, a.other.Load(), "answers that are neither 401 nor 429")
		http.DefaultClient.CloseIdleConnections()
	})
	eventually(t, "no goroutine is left", func() bool {
		_, now := resources(t)
		return now <= before+3 // those of the device
	})
}

// attack is everything that comes from the hostile side.
type attack struct {
	addr string
	wg   sync.WaitGroup

	idle, slow, thrown           atomic.Int64
	wrong, limited, right, other atomic.Int64
}

func (a *attack) start(ctx context.Context) {
	for range 20 {
		a.wg.Go(func() { a.beIdle(ctx, 100) })
	}
	for range 200 {
		a.wg.Go(func() { a.beSlow(ctx) })
	}
	for range 4 {
		a.wg.Go(func() { a.guess(ctx) })
	}
}

// hold waits until slow clients were thrown out.
func (a *attack) hold(t *testing.T) {
	t.Helper()
	eventually(t, "slow clients are thrown out", func() bool { return a.thrown.Load() >= 200 })
}

func (a *attack) beIdle(ctx context.Context, n int) {
	var d net.Dialer
	for range n {
		c, err := d.DialContext(ctx, "tcp", a.addr)
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }() //revive:disable-line:defer // all stay open until the end
		a.idle.Add(1)
	}
	<-ctx.Done()
}

func (a *attack) beSlow(ctx context.Context) {
	var d net.Dialer
	for ctx.Err() == nil {
		c, err := d.DialContext(ctx, "tcp", a.addr)
		if err != nil {
			return
		}
		a.slow.Add(1)
		stop := context.AfterFunc(ctx, func() { _ = c.Close() })
		_, err = c.Write([]byte("GET /routers HTTP/1.1\r\nHost: x\r\nX-Slow: "))
		for err == nil {
			time.Sleep(100 * time.Millisecond)
			_, err = c.Write([]byte("x"))
		}
		if ctx.Err() == nil {
			a.thrown.Add(1)
		}
		stop()
		_ = c.Close()
	}
}

func (a *attack) guess(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.addr+"/routers", nil)
		if err != nil {
			return
		}
		req.Header.Set("X-API-Key", fmt.Sprint("guess-", a.wrong.Load()))
		resp, err := client.Do(req)
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		a.wrong.Add(1)
		time.Sleep(2 * time.Millisecond) // 2,000 guesses a second by all: more would only keep this machine busy
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			a.limited.Add(1)
		case http.StatusOK:
			a.right.Add(1)
		case http.StatusUnauthorized:
		default:
			a.other.Add(1)
		}
	}
}
