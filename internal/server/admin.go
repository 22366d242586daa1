package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof" // #nosec G108 -- its handlers are on the admin port alone; nothing serves http.DefaultServeMux
	"net/netip"
	"time"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/limit"
)

// adminWriteTimeout bounds how long an answer of the admin port may take, so that a
// client that reads nothing does not hold its connection. Package pprof adds the
// length of a profile. Nothing here is a stream without an end.
const adminWriteTimeout = time.Minute

// admin is the port for operators. It needs no key.
type admin struct {
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when Serve has returned
}

// listening returns the listener; nil without a port.
func (a *admin) listening() net.Listener {
	if a == nil {
		return nil
	}
	return a.listener
}

// listenAdmin listens on ADMIN_ADDR; the listener is nil without one.
func listenAdmin(cfg config.Config, log *slog.Logger) (net.Listener, error) {
	if cfg.AdminAddr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", cfg.AdminAddr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (ADMIN_ADDR): %w", cfg.AdminAddr, err)
	}
	if at, err := netip.ParseAddrPort(listener.Addr().String()); err != nil || !at.Addr().IsLoopback() {
		log.LogAttrs(context.Background(), slog.LevelWarn, "admin port is open to other machines and needs no key; protect it with a firewall, or set ADMIN_ADDR to a loopback address such as 127.0.0.1:9090",
			slog.String("addr", listener.Addr().String()))
	}
	return limit.NewListener(listener, 0, nil, cfg.SSEWriteTimeout), nil
}

// serveAdmin serves the admin port until close. It has the health checks of the public
// port, and Swagger also with SWAGGER=off.
func (s *Server) serveAdmin(listener net.Listener) *admin {
	mux := http.NewServeMux()
	documents := api.Documents()
	for _, path := range []string{"/swagger/", "/openapi.json"} {
		mux.Handle("GET "+path, documents)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		mux.Handle("GET "+path, s.http.Handler)
	}
	if s.cfg.Metrics != config.Nowhere {
		mux.Handle("GET /metrics", s.metrics.Handler(nil))
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	a := &admin{
		listener: listener,
		http: &http.Server{
			Handler:           onlyOwnHosts(s.cfg.AdminAddr, mux),
			ReadHeaderTimeout: 10 * time.Second,
			WriteTimeout:      adminWriteTimeout,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		},
		served: make(chan struct{}),
	}
	go func() {
		defer close(a.served)
		_ = a.http.Serve(listener) // until close
	}()
	return a
}

// close closes all connections and waits for the server: nobody waits for the rest of a
// profile. It is the last step of a shutdown, which can so be watched on this port.
func (a *admin) close() {
	if a == nil {
		return
	}
	_ = a.http.Close()
	<-a.served
}
