package server_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func guessBody(id, addr, password string) string {
	return fmt.Sprintf(`{"router_id":%q,"host":%q,"user":%q,"pass":%q}`, id, addr, testUser, password)
}

// A key that may connect routers tries passwords as fast as it can. The router sees
// twenty of them in a minute, and its owner notices nothing.
func TestConnectIsNoToolForGuessing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"weak": "role=admin routers=*", "late": "role=admin routers=*"})
	d, addr := device(t, sim.Options{MaxSessions: 100}) // a busy machine closes refused ones late
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	require.Equal(t, http.StatusOK, p.connect("mine", addr).status)

	statuses := make(chan int, 600)
	var wg sync.WaitGroup
	for worker := range 20 {
		wg.Go(func() {
			for i := range 30 {
				status, text := p.as("weak", http.MethodPost, "/connect", guessBody(fmt.Sprint("w", worker), addr, fmt.Sprint("guess-", worker, "-", i)))
				if status == http.StatusTooManyRequests {
					assert.Contains(t, text, `"code":"rate_limited"`)
				} else if status != http.StatusUnprocessableEntity {
					t.Log(text)
				}
				statuses <- status
			}
		})
	}
	wg.Wait()
	close(statuses)
	count := map[int]int{}
	for s := range statuses {
		count[s]++
	}
	assert.Equal(t, map[int]int{http.StatusUnprocessableEntity: 20, http.StatusTooManyRequests: 580}, count)
	assert.Equal(t, 20, d.Stats().LoginFailures)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/connect", strings.NewReader(guessBody("w", addr, testPass)))
	require.NoError(t, err)
	req.Header.Set("X-API-Key", "weak")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "the right one looks like the others, also while the router is connected with it")
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	require.NoError(t, err)
	assert.True(t, seconds > 30 && seconds <= 60, seconds)

	assert.Equal(t, http.StatusOK, p.connect("mine", addr).status)
	d.DropSessions()
	assert.Equal(t, http.StatusOK, p.connect("mine", addr).status, "and after a loss")
	status, text := p.as("late", http.MethodPost, "/connect", guessBody("late", addr, testPass))
	assert.Equal(t, http.StatusOK, status, text)
}

// Nobody is locked out of a router that is connected already by the failures of others.
func TestGuessesOfOthersDoNotLockOut(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"weak": "role=admin routers=*"})
	_, addr := device(t, sim.Options{Users: []sim.User{{Name: testUser, Password: testPass}, {Name: "second", Password: "p2"}}})
	p := start(t, map[string]string{"API_KEYS_FILE": file, "ROUTER_LOGIN_FAILURES": "3"})
	require.Equal(t, http.StatusOK, p.connect("mine", addr).status)
	for range 5 {
		_, _ = p.as("weak", http.MethodPost, "/connect", guessBody("w", addr, "wrong"))
	}
	assert.Equal(t, http.StatusUnprocessableEntity, p.connectAs("mine", addr, testUser, "a slip of the finger").status)
	assert.Equal(t, http.StatusOK, p.connectAs("mine", addr, "second", "p2").status, "with another user of the router that is its own")
	assert.Equal(t, http.StatusOK, p.connect("mine", addr).status)
}

// Registering a router without waiting for its login is no way around the limit.
func TestGuessesWithoutWaiting(t *testing.T) {
	t.Parallel()
	router, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"ROUTER_LOGIN_FAILURES": "3"})
	limited := 0
	for i := range 10 {
		body := strings.TrimSuffix(connectBody("a", addr), "}") + `,"wait":false}`
		got := p.post("/connect", strings.Replace(body, testPass, fmt.Sprint("guess-", i), 1))
		if got.body.Code == "rate_limited" {
			limited++
			continue
		}
		require.Equal(t, http.StatusOK, got.status, got.raw)
		eventually(t, "the login is refused", func() bool { return p.routers()["a"].Code == "login_failed" })
	}
	assert.Equal(t, 7, limited)
	assert.Zero(t, router.Stats().Logins)
	assert.Equal(t, "rate_limited", p.send(http.MethodPatch, "/routers/a", `{"pass":"guess","wait":false}`).body.Code)
	assert.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/routers/a", "").status)
}

// A key that connects routers that never answer takes no place from other keys, nor from
// routers that come back.
func TestAKeyCannotTakeAllPlacesToDial(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"greedy": "role=admin routers=x*"})
	mute, slow := device(t, sim.Options{})
	mute.Inject(sim.Fault{Kind: sim.MuteAtLogin})
	good, addr := device(t, sim.Options{})
	_, other := device(t, sim.Options{})
	p := start(t, map[string]string{"API_KEYS_FILE": file, "MAX_DIALS": "8", "LOGIN_TIMEOUT": "1m", "RECONNECT_MIN": "1ms"})
	require.Equal(t, http.StatusOK, p.connect("mine", addr).status)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			body := fmt.Sprintf(`{"router_id":"x%d","host":%q,"user":"u%d","pass":"p"}`, i, slow, i)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/connect", strings.NewReader(body))
			assert.NoError(t, err)
			req.Header.Set("X-API-Key", "greedy")
			req.Header.Set("Content-Type", "application/json")
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	eventually(t, "its places are taken", func() bool { return mute.Stats().Accepted >= 6 })
	good.DropSessions()
	eventually(t, "the router is back", func() bool { return strings.Contains(p.get("/routers/mine").raw, `"state":"up"`) })
	assert.Equal(t, http.StatusOK, p.connect("other", other).status)
	assert.LessOrEqual(t, mute.Stats().Accepted, 6)
	cancel()
	wg.Wait()
}
