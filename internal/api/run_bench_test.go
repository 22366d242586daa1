package api_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// instant is a router whose every command has an empty answer at once.
type instant struct {
	api.Routers
	manager.Device
}

func (instant) Run(context.Context, string, []string) (*routeros.Reply, error) {
	return &routeros.Reply{}, nil
}
func (instant) Paths() device.Paths { return device.Paths{} }

func (i instant) Get(id string) (manager.Router, error) {
	return manager.Router{ID: id, Device: i}, nil
}

func instantSite(b *testing.B) *site {
	b.Helper()
	s := &site{t: b}
	s.ready.Store(true)
	opts := options(s)
	opts.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	s.handler = api.New(instant{}, opts)
	return s
}

const benchBody = `{"router_id":"r","args":["/system/identity/print"]}`

// deadlines is a recorder that takes deadlines, as a connection does.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetReadDeadline(time.Time) error  { return nil }
func (deadlines) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkRun is POST /run without the router and without a connection: what our own
// code costs.
func BenchmarkRun(b *testing.B) {
	s := instantSite(b)
	w := deadlines{httptest.NewRecorder()}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/run", strings.NewReader(benchBody))
		r.Header.Set("X-API-Key", apiKey)
		r.Header.Set("Content-Type", "application/json")
		w.Body.Reset()
		s.handler.ServeHTTP(w, r)
	}
	if !strings.Contains(w.Body.String(), `"success":true`) {
		b.Fatal(w.Body)
	}
}

// BenchmarkExchange is one request at a time over TCP: GET /healthz, and POST /run
// without the router.
func BenchmarkExchange(b *testing.B) {
	for name, request := range map[string]string{
		"healthz": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		"run":     "POST /run HTTP/1.1\r\nHost: x\r\nX-API-Key: " + apiKey + "\r\nContent-Type: application/json\r\nContent-Length: 51\r\n\r\n" + benchBody,
	} {
		b.Run(name, func(b *testing.B) {
			s := instantSite(b)
			server := httptest.NewUnstartedServer(s.handler)
			server.Config.ReadHeaderTimeout, server.Config.IdleTimeout = 10*time.Second, 2*time.Minute
			server.Start()
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			in := make([]byte, 4<<10)
			for b.Loop() {
				_, _ = io.WriteString(conn, request)
				if n, err := conn.Read(in); err != nil || !strings.HasPrefix(string(in[:n]), "HTTP/1.1 200") {
					b.Fatal(err, string(in[:n]))
				}
			}
		})
	}
}
