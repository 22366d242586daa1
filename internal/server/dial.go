package server

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/limit"
	"github.com/aprakasa/mikronec/internal/metrics"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// newDial returns the function that opens sessions: to allowed addresses only, never to
// a port of this program, and each attempt bounded in time.
func newDial(cfg config.Config, own []uint16, counts *metrics.Metrics, log *slog.Logger) pool.DialFunc {
	session := routeros.Options{
		DialTimeout:  cfg.DialTimeout,
		LoginTimeout: cfg.LoginTimeout,
		WriteTimeout: cfg.RouterWriteTimeout,
		ReplyLimit:   int(cfg.MaxReplyBytes),
		MaxInFlight:  cfg.SessionCommands,
		MaxStreams:   cfg.SessionStreams,
		MaxQueue:     cfg.SessionQueue,
		Admit:        admission(cfg, own),
		Observer:     counts,
		Budget:       limit.NewMemory(heldBytes(cfg, os.DirFS("/"))),
	}
	return func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		opts := session
		page, err := charset.Lookup(key.CodePage)
		if err != nil {
			return nil, err
		}
		opts.Page = page
		s, err := routeros.Dial(ctx, key.Addr, key.TLS, key.Credentials(), opts)
		counts.Dialed(err)
		if err != nil {
			log.LogAttrs(ctx, slog.LevelDebug, "router not reachable", slog.Any("router", key), slog.Any("error", err))
			return nil, err
		}
		log.LogAttrs(ctx, slog.LevelDebug, "logged in", slog.Any("router", key))
		return s, nil
	}
}

// closeIf closes a listener that may be nil.
func closeIf(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

// admission returns what refuses addresses that may not be dialed.
func admission(cfg config.Config, own []uint16) func(host string, to netip.AddrPort) error {
	policy, _ := dialpolicy.Parse(cfg.RouterNetworks) // already checked by package config
	return policy.Except(own...).Check
}

// portsOf returns the ports of listeners; nil ones are left out.
func portsOf(listeners ...net.Listener) (ports []uint16) {
	for _, l := range listeners {
		if l == nil {
			continue
		}
		if at, ok := l.Addr().(*net.TCPAddr); ok {
			ports = append(ports, at.AddrPort().Port())
		}
	}
	return ports
}
