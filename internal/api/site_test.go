package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/openapi"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	apiKey   = "api-key-of-the-tests"
	user     = "api"
	password = "s3cret-pass-word"
)

// site is the real handler on the real manager, with simulated routers at the
// other end of a net.Pipe, so that a bubble of synctest can run all of it.
type site struct {
	t       testing.TB
	handler http.Handler
	manager *manager.Manager
	devices map[string]*sim.Device // by host:port
	device  device.Options         // of all
	// sessions are set before restart.
	sessions pool.Options
	ready    atomic.Bool
	// unchecked leaves out the check against the document, where memory is measured.
	unchecked bool
	log       bytes.Buffer // nothing writes to it after the answer that caused it
}

// streaming are the options of the event streams of a server, before a test
// changes them.
func streaming(ready func() error) sse.Options {
	return sse.Options{
		Heartbeat: 15 * time.Second, WriteTimeout: 30 * time.Second, MaxAge: 55 * time.Minute, Drain: 2 * time.Second,
		Stopping: func() bool { return ready() != nil }, Wrote: func(int) {},
	}
}

// options are those of the server with short names for what tests change.
func options(s *site) api.Options {
	ready := func() error {
		if !s.ready.Load() {
			return manager.ErrClosed
		}
		return nil
	}
	issued := issuedKeys(s.t)
	return api.Options{
		APIKey:        apiKey,
		Keys:          issued.Set(),
		Issued:        issued,
		Tickets:       ticket.New([]byte("secret of the tickets")),
		InfoTimeout:   30 * time.Second,
		RunTimeout:    60 * time.Second,
		MaxRunTimeout: time.Hour,
		WriteTimeout:  30 * time.Second,
		Streams:       sse.New(streaming(ready)),
		Ready:         ready,
		Log:           slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelWarn})), // access lines have a test of their own
	}
}

// issuedKeys are keys that end with the test.
func issuedKeys(t testing.TB) *keys.Keys {
	t.Helper()
	ring, err := secret.ParseRing(secret.NewKey(time.Now()))
	require.NoError(t, err)
	issued, err := keys.Open(context.Background(), register.NewMemory(), ring, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, issued.Close()) })
	return issued
}

// newSite starts a site; the devices are its routers by host name.
func newSite(t testing.TB, devices map[string]sim.Options, change ...func(*api.Options)) *site {
	t.Helper()
	return newSiteOf(t, device.Options{Search: search.NewBudget(search.MaxAll)}, devices, change...)
}

// newSiteOf is newSite with options of its devices.
func newSiteOf(t testing.TB, of device.Options, devices map[string]sim.Options, change ...func(*api.Options)) *site {
	t.Helper()
	routers := make(map[string]*sim.Device)
	for host, o := range devices {
		o.User, o.Password = user, password
		routers[host+":8728"] = sim.New(o)
	}
	s := &site{t: t, devices: routers, device: of}
	s.ready.Store(true)
	s.restart(change...)
	t.Cleanup(func() {
		s.manager.Close()
		for _, d := range routers {
			d.Close()
		}
		assert.NotContains(t, s.log.String(), password)
		assert.NotContains(t, s.log.String(), apiKey)
	})
	return s
}

// restart starts the server, or another process of it, without routers.
func (s *site) restart(change ...func(*api.Options)) {
	if s.manager != nil {
		s.manager.Close()
	}
	s.manager = manager.New(pool.New(dialer(func(addr string) func(net.Conn) {
		if device := s.devices[addr]; device != nil {
			return device.ServeConn
		}
		return nil
	}), s.sessions), manager.Options{IDSecret: []byte("the same of all processes"), Device: s.device})
	s.rebuild(change...)
}

// dialer connects to the routers that serve returns for an address, nil for none.
func dialer(serve func(addr string) func(net.Conn)) func(context.Context, pool.Key) (*routeros.Session, error) {
	return func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		router := serve(key.Addr)
		if router == nil {
			return nil, &routeros.LinkError{Step: "dial", Err: &net.DNSError{Err: "no such host", Name: key.Addr, IsNotFound: true}}
		}
		ours, theirs := net.Pipe()
		go router(theirs)
		return routeros.New(ctx, ours, key.Credentials(), routeros.Options{})
	}
}

// rebuild makes the handler again, with other options.
func (s *site) rebuild(change ...func(*api.Options)) {
	opts := options(s)
	for _, c := range change {
		c(&opts)
	}
	s.handler = api.New(s.manager, opts)
}

// use has what follows report to a subtest.
func (s *site) use(t *testing.T) {
	before := s.t
	s.t = t
	t.Cleanup(func() { s.t = before })
}

// newStub is the handler on routers that do what a test says; what it does not
// say panics.
func newStub(t testing.TB, routers api.Routers) *site {
	t.Helper()
	s := &site{t: t}
	s.ready.Store(true)
	s.handler = api.New(routers, options(s))
	return s
}

// response is an answer that was read to its end.
type response struct {
	*httptest.ResponseRecorder

	body struct {
		Success   bool            `json:"success"`
		Data      json.RawMessage `json:"data"`
		Error     string          `json:"error"`
		Code      string          `json:"code"`
		RequestID string          `json:"request_id"`
	}
}

// send is a request with the key and, where there is a body, its type; headers
// are pairs that are added or, with an empty value, taken away.
func (s *site) send(method, path, body string, headers ...string) response {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("X-API-Key", apiKey)
	r.Header.Set("X-Request-Id", "id-of-the-test") // golden files have it
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	got := response{ResponseRecorder: httptest.NewRecorder()}
	s.handler.ServeHTTP(got, r)
	if !s.unchecked {
		inDocument(s.t, openapi.Exchange{
			Method: method, URL: r.URL, Sent: []byte(body), Status: got.Code, Header: got.Header(), Body: got.Body.Bytes(),
		})
	}
	for _, secret := range []string{password, apiKey} {
		assert.NotContains(s.t, got.Body.String(), secret, "%s %s", method, path)
		for name, values := range got.Header() {
			assert.NotContains(s.t, strings.Join(values, " "), secret, name)
		}
	}
	return got
}

// json is send for answers that are JSON of the usual form.
func (s *site) json(method, path, body string, headers ...string) response {
	s.t.Helper()
	got := s.send(method, path, body, headers...)
	assert.Equal(s.t, "application/json", got.Header().Get("Content-Type"), got.Body)
	require.NoError(s.t, json.Unmarshal(got.Body.Bytes(), &got.body), "%s %s: %s", method, path, got.Body)
	assert.Equal(s.t, got.Code == http.StatusOK, got.body.Success, got.Body)
	assert.Equal(s.t, got.body.Success, got.body.Code == "" && got.body.Error == "", got.Body)
	return got
}

func (s *site) connect(id, host string) response {
	s.t.Helper()
	body := marshal(s.t, map[string]string{"router_id": id, "host": host, "user": user, "pass": password})
	return s.json(http.MethodPost, "/connect", body)
}

func (s *site) run(id string, args ...string) response {
	s.t.Helper()
	return s.json(http.MethodPost, "/run", marshal(s.t, map[string]any{"router_id": id, "args": args}))
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// copied is a map with another entry.
func copied(m map[string]any, name string, value any) map[string]any {
	m = maps.Clone(m)
	m[name] = value
	return m
}
