//go:build unix

package fleettest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleettest"
)

// hook is a receiver of webhooks.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	took    []string // "status rule router" of what it took; guarded by mu
	ids     []string // of what it took
	refused []string // ids of what it did not take
	refuses bool
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct {
				ID, Status, Rule string
				Router           string `json:"router_id"`
			}
		}
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &body)
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.refuses {
			h.refused = append(h.refused, body.Data.ID)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ids = append(h.ids, body.Data.ID)
		h.took = append(h.took, strings.Join([]string{body.Data.Status, body.Data.Rule, body.Data.Router}, " "))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) refuse(refuses bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuses = refuses
}

func (h *hook) got() (took, ids, refused []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.took...), append([]string{}, h.ids...), append([]string{}, h.refused...)
}

// has waits until the receiver has got these, in this order, and no others.
func (h *hook) has(t *testing.T, patience time.Duration, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool { took, _, _ := h.got(); return len(took) >= len(want) }, patience, 50*time.Millisecond, "%d messages", len(want))
	took, _, _ := h.got()
	require.Equal(t, want, took)
}

// alertSite is a site with rules about CPU load and configuration.
type alertSite struct {
	*site
	hook *hook
}

func newAlertSite(t *testing.T) *alertSite {
	t.Helper()
	h := newHook(t)
	file := filepath.Join(t.TempDir(), "alerts.yml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `
rules:
  - {name: cpu, when: cpu > 90}
  - {name: memory, when: memory > 90, for: 30s}
  - {name: down, when: router.down, for: 20s}
receivers:
  bus: {webhook: {url: %q}}
`, h.URL), 0o600))
	began := time.Now()
	s := &alertSite{newSite(t, 1, "ALERTS_FILE="+file), h}
	time.Sleep(time.Until(began.Add(65 * time.Second))) // nothing fires in the minute after a start
	return s
}

// load sets the CPU load of a router.
func (s *alertSite) load(r *fleettest.Router, percent int) {
	r.SetField("/system/resource", "", "cpu-load", fmt.Sprint(percent))
}

// firing is what an instance says fires, as "rule router", with what is special.
func (s *alertSite) firing(in *fleettest.Instance) []string {
	var answer struct {
		Data []struct {
			Rule     string
			Router   string `json:"router_id"`
			Silenced string `json:"silenced_until"`
		}
	}
	status, text, err := in.Do(s.t.Context(), http.MethodGet, "/alerts", nil)
	if err != nil || status != http.StatusOK || json.Unmarshal(text, &answer) != nil {
		return []string{fmt.Sprint("status ", status, " ", err, string(text))}
	}
	list := []string{}
	for _, a := range answer.Data {
		line := a.Rule + " " + a.Router
		if a.Silenced != "" {
			line += " silenced"
		}
		list = append(list, line)
	}
	return list
}

// same waits until all instances that live say that the same fires.
func (s *alertSite) same(want ...string) {
	s.t.Helper()
	for _, in := range s.Instances {
		if in.Alive() {
			require.Eventually(s.t, func() bool { return fmt.Sprint(s.firing(in)) == fmt.Sprint(want) }, 20*time.Second, 100*time.Millisecond,
				"%s says %v, and not %v", in.Name, s.firing(in), want)
		}
	}
}

func (s *alertSite) history(in *fleettest.Instance) string {
	_, text, err := in.Do(s.t.Context(), http.MethodGet, "/alerts/history", nil)
	require.NoError(s.t, err)
	return string(text)
}

// An alert is told once, at whichever instance its router is, and all instances show it. An
// owner that ends, in order or not, ends no alert and begins none.
func TestAlertsOfAFleet(t *testing.T) {
	s := newAlertSite(t)
	r := s.Routers[0]
	var streams []*fleettest.Viewer
	for _, in := range s.Instances {
		v := fleettest.View("/sse?router=*&topics=alerts", in)
		t.Cleanup(v.Close)
		streams = append(streams, v)
	}
	s.load(r, 99)
	s.hook.has(t, time.Minute, "firing cpu "+r.ID)
	s.same("cpu " + r.ID)
	for i, v := range streams {
		require.Eventually(t, func() bool { return alertsIn(v) == 1 }, 10*time.Second, 50*time.Millisecond, "%s has not told it once", s.Instances[i].Name)
	}
	assert.Equal(t, s.history(s.Instances[0]), s.history(s.Instances[1]))
	assert.Equal(t, s.history(s.Instances[0]), s.history(s.Instances[2]))

	var alerts struct{ Data []struct{ Alert string } }
	_, text, err := s.Instances[1].Do(t.Context(), http.MethodGet, "/alerts", nil)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &alerts))
	status, text, err := s.Instances[2].Do(t.Context(), http.MethodPost, "/alerts/"+alerts.Data[0].Alert+"/silence", map[string]string{"for": "1h"})
	require.NoError(t, err)
	require.Equal(t, 200, status, string(text))
	s.same("cpu " + r.ID + " silenced")
	_, _, err = s.Instances[0].Do(t.Context(), http.MethodPost, "/alerts/"+alerts.Data[0].Alert+"/silence", map[string]string{"for": "0s"})
	require.NoError(t, err)
	s.same("cpu " + r.ID)

	killed := s.owner(r)
	killed.Kill()
	s.flows(40 * time.Second)
	time.Sleep(40 * time.Second) // its next owner has read it
	s.same("cpu " + r.ID)
	require.NoError(t, killed.Start(t.Context()))
	stopped := s.owner(r)
	require.NoError(t, stopped.Signal(syscall.SIGTERM))
	<-stopped.Exited()
	s.flows(40 * time.Second)
	time.Sleep(40 * time.Second)
	s.same("cpu " + r.ID)
	s.hook.has(t, time.Second, "firing cpu "+r.ID)
	s.load(r, 1)
	s.hook.has(t, time.Minute, "firing cpu "+r.ID, "resolved cpu "+r.ID)
	s.same()
}

func alertsIn(v *fleettest.Viewer) (n int) {
	for _, e := range v.Events(time.Time{}) {
		if strings.Contains(e.Data, `"topic":"alerts"`) {
			n++
		}
	}
	return n
}

// What an instance could not deliver before it was killed, another one delivers, with the
// same id; and so does one that is told by an instance that is not the one that sends.
func TestAnotherInstanceDelivers(t *testing.T) {
	s := newAlertSite(t)
	s.hook.refuse(true)
	for _, r := range s.Routers {
		s.load(r, 99)
	}
	sent := func() map[string]bool {
		_, _, refused := s.hook.got()
		ids := make(map[string]bool)
		for _, id := range refused {
			ids[id] = true
		}
		return ids
	}
	require.Eventually(t, func() bool {
		waiting := len(s.Routers)
		for _, in := range s.Instances {
			waiting = min(waiting, s.receiver(in).Queued)
		}
		return waiting == len(s.Routers) && len(sent()) > 0
	}, time.Minute, 100*time.Millisecond, "all of them wait, as all instances know")
	var sender *fleettest.Instance
	for _, in := range s.Instances {
		assert.Equal(t, len(s.Routers), s.receiver(in).Queued, in.Name)
		if s.receiver(in).Failed > 0 {
			assert.Nil(t, sender, "one instance sends")
			sender = in
		}
	}
	require.NotNil(t, sender)
	sender.Kill()
	s.hook.refuse(false)
	require.Eventually(t, func() bool { took, _, _ := s.hook.got(); return len(took) >= len(s.Routers) }, time.Minute, 100*time.Millisecond, "another one delivers")
	took, ids, _ := s.hook.got()
	var want []string
	for _, r := range s.Routers {
		want = append(want, "firing cpu "+r.ID)
	}
	assert.ElementsMatch(t, want, took)
	for id := range sent() {
		assert.Contains(t, ids, id, "the same id")
	}
	time.Sleep(40 * time.Second)
	took, _, _ = s.hook.got()
	assert.Len(t, took, len(s.Routers), "once")
	for _, in := range s.Instances {
		if in != sender {
			assert.Zero(t, s.receiver(in).Queued, in.Name)
		}
	}
	require.NoError(t, sender.Start(t.Context()))
}

// state is that of the receiver.
type state struct {
	Queued int
	Failed int
}

func (s *alertSite) receiver(in *fleettest.Instance) state {
	var answer struct{ Data []state }
	_, text, err := in.Do(s.t.Context(), http.MethodGet, "/alerts/receivers", nil)
	if err != nil || json.Unmarshal(text, &answer) != nil || len(answer.Data) != 1 {
		return state{}
	}
	return answer.Data[0]
}

// While NATS is away, what happens is told by the instance that sees it. When NATS is back,
// all instances know of it, and nothing is told again.
func TestAlertsWhileNATSIsAway(t *testing.T) {
	s := newAlertSite(t)
	s.load(s.Routers[0], 99)
	s.hook.has(t, time.Minute, "firing cpu "+s.Routers[0].ID)
	s.same("cpu " + s.Routers[0].ID)
	s.Nodes[0].Kill()
	s.load(s.Routers[1], 99)
	s.hook.has(t, time.Minute, "firing cpu "+s.Routers[0].ID, "firing cpu "+s.Routers[1].ID)
	require.NoError(t, s.Nodes[0].Restart())
	s.flows(40 * time.Second)
	s.same("cpu "+s.Routers[1].ID, "cpu "+s.Routers[0].ID)
	time.Sleep(40 * time.Second)
	s.hook.has(t, time.Second, "firing cpu "+s.Routers[0].ID, "firing cpu "+s.Routers[1].ID)
	s.load(s.Routers[1], 1)
	s.hook.has(t, time.Minute, "firing cpu "+s.Routers[0].ID, "firing cpu "+s.Routers[1].ID, "resolved cpu "+s.Routers[1].ID)
	s.same("cpu " + s.Routers[0].ID)
}
