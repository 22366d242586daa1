package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/fleet"
	"github.com/aprakasa/mikronec/internal/instance"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/secret"
)

// natsPatience is how long a start waits for NATS: instances and NATS may be started
// together.
const natsPatience = 30 * time.Second

// openFleet connects to NATS and opens the register there.
func (k *kept) openFleet(cfg *config.Config, given datadir.Keys, log *slog.Logger) error {
	ring, err := given.Ring()
	if err != nil {
		return err
	}
	if k.tickets == nil {
		k.tickets = ring.Derive("tickets")
	}
	if cfg.Instance == "" {
		cfg.Instance = instanceName()
	}
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	conn, err := connectNATS(ctx, *cfg, log)
	if err != nil {
		return err
	}
	if err := k.joinFleet(ctx, conn, ring, *cfg, log); err != nil {
		conn.Close()
		return fmt.Errorf("NATS_URL: %w", err)
	}
	return nil
}

func connectNATS(ctx context.Context, cfg config.Config, log *slog.Logger) (*bus.Conn, error) {
	conn, err := bus.Open(ctx, bus.Options{
		URL: cfg.NATSURL.Reveal(), Credentials: cfg.NATSCredentials,
		CAFile: cfg.NATSCAFile, CertFile: cfg.NATSCertFile, KeyFile: cfg.NATSKeyFile,
		Prefix: cfg.NATSPrefix, Replicas: cfg.NATSReplicas, Instance: cfg.Instance, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("NATS_URL: %w", err)
	}
	return conn, nil
}

// joinFleet opens the register of the fleet, and begins to take events.
func (k *kept) joinFleet(ctx context.Context, conn *bus.Conn, ring *secret.Ring, cfg config.Config, log *slog.Logger) error {
	store, err := conn.Store(ctx, bus.Register)
	if err != nil {
		return err
	}
	if k.register, k.routers, err = register.Open(ctx, store, ring); err != nil {
		return errors.Join(err, store.Close())
	}
	if err := k.joinStores(ctx, conn, cfg, log); err != nil {
		return errors.Join(err, k.register.Close())
	}
	k.instance, err = instance.Open(ctx, instance.Options{
		Bus: conn, Register: k.register, Instance: cfg.Instance, Prefix: cfg.NATSPrefix,
		Commands: ring.Derive("commands"), IDs: k.tickets[0], Version: k.version,
		Lease: cfg.FleetLease, Partition: fleet.Partition(cfg.FleetPartition), Rules: commandRules(cfg), Log: log,
	})
	if err != nil {
		return errors.Join(err, k.keys.Close(), k.register.Close())
	}
	return nil
}

// joinStores opens the other stores of the fleet.
func (k *kept) joinStores(ctx context.Context, conn *bus.Conn, cfg config.Config, log *slog.Logger) (err error) {
	if cfg.AlertsFile != "" {
		if k.alertStore, err = conn.Store(ctx, bus.Alerts); err != nil {
			return err
		}
	}
	store, err := conn.Store(ctx, bus.Keys)
	if err != nil {
		return err
	}
	return k.openKeys(ctx, store, log)
}

// startFleet gives this instance its place in the fleet.
func (s *Server) startFleet() error {
	if s.instance == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	if err := s.instance.Start(ctx, s.manager); err != nil {
		return fmt.Errorf("NATS_URL: %w", err)
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "joined the fleet", slog.String("instance", s.cfg.Instance), slog.String("prefix", s.cfg.NATSPrefix))
	return nil
}

// find is for [api.Options]; nil without a fleet.
func (s *Server) find() func(context.Context, search.Pattern, int, []string) search.Elsewhere {
	if s.instance == nil {
		return nil
	}
	return s.instance.Find
}

// degraded is why this instance does not serve all of its fleet; nil if it does.
func (s *Server) degraded() error {
	if s.instance == nil {
		return nil
	}
	return s.instance.Degraded()
}

// fleet is for [api.Options]; nil without a fleet.
func (s *Server) fleet() func() api.Fleet {
	if s.instance == nil {
		return nil
	}
	return func() api.Fleet {
		status := s.instance.Status()
		routers := make(map[string]int)
		for _, r := range s.manager.List() {
			routers[r.Instance]++
		}
		out := api.Fleet{
			Instance: status.Instance, Connected: status.Connected, LagMS: status.Lag.Milliseconds(), Unowned: routers[""],
			Moves: api.FleetMoves{Taken: status.Moves.Taken, Given: status.Moves.Given, Lost: status.Moves.Lost}, Members: []api.FleetMember{},
		}
		if err := s.instance.Degraded(); err != nil {
			out.Degraded = err.Error()
		}
		for _, m := range status.Members {
			out.Members = append(out.Members, api.FleetMember{
				Instance: m.Instance, Version: m.Version, Since: m.Since.Unix(), Shards: m.Shards, Routers: routers[m.Instance], Leaving: m.Leaving,
			})
		}
		return out
	}
}

// gone is closed when this process may not be a part of its fleet any more; nil without
// one.
func (s *Server) gone() <-chan struct{} {
	if s.instance == nil {
		return nil
	}
	return s.instance.Done()
}

// instanceName is the host name and a random part, for platforms that start several
// instances on one host or with one name.
func instanceName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "mikronec"
	}
	host = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, host)
	return host[:min(len(host), 50)] + "-" + strings.ToLower(rand.Text()[:6])
}
