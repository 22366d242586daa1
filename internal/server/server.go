// Package server is the composition root: it builds the program of its parts,
// runs it, and takes it down in reverse order. Every way to start it is here:
// serving, the demo, the simulated device alone, the health check.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/limit"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/metrics"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/ticket"
	"github.com/aprakasa/mikronec/internal/viewer"
)

// Server is the running program.
type Server struct {
	cfg      config.Config
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	manager  *manager.Manager
	metrics  *metrics.Metrics
	keys     *access.Ring
	admin    *admin         // nil without ADMIN_ADDR
	viewers  *viewer.Server // nil where streams cannot be taken over
	fresh    fresh
	conns    *limit.Conns
	audit    *audit.Log              // nil without AUDIT_LOG
	state    atomic.Int32            // starting, serving, stopping: only ever the next
	abort    context.CancelCauseFunc // ends the contexts of all requests
	served   chan error              // the end of Serve; room for one
	closers  []func()                // what else ends with the program, after everything above
}

// What a Server does.
const (
	starting = iota
	serving
	stopping
)

// Start listens and serves. A port that is taken is an error here, not later, and
// so is a file of API keys that is of no use.
func Start(cfg config.Config, version string, log *slog.Logger) (*Server, error) {
	record, err := audit.Open(cfg.AuditLog, os.Stdout, log)
	if err != nil {
		return nil, err
	}
	s, err := listen(cfg, version, record, log)
	if err != nil {
		record.Close()
		return nil, err
	}
	if record != nil || cfg.APIKeysFile != "" || cfg.APIKeys != "" {
		s.onHangup(func() {
			if record != nil {
				record.Reopen()
			}
			s.Reload()
		})
	}
	s.closers = append(s.closers, record.Close)
	s.open()
	return s, nil
}

// listen takes the ports and puts the parts together. The admin port is served
// already, so that a start can be watched; nothing else is before open.
func listen(cfg config.Config, version string, record *audit.Log, log *slog.Logger) (*Server, error) {
	keys, err := allKeys(cfg)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.Addr())
	if err != nil {
		return nil, fmt.Errorf("listen on %s (PORT, LISTEN_HOST): %w", cfg.Addr(), err)
	}
	var own *certificate
	if cfg.TLSCertFile != "" {
		if own, err = loadCertificate(cfg.TLSCertFile, cfg.TLSKeyFile, log); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
		listener = tls.NewListener(listener, own.config())
	}
	private, err := listenAdmin(cfg, log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	counts := metrics.New(version, log)
	requests, abort := context.WithCancelCause(context.Background())
	s := &Server{
		cfg: cfg, log: log, listener: listener, abort: abort,
		manager: newManager(cfg, counts, log), metrics: counts, audit: record, keys: access.NewRing(keys),
		served: make(chan error, 1),
		conns:  limit.NewConns(cfg.AddressConnections, trusted(cfg.TrustedProxies)),
	}
	counts.Read(s.manager)
	s.viewers, err = viewer.New(viewer.Options{
		Heartbeat: cfg.SSEHeartbeat,
		Timeout:   cfg.SSEWriteTimeout,
		MaxAge:    cfg.SSEMaxAge,
		Drain:     s.drainTime(),
		Stopping:  func() bool { return s.state.Load() == stopping },
		Wrote:     counts.StreamWrote,
	})
	if err != nil && !errors.Is(err, viewer.ErrUnsupported) {
		_ = listener.Close()
		if private != nil {
			_ = private.Close()
		}
		return nil, err
	}
	s.http = &http.Server{
		ConnContext:       api.ConnContext,
		ConnState:         s.connState,
		Handler:           s.handler(),
		ReadHeaderTimeout: cfg.HeaderTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if private != nil {
		s.admin = s.serveAdmin(private)
	}
	return s, nil
}

// open lets requests in.
func (s *Server) open() {
	s.state.Store(serving)
	go func() { s.served <- s.http.Serve(s.listener) }()
}

// ready says why requests are not welcome, if they are not.
func (s *Server) ready() error {
	switch s.state.Load() {
	case starting:
		return api.ErrStarting
	case stopping:
		return manager.ErrClosed
	}
	return nil
}

func newManager(cfg config.Config, counts *metrics.Metrics, log *slog.Logger) *manager.Manager {
	return manager.New(
		pool.New(newDial(cfg, counts, log), pool.Options{MinBackoff: cfg.ReconnectMin, MaxBackoff: cfg.ReconnectMax, MaxDials: cfg.MaxDials}),
		manager.Options{
			Polling: poller.Options{
				Interval: cfg.PollInterval, Timeout: cfg.PollTimeout, Linger: cfg.PollLinger,
				Scrape: cfg.MetricsInterval, Observer: counts,
			},
			Scrape: cfg.MetricsInterval > 0,
			Log:    log,
		},
	)
}

func (s *Server) handler() http.Handler {
	return api.New(s.manager, api.Options{
		APIKey:         s.cfg.APIKey.Reveal(),
		Keys:           s.keys,
		Tickets:        newSigner(s.cfg, s.log),
		AllowedOrigins: s.cfg.AllowedOrigins,
		InfoTimeout:    s.cfg.CommandTimeout,
		RunTimeout:     s.cfg.RunTimeout,
		MaxRunTimeout:  s.cfg.MaxRunTimeout,
		Heartbeat:      s.cfg.SSEHeartbeat,
		WriteTimeout:   s.cfg.SSEWriteTimeout,
		MaxAge:         s.cfg.SSEMaxAge,
		DrainTime:      s.drainTime(),
		Limits:         limitsOf(s.cfg),
		BodyTimeout:    s.cfg.BodyTimeout,
		Rules:          commandRules(s.cfg),
		Audit:          s.audit,
		NoSwagger:      !bool(s.cfg.Swagger),
		Viewers:        s.viewers,
		Ready:          s.ready,
		Log:            s.log,
		Observer:       s.metrics,
		Metrics:        s.publicMetrics(),
	})
}

// commandRules are those of the whole server.
func commandRules(cfg config.Config) []*rules.Set {
	var sets []*rules.Set
	if cfg.CommandRules != "" {
		set, err := rules.Parse([]string{cfg.CommandRules})
		if err != nil {
			panic("config lets pass what rules does not: " + err.Error())
		}
		sets = append(sets, set)
	}
	if cfg.ReadOnly {
		sets = append(sets, rules.ReadOnly())
	}
	return sets
}

func limitsOf(cfg config.Config) api.Limits {
	return api.Limits{
		AddressRequests: cfg.AddressRequests,
		KeyRequests:     cfg.KeyRequests,
		LoginFailures:   cfg.LoginFailures,
		KeyStreams:      cfg.KeyStreams,
		KeyRouters:      cfg.KeyRouters,
		TrustedProxies:  cfg.TrustedProxies,
	}
}

// connState is told of every connection; see http.Server.ConnState.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	s.fresh.note(c, state)
	s.conns.Note(c, state)
}

