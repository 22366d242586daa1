package manager_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// statuses returns the status events that a viewer gets until nothing more comes.
func statuses(t *testing.T, view *hub.Subscription) (bodies []string) {
	t.Helper()
	events, err := view.Take()
	require.NoError(t, err)
	for _, e := range events {
		if text := string(e.Frame()); strings.Contains(text, "event: status") {
			bodies = append(bodies, text)
		}
	}
	return bodies
}

// A router that now refuses the login and now does not answer, for hours, is told once
// for each; the event of its return has the number of the others.
func TestAStatusThatRepeatsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		var attempts atomic.Int64
		var well atomic.Bool
		well.Store(true)
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			if !well.Load() {
				if attempts.Add(1)%2 == 0 {
					return nil, &routeros.LoginError{User: "api", Reason: "radius timeout"}
				}
				return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
			}
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		var log journal
		m := manager.New(pool.New(dial, pool.Options{}), manager.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
		defer d.Close()
		defer m.Close()
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		statuses(t, view)

		well.Store(false)
		d.DropSessions()
		var told []string
		for range 60 {
			time.Sleep(time.Minute)
			synctest.Wait()
			told = append(told, statuses(t, view)...)
		}
		require.Greater(t, attempts.Load(), int64(20))
		require.NotEmpty(t, told)
		require.LessOrEqual(t, len(told), 2, "%q", told)
		assert.Contains(t, told[len(told)-1], "radius timeout")
		well.Store(true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		told = statuses(t, view)
		require.NotEmpty(t, told)
		assert.Regexp(t, `"state":"up","repeated":\d\d`, told[len(told)-1])
		assert.Len(t, log.lines(t), 3, "gone, refused, back")
	})
}

// The log has a router that comes and goes every second once a minute, with the number
// of times in between.
func TestARouterThatComesAndGoesFillsNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		var log journal
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		m := manager.New(pool.New(dial, pool.Options{MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond}),
			manager.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
		defer d.Close()
		defer m.Close()
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		for range 10 * 60 {
			d.DropSessions()
			time.Sleep(time.Second)
		}
		synctest.Wait()
		lines := log.lines(t)
		assert.LessOrEqual(t, len(lines), 2*10)
		assert.GreaterOrEqual(t, len(lines), 2*9)
		counted := 0.0
		for _, l := range lines {
			n, _ := l["repeated"].(float64)
			counted += n
		}
		assert.InDelta(t, 2*10*60, counted+float64(len(lines)), 130, "what is not told is counted")
	})
}
