package api_test

import (
	"context"
	"fmt"
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
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// instant is a router whose every command has the same answer at once.
type instant struct {
	api.Routers
	manager.Device

	reply routeros.Reply
}

func (i instant) Run(context.Context, string, []string) (*routeros.Reply, error) {
	reply := i.reply
	return &reply, nil
}
func (instant) Paths() device.Paths { return device.Paths{} }

func (i instant) Get(id string) (manager.Router, error) {
	return manager.Router{ID: id, Device: i}, nil
}

func instantSite(b *testing.B, rows ...[]string) *site {
	b.Helper()
	s := &site{t: b}
	s.ready.Store(true)
	opts := options(s)
	opts.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	var router instant
	for _, row := range rows {
		router.reply.Rows = proto.AppendSentence(router.reply.Rows, append([]string{"!re"}, row...)...)
		router.reply.Len++
	}
	s.handler = api.New(router, opts)
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

// BenchmarkInterfaces is the table of interfaces of a router with 18 ports without the
// router and without a connection: by /run, and by REST.
func BenchmarkInterfaces(b *testing.B) {
	var rows [][]string
	for i := range 18 {
		rows = append(rows, []string{fmt.Sprintf("=.id=*%X", i+1), fmt.Sprint("=name=ether", i+1), fmt.Sprint("=default-name=ether", i+1), "=type=ether",
			"=mtu=1500", "=actual-mtu=1500", "=l2mtu=1598", "=max-l2mtu=10218", fmt.Sprintf("=mac-address=02:00:5E:00:00:%02X", i),
			"=last-link-up-time=2026-05-31 10:00:00", "=link-downs=0", "=rx-byte=123456789", "=tx-byte=987654321", "=rx-packet=123456",
			"=tx-packet=654321", "=running=true", "=disabled=false"})
	}
	for name, request := range map[string][3]string{
		"run":  {http.MethodPost, "/run", `{"router_id":"r","args":["/interface/print"]}`},
		"rest": {http.MethodGet, "/routers/r/rest/interface", ""},
	} {
		b.Run(name, func(b *testing.B) {
			s := instantSite(b, rows...)
			w := deadlines{httptest.NewRecorder()}
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), request[0], request[1], strings.NewReader(request[2]))
				r.Header.Set("X-API-Key", apiKey)
				r.Header.Set("Content-Type", "application/json")
				w.Body.Reset()
				s.handler.ServeHTTP(w, r)
			}
			if !strings.Contains(w.Body.String(), `"name":"ether18"`) {
				b.Fatal(w.Body)
			}
		})
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
