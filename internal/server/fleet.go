package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/register"
)

// natsPatience is how long a start waits for NATS: instances and NATS may be started
// together.
const natsPatience = 30 * time.Second

// openFleet connects to NATS and opens the register there.
func (k *kept) openFleet(cfg *config.Config, keys datadir.Keys, log *slog.Logger) error {
	ring, err := keys.Ring()
	if err != nil {
		return err
	}
	if cfg.TicketSecret == "" {
		cfg.TicketSecret = config.Secret(base64.RawStdEncoding.EncodeToString(ring.Derive("tickets")))
	}
	if cfg.Instance == "" {
		cfg.Instance = instanceName()
	}
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	conn, err := bus.Open(ctx, bus.Options{
		URL: cfg.NATSURL.Reveal(), Credentials: cfg.NATSCredentials,
		CAFile: cfg.NATSCAFile, CertFile: cfg.NATSCertFile, KeyFile: cfg.NATSKeyFile,
		Prefix: cfg.NATSPrefix, Replicas: cfg.NATSReplicas, Instance: cfg.Instance, Log: log,
	})
	if err != nil {
		return fmt.Errorf("NATS_URL: %w", err)
	}
	store, err := conn.Store(ctx)
	if err != nil {
		conn.Close()
		return fmt.Errorf("NATS_URL: %w", err)
	}
	g, routers, err := register.Open(ctx, store, ring)
	if err != nil {
		err = errors.Join(fmt.Errorf("NATS_URL: %w", err), store.Close())
		conn.Close()
		return err
	}
	k.bus, k.register, k.routers = conn, g, routers
	return nil
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
