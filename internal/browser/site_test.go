package browser_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

const (
	apiKey   = "test-key-0123456789"
	user     = "api"
	password = "s3cret-pass-word"
)

// program is the running server of a test.
type program struct {
	t    testing.TB
	base string
	key  string
	stop func() // may be called twice
}

// record is the log of a program. Handlers of HTTP/2 may write to it after the program
// has ended: net/http does not wait for them when the client has gone.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// start runs the program on loopback; pages of origin may use it besides its own.
func start(t testing.TB, origin string, env map[string]string) *program {
	t.Helper()
	settings := map[string]string{
		"MY_API_KEY": apiKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "POLL_INTERVAL": "500ms",
		"RECONNECT_MIN": "100ms", "SHUTDOWN_TIMEOUT": "2s", "ALLOWED_ORIGINS": origin,
	}
	maps.Copy(settings, env)
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	require.NoError(t, err)
	log := &record{}
	s, err := server.Start(cfg, "v0.0.0-test", slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Wait(ctx) }()
	p := &program{t: t, base: "http://" + s.Addr().String(), key: settings["MY_API_KEY"]}
	p.stop = sync.OnceFunc(func() {
		cancel()
		assert.NoError(t, <-ended)
		assert.NotContains(t, log.String(), p.key)
		if t.Failed() {
			t.Log(log.String())
		}
	})
	t.Cleanup(p.stop)
	return p
}

// device runs a simulated router on loopback and returns its address.
func device(t testing.TB, o sim.Options) (*sim.Device, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.User, o.Password = user, password
	if o.Personality.Board == "" {
		o.Personality = sim.CCR2004()
	}
	d := sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	t.Cleanup(func() {
		d.Close()
		assert.NoError(t, <-served)
	})
	return d, listener.Addr().String()
}

// backend is a client that accepts any certificate.
var backend = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // of this very test

// post sends a request with the API key and decodes its data.
// answering is the program behind a server that answers some requests itself, by the patterns
// of [http.ServeMux].
func (p *program) answering(t *testing.T, own map[string]http.HandlerFunc) *program {
	t.Helper()
	target, err := url.Parse(p.base)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }})
	for pattern, answer := range own {
		mux.HandleFunc(pattern, answer)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return &program{t: t, base: s.URL, key: p.key}
}

func (p *program) post(path string, body, into any) {
	p.t.Helper()
	require.NoError(p.t, p.ask(p.t.Context(), path, body, into))
}

// ask is post that returns the error.
func (p *program) ask(ctx context.Context, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", p.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := backend.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, resp.Status, text)
	}
	return json.Unmarshal(text, &struct{ Data any }{Data: into})
}

func (p *program) connect(id, addr string) {
	p.t.Helper()
	p.post("/connect", map[string]string{"router_id": id, "host": addr, "user": user, "pass": password}, new(any))
}

// ticket requests a ticket for all routers, valid for ttl seconds.
func (p *program) ticket(ttl int) string {
	p.t.Helper()
	ticket, err := p.askTicket(p.t.Context(), ttl)
	require.NoError(p.t, err)
	return ticket
}

// backendOf is the backend of a page: it gives out tickets, in the words of write. The
// server may be away, and the page may still ask when the test is over.
func (p *program) backendOf(ttl int, write func(w io.Writer, ticket string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ticket, err := p.askTicket(r.Context(), ttl)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		write(w, ticket)
	}
}

func writeText(w io.Writer, ticket string) { _, _ = io.WriteString(w, ticket) }

func writeJSON(w io.Writer, ticket string) {
	_ = json.NewEncoder(w).Encode(map[string]string{"ticket": ticket})
}

func (p *program) askTicket(ctx context.Context, ttl int) (string, error) {
	var issued struct{ Ticket string }
	err := p.ask(ctx, "/tickets", map[string]any{"routers": "all", "ttl": ttl}, &issued)
	return issued.Ticket, err
}

// stream is the URL of a stream with a ticket that outlives the test.
func (p *program) stream(path string) string {
	p.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return p.base + path + separator + "ticket=" + url.QueryEscape(p.ticket(600))
}

// site serves pages from another origin: the files of testdata, the client of
// docs/streaming.md as delta.js, and the files that a test adds.
func site(t testing.TB) (mux *http.ServeMux, origin string) {
	t.Helper()
	mux = http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata")))
	client := codeBlock(t, "js")
	mux.HandleFunc("/delta.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, client)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return mux, s.URL
}

// codeBlock returns the only code block of a language in docs/streaming.md.
func codeBlock(t testing.TB, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/streaming.md")
	require.NoError(t, err)
	parts := strings.Split(string(text), "\n```"+language+"\n")
	require.Len(t, parts, 2, "blocks of "+language+" in docs/streaming.md")
	code, _, closed := strings.Cut(parts[1], "\n```\n")
	require.True(t, closed)
	return code + "\n"
}

// page opens watch.html from another origin.
func page(t testing.TB, origin string) *chromium.Tab {
	t.Helper()
	tab := chromium.Open(t)
	tab.Navigate(origin + "/watch.html")
	return tab
}

// watch opens a stream in the page.
func watch(tab *chromium.Tab, name, address string) {
	chromium.Eval[any](tab, fmt.Sprintf("watch(%q, %q)", name, address))
}

// get reads data with the API key.
func (p *program) get(path string, into any) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+path, nil)
	require.NoError(p.t, err)
	req.Header.Set("X-API-Key", p.key)
	resp, err := backend.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(p.t, http.StatusOK, resp.StatusCode)
	answer := struct{ Data any }{Data: into}
	require.NoError(p.t, json.NewDecoder(resp.Body).Decode(&answer))
}
