// Package server is the composition root: it builds the running program from its
// parts and shuts it down in reverse order.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/instance"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/limit"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/metrics"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// Server is the running program.
type Server struct {
	cfg      config.Config
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	manager  *manager.Manager
	instance *instance.Instance // nil without a fleet
	metrics  *metrics.Metrics
	keys     *keys.Keys // closed with what take has taken
	tickets  *ticket.Signer
	admin    *admin // nil without ADMIN_ADDR
	streams  *sse.Server
	newConns newConns
	audit    *audit.Log              // nil without AUDIT_LOG
	declared *followed               // nil without ROUTERS_FILE
	alerts   *alerts                 // nil without ALERTS_FILE
	followed *followed               // ALERTS_FILE; nil without it
	state    atomic.Int32            // starting, serving, stopping, in this order
	abort    context.CancelCauseFunc // cancels the contexts of all requests
	served   chan error              // the result of Serve; buffer of one
	closers  []func(context.Context) // called in order by stop; they return when the context ends
}

// The states of a Server.
const (
	starting = iota
	serving
	stopping
)

// Start listens and serves. The error is one of the configuration: a port in use, an
// invalid file of API keys or certificate. After Start, Wait must be called.
func Start(cfg config.Config, version string, log *slog.Logger) (*Server, error) {
	record, err := audit.Open(cfg.AuditLog, os.Stdout, log)
	if err != nil {
		return nil, err
	}
	kept, err := openKept(&cfg, version, log)
	if err != nil {
		record.Close(context.Background()) // the queue is empty
		return nil, err
	}
	if kept.measured, err = openHistory(cfg, log); err != nil {
		record.Close(context.Background())
		return nil, errors.Join(err, kept.close(context.Background()))
	}
	if kept.alerts, err = openAlerts(cfg, kept, record, log); err != nil {
		record.Close(context.Background())
		return nil, errors.Join(err, kept.close(context.Background()))
	}
	s, err := listen(cfg, version, record, kept, log)
	if err != nil {
		record.Close(context.Background())
		return nil, errors.Join(err, kept.close(context.Background()), kept.alerts.Close())
	}
	s.startAlerts()
	s.take(kept)
	if record != nil || cfg.APIKeysFile != "" || cfg.APIKeys != "" || cfg.RoutersFile != "" || cfg.AlertsFile != "" {
		s.onHangup(func() {
			if record != nil {
				record.Reopen()
			}
			s.Reload()
		})
	}
	s.closers = append(s.closers, record.Close)
	if err := s.startFleet(); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	s.open()
	return s, nil
}

// listen opens the ports and builds the parts. It serves the admin port, so that the
// start can be watched; the public port is not served before open.
func listen(cfg config.Config, version string, record *audit.Log, kept kept, log *slog.Logger) (*Server, error) {
	warnOfModes("API_KEYS_FILE", cfg.APIKeysFile, log)
	warnOfModes("SECRETS_KEY_FILE", cfg.SecretsKeyFile, log)
	declared, err := declaredKeys(cfg)
	if err != nil {
		return nil, err
	}
	kept.keys.Declare(declared)
	listener, err := listenPublic(cfg, log)
	if err != nil {
		return nil, err
	}
	private, err := listenAdmin(cfg, log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	own := portsOf(listener, private)
	if err := kept.alerts.read(cfg, own); err != nil {
		return nil, errors.Join(err, listener.Close(), closeIf(private))
	}
	for _, w := range cfg.Warnings() {
		log.LogAttrs(context.Background(), slog.LevelWarn, "probably a mistake in a variable", slog.String("variable", w.Variable), slog.String("detail", w.Detail))
	}
	counts := metrics.New(version, log)
	requests, abort := context.WithCancelCause(context.Background())
	s := &Server{
		cfg: cfg, log: log, listener: listener, abort: abort,
		manager: newManager(cfg, own, counts, record, kept, log), metrics: counts, audit: record, keys: kept.keys, tickets: newSigner(kept.tickets),
		alerts:   kept.alerts,
		instance: kept.instance, served: make(chan error, 1),
	}
	counts.Read(s.manager)
	s.streams = sse.New(sse.Options{
		Heartbeat:    cfg.SSEHeartbeat,
		WriteTimeout: cfg.SSEWriteTimeout,
		MaxAge:       cfg.SSEMaxAge,
		Drain:        s.partOf(drainUntil),
		Stopping:     func() bool { return s.state.Load() == stopping },
		Wrote:        counts.StreamWrote,
	})
	s.http = &http.Server{
		ConnState:         s.connState,
		Handler:           s.handler(),
		ReadHeaderTimeout: cfg.HeaderTimeout,
		IdleTimeout:       cfg.HTTPIdleTimeout,
		MaxHeaderBytes:    64 << 10,
		// Deadlines of an answer end its stream within an HTTP/2 connection; this ends a
		// connection from which nothing is read at all.
		HTTP2:       &http.HTTP2Config{WriteByteTimeout: cfg.SSEWriteTimeout},
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if private != nil {
		s.admin = s.serveAdmin(private)
	}
	return s, nil
}

// listenPublic listens on LISTEN_HOST and PORT, with TLS if there is a certificate.
func listenPublic(cfg config.Config, log *slog.Logger) (net.Listener, error) {
	inner, err := net.Listen("tcp", cfg.Addr())
	if err != nil {
		return nil, fmt.Errorf("listen on %s (PORT, LISTEN_HOST): %w", cfg.Addr(), err)
	}
	listener := limit.NewListener(inner, cfg.AddressConnections, trusted(cfg.TrustedProxies), cfg.SSEWriteTimeout)
	if cfg.TLSCertFile == "" {
		return listener, nil
	}
	cert, err := loadCertificate(cfg.TLSCertFile, cfg.TLSKeyFile, log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, cert.config()), nil
}

// open serves the public port until stop.
func (s *Server) open() {
	s.state.Store(serving)
	go func() { s.served <- s.http.Serve(s.listener) }()
}

// ready returns why the server is not ready, or nil.
func (s *Server) ready() error {
	switch s.state.Load() {
	case starting:
		return api.ErrStarting
	case stopping:
		return manager.ErrClosed
	}
	return nil
}

// connState is for http.Server.ConnState.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	s.newConns.track(c, state)
	limit.ConnState(c, state)
}

// URL is the URL of the server for clients on this machine.
func (s *Server) URL() string {
	if s.cfg.TLSCertFile != "" {
		return "https://" + s.Addr().String()
	}
	return "http://" + s.Addr().String()
}

// Connect connects a router under an id, as POST /connect with the owner's key does.
func (s *Server) Connect(ctx context.Context, id, addr, user, password string) error {
	_, err := s.manager.Connect(ctx, id, pool.Key{Addr: addr, User: user, Password: secret.New(password)}, manager.Owner{Name: access.Owner.Name})
	return err
}

// Addr is the address of the public port.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// AdminAddr is the address of the admin port; nil without one.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.listener.Addr()
}
