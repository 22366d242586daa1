package server

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/metrics"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/ticket"
)

func newManager(cfg config.Config, own []uint16, counts *metrics.Metrics, record *audit.Log, kept kept, log *slog.Logger) *manager.Manager {
	opts := pool.Options{MinBackoff: cfg.ReconnectMin, MaxBackoff: cfg.ReconnectMax, MaxDials: cfg.MaxDials}
	managed := manager.Options{
		Device: device.Options{
			Polling: poller.Options{
				Interval: cfg.PollInterval, Timeout: cfg.PollTimeout, Linger: cfg.PollLinger,
				Scrape: cfg.MetricsInterval, Budget: int(cfg.RouterBytes), Observer: counts,
			},
			Scrape:  cfg.MetricsInterval > 0,
			Admit:   admission(cfg, own),
			Search:  search.NewBudget(search.MaxAll),
			History: kept.measured.memory(),
		},
		Log: log, IDSecret: []byte(cfg.TicketSecret.Reveal()), Register: kept.register,
		LoginFailed: func(id string, key pool.Key) {
			record.Offer(audit.Entry{
				Time: time.Now(), Action: audit.RouterLogin, Router: id, Host: key.Addr, User: key.User,
				Outcome: audit.Failed, Code: string(errcode.Login),
			})
		},
	}
	if kept.instance != nil {
		opts.Permit, managed.Fleet, managed.Hub = kept.instance.Permit, kept.instance, kept.instance.Hub()
	}
	return manager.New(pool.New(newDial(cfg, own, counts, log), opts), kept.alerts.hook(managed))
}

func (s *Server) handler() http.Handler {
	return api.New(s.manager, api.Options{
		APIKey:         s.cfg.APIKey.Reveal(),
		Keys:           s.keys.Set(),
		Issued:         s.keys,
		Tickets:        s.tickets,
		AllowedOrigins: s.cfg.AllowedOrigins,
		InfoTimeout:    s.cfg.CommandTimeout,
		RunTimeout:     s.cfg.RunTimeout,
		MaxRunTimeout:  s.cfg.MaxRunTimeout,
		WriteTimeout:   s.cfg.SSEWriteTimeout,
		Limits:         limitsOf(s.cfg),
		BodyTimeout:    s.cfg.BodyTimeout,
		Rules:          commandRules(s.cfg),
		Audit:          s.audit,
		AuditRefuse:    s.cfg.AuditLogFull == config.AuditRefuse,
		NoSwagger:      !bool(s.cfg.Swagger),
		Streams:        s.streams,
		Ready:          s.ready,
		Degraded:       s.degraded,
		Fleet:          s.fleet(),
		Find:           s.find(),
		Log:            s.log,
		Observer:       s.metrics,
		Metrics:        s.publicMetrics(),
		Alerts:         s.alerts.served(),
		WrongKey:       s.alerts.wrongKey(),
	})
}

// commandRules returns the rules of the whole server.
func commandRules(cfg config.Config) []*rules.Set {
	var sets []*rules.Set
	if cfg.CommandRules != "" {
		set, err := rules.Parse([]string{cfg.CommandRules})
		if err != nil {
			panic("COMMAND_RULES: " + err.Error()) // already checked by package config
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

		RouterLoginFailures: cfg.RouterLoginFailures,

		KeyStreams:     cfg.KeyStreams,
		KeyRouters:     cfg.KeyRouters,
		TrustedProxies: cfg.TrustedProxies,
	}
}

// trusted returns whether an address is in TRUSTED_PROXIES.
func trusted(networks []string) func(netip.Addr) bool {
	var prefixes []netip.Prefix
	for _, n := range networks {
		prefixes = append(prefixes, netip.MustParsePrefix(n)) // already checked by package config
	}
	return func(addr netip.Addr) bool {
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
}

// publicMetrics returns the handler of /metrics on the public port; nil for none.
func (s *Server) publicMetrics() func(visible func(string) bool) http.Handler {
	if s.cfg.Metrics != config.Everywhere {
		return nil
	}
	return s.metrics.Handler
}

// newSigner returns the signer of tickets. Without a secret it has a random one of this
// process, so that a ticket is no test for guesses of a key.
func newSigner(secrets [][]byte) *ticket.Signer {
	if secrets == nil {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		secrets = [][]byte{secret}
	}
	return ticket.New(secrets...)
}
