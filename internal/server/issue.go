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
)

// ErrNoStore means that no server keeps keys with this configuration.
var ErrNoStore = errors.New("neither NATS_URL nor DATA_DIR is set: the keys of the API are in the memory of the server; use POST /keys, or mikronec key new for API_KEYS_FILE")

// Keys opens the keys of the servers with this configuration, without serving: those of a
// fleet, or those in DATA_DIR while no server uses it. The caller calls end.
func Keys(ctx context.Context, cfg config.Config, log *slog.Logger) (k *keys.Keys, end func() error, err error) {
	var opened kept
	switch {
	case cfg.NATSURL != "":
		end, err = opened.openFleetKeys(ctx, cfg, log)
	case cfg.DataDir != "":
		cfg.RoutersFile = ""
		opened, err = openKept(&cfg, "", log)
		end = func() error { return opened.close(context.Background()) }
	default:
		err = ErrNoStore
	}
	if err != nil {
		return nil, nil, err
	}
	declared, err := declaredKeys(cfg)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	opened.keys.Declare(declared)
	return opened.keys, end, nil
}

// openFleetKeys opens the keys in NATS. The register is opened as well, because a wrong key
// ring is found there: what it seals would be a mistake for all instances.
func (k *kept) openFleetKeys(ctx context.Context, cfg config.Config, log *slog.Logger) (end func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	ring, err := datadir.Keys{File: cfg.SecretsKeyFile, Text: cfg.SecretsKey.Reveal()}.Ring()
	if err != nil {
		return nil, err
	}
	conn, err := connectNATS(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	err = func() error {
		store, err := conn.Store(ctx, bus.Register)
		if err != nil {
			return err
		}
		if k.register, _, err = register.Open(ctx, store, ring); err != nil {
			return errors.Join(err, store.Close())
		}
		if store, err = conn.Store(ctx, bus.Keys); err == nil {
			err = k.openKeys(ctx, store, log)
		}
		if err != nil {
			return errors.Join(err, k.register.Close())
		}
		return nil
	}()
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("NATS_URL: %w", err)
	}
	return func() error {
		defer conn.Close()
		return errors.Join(k.keys.Close(), k.register.Close())
	}, nil
}
