package manager_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// journal is a log in memory.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) lines(t *testing.T) []map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []map[string]any
	for line := range strings.Lines(j.buf.String()) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m))
		lines = append(lines, m)
	}
	return lines
}

// However long a router is away and however often it is tried: one line when it
// goes, one when it returns.
func TestOneLineWhenARouterGoesAndOneWhenItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		var away atomic.Bool
		var attempts atomic.Int64
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			attempts.Add(1)
			if away.Load() {
				return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
			}
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		var log journal
		m := manager.New(pool.New(dial, pool.Options{}), manager.Options{
			Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		defer d.Close()
		defer m.Close()
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		assert.Empty(t, log.lines(t), "the access line of the request says it")

		away.Store(true)
		d.DropSessions()
		time.Sleep(8 * time.Hour)
		synctest.Wait()
		lines := log.lines(t)
		require.Len(t, lines, 1)
		assert.Equal(t, "router is gone", lines[0]["msg"])
		assert.Equal(t, "WARN", lines[0]["level"])
		assert.Equal(t, "a", lines[0]["router_id"])
		assert.Equal(t, "router_unreachable", lines[0]["code"])
		assert.Greater(t, attempts.Load(), int64(100))

		away.Store(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		lines = log.lines(t)
		require.Len(t, lines, 2)
		assert.Equal(t, "router is back", lines[1]["msg"])
		assert.Equal(t, "INFO", lines[1]["level"])
		assert.InDelta(t, 8*3600, lines[1]["away_s"], 120)

		d.DropSessions() // and once more, for a moment
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, log.lines(t), 4)
		sum := m.Sessions()
		assert.Equal(t, pool.Summary{States: map[pool.State]int{pool.Up: 1}, Reconnects: 2, Losses: 2}, sum)
		for _, line := range log.lines(t) {
			assert.NotContains(t, line, "secret")
		}
	})
}

// A router that comes back and refuses the login is still away, but a person has to
// know: a line with its address, the user and its words for the first refusal, and one
// when the login is given up. That is told to the audit log as well.
func TestARefusedLoginIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		var trouble atomic.Pointer[error]
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			if err := trouble.Load(); err != nil {
				return nil, *err
			}
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		var log journal
		var failed []string
		m := manager.New(pool.New(dial, pool.Options{}), manager.Options{
			Log:         slog.New(slog.NewJSONHandler(&log, nil)),
			LoginFailed: func(id string, key pool.Key) { failed = append(failed, id+" "+key.String()) },
		})
		defer d.Close()
		defer m.Close()
		refusal := error(&routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"})
		trouble.Store(&refusal)
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.Error(t, err)
		trouble.Store(nil)
		_, err = m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		for _, one := range []error{&routeros.LinkError{Step: "dial", Err: errNobody}, refusal} {
			trouble.Store(&one)
			d.DropSessions()
			time.Sleep(20 * time.Minute)
		}
		trouble.Store(nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		var told []string
		for _, line := range log.lines(t) {
			told = append(told, strings.TrimSpace(fmt.Sprintln(line["msg"], line["state"])))
			if line["msg"] == "router refused the login" {
				assert.Equal(t, "WARN", line["level"])
				assert.Equal(t, "a", line["router_id"])
				assert.Equal(t, "r", line["address"])
				assert.Equal(t, "api", line["user"])
				assert.Contains(t, line["error"], "invalid user name or password (6)")
			}
		}
		assert.Equal(t, []string{
			"router refused the login login_failed", "router is gone down",
			"router refused the login down", "router refused the login login_failed", "router is back <nil>",
		}, told)
		assert.Equal(t, []string{"a api@r"}, failed)
		assert.NotContains(t, log.buf.String(), key("r").Password.Reveal())
	})
}

// What is known of the routers, without asking them.
func TestFactsOfRouters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{Identity: "core", PPPUsers: 20, HotspotUsers: 3})
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		m := manager.New(pool.New(dial, pool.Options{}), manager.Options{Device: device.Options{Scrape: true, Polling: poller.Options{Scrape: time.Minute}}})
		defer d.Close()
		defer m.Close()
		assert.Empty(t, m.List())
		for _, id := range []string{"b", "a"} {
			_, err := m.Connect(t.Context(), id, key("r"), owner)
			require.NoError(t, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.InDelta(t, 61, d.Stats().Commands["/system/resource/print"], 1, "once for both ids")
		asked := d.Stats().Commands
		routers := m.List()
		require.Len(t, routers, 2)
		assert.Equal(t, asked, d.Stats().Commands)
		assert.Equal(t, "a", routers[0].ID)
		assert.Equal(t, "b", routers[1].ID)
		for _, r := range routers {
			f := r.Device.Facts()
			assert.Equal(t, pool.Up, r.Device.Status().Link.State)
			assert.Equal(t, "core", f.Identity)
			assert.Equal(t, 20, *f.PPP)
			assert.Equal(t, 3, *f.Hotspot)
			assert.Positive(t, *f.Hardware.TotalMemory)
		}
		_, err := m.Disconnect("a")
		require.NoError(t, err)
		assert.Len(t, m.List(), 1)
	})
}

// Who looked a router up before it moved to another session sees a state that clients know.
func TestTheStateOfARouterThatHasMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			client, router := net.Pipe()
			go d.ServeConn(router)
			return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
		}
		m := manager.New(pool.New(dial, pool.Options{}), manager.Options{})
		defer d.Close()
		defer m.Close()
		_, err := m.Connect(t.Context(), "r", key("r"), owner)
		require.NoError(t, err)
		r, err := m.Get("r")
		require.NoError(t, err)
		_, err = m.Connect(t.Context(), "r", key("s"), owner)
		require.NoError(t, err)
		synctest.Wait()
		status := r.Device.Status().Link
		assert.Equal(t, pool.Status{State: pool.Connecting, Since: status.Since, Logins: 1}, status)
	})
}