// trusted is the test for addresses of TRUSTED_PROXIES.
func trusted(networks []string) func(netip.Addr) bool {
	var prefixes []netip.Prefix
	for _, n := range networks {
		prefixes = append(prefixes, netip.MustParsePrefix(n)) // which config has made
	}
	return func(addr netip.Addr) bool {
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
}

// URL is where the server is, as clients on this machine write it.
func (s *Server) URL() string {
	if s.cfg.TLSCertFile != "" {
		return "https://" + s.Addr().String()
	}
	return "http://" + s.Addr().String()
}

// publicMetrics is /metrics of those who have a key; nil where it is not there.
func (s *Server) publicMetrics() func(visible func(string) bool) http.Handler {
	if s.cfg.Metrics != config.Everywhere {
		return nil
	}
	return s.metrics.Handler
}

// newSigner returns the signer of tickets for streams.
func newSigner(cfg config.Config, log *slog.Logger) *ticket.Signer {
	secret := cfg.TicketKey().Reveal()
	if len(secret) < config.MinTicketSecret {
		log.LogAttrs(context.Background(), slog.LevelWarn, "MY_API_KEY is so short that whoever has a ticket for a stream could guess it; use a longer one, or set TICKET_SECRET",
			slog.Int("min_bytes", config.MinTicketSecret))
	}
	return ticket.New([]byte(secret))
}

// drainTime is over how long streams end when the server stops.
func (s *Server) drainTime() time.Duration { return s.cfg.ShutdownTimeout * 2 / 5 }

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// AdminAddr is where the admin port is; nil where there is none.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.listener.Addr()
}

// Wait serves until ctx ends and then stops: no new streams, streams end,
// requests in flight get the rest of half the time that is left to finish, what
// still runs is cut off, and the sessions close at the routers.
func (s *Server) Wait(ctx context.Context) error {
	var failed error
	select {
	case failed = <-s.served:
		s.served <- http.ErrServerClosed // for stop
	case <-ctx.Done():
	}
	s.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "stopping")
	return errors.Join(failed, s.stop())
}

func (s *Server) stop() error {
	s.state.Store(stopping)
	s.manager.EndStreams() // Shutdown would wait for them
	s.fresh.close()
	cut := time.AfterFunc(s.cfg.ShutdownTimeout/2, func() { s.abort(manager.ErrClosed) })
	defer cut.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout*4/5)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests were cut off: %w", err)
		_ = s.http.Close()
	}
	s.abort(manager.ErrClosed)
	if s.viewers != nil {
		s.viewers.Close(s.drainTime() + s.cfg.ShutdownTimeout/5)
	}
	s.manager.Close()
	for _, end := range s.closers {
		end()
	}
	s.keys.Close()
	s.admin.close()
	if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}
