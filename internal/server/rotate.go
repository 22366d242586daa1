package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Rotate seals passwords and API keys again with the first key of the ring: those of a
// fleet, whose instances may run, or those in DATA_DIR while no server uses it.
func Rotate(ctx context.Context, cfg config.Config, log *slog.Logger) (done datadir.Rotated, err error) {
	switch {
	case cfg.NATSURL != "":
	case cfg.DataDir != "":
		return datadir.Rotate(ctx, cfg.DataDir, datadir.Keys{File: cfg.SecretsKeyFile, Text: cfg.SecretsKey.Reveal()})
	default:
		return done, errors.New("neither NATS_URL nor DATA_DIR is set: nothing is kept that could be sealed again")
	}
	s, err := openFleetStores(ctx, cfg, log)
	if err != nil {
		return done, err
	}
	ring := s.register.Ring()
	done.Key = ring.IDs()[0]
	done.APIKeys, err = keys.Rotate(ctx, s.keys, ring)
	if err == nil { // last, since it forgets the other keys
		done.Passwords, err = s.register.Rotate(ctx)
	}
	return done, errors.Join(err, s.keys.Close(), s.close())
}

// fleetStores are the stores of a fleet for a command, while the instances use them.
type fleetStores struct {
	conn     *bus.Conn
	register *register.Register
	keys     register.Store // not closed by close
}

// openFleetStores opens them with the variables of an instance. A wrong key ring is found
// in the register: what it seals would be a mistake for all instances.
func openFleetStores(ctx context.Context, cfg config.Config, log *slog.Logger) (s fleetStores, err error) {
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	ring, err := datadir.Keys{File: cfg.SecretsKeyFile, Text: cfg.SecretsKey.Reveal()}.Ring()
	if err != nil {
		return s, err
	}
	if s.conn, err = connectNATS(ctx, cfg, log); err != nil {
		return s, err
	}
	if err := s.open(ctx, ring); err != nil {
		s.conn.Close()
		return s, fmt.Errorf("NATS_URL: %w", err)
	}
	return s, nil
}

func (s *fleetStores) open(ctx context.Context, ring *secret.Ring) error {
	store, err := s.conn.Store(ctx, bus.Register)
	if err != nil {
		return err
	}
	if s.register, _, err = register.Open(ctx, store, ring); err != nil {
		return errors.Join(err, store.Close())
	}
	if s.keys, err = s.conn.Store(ctx, bus.Keys); err != nil {
		return errors.Join(err, s.register.Close())
	}
	return nil
}

func (s *fleetStores) close() error {
	defer s.conn.Close()
	return s.register.Close()
}
