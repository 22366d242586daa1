package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/keys"
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

// openFleetKeys opens the keys in NATS.
func (k *kept) openFleetKeys(ctx context.Context, cfg config.Config, log *slog.Logger) (end func() error, err error) {
	s, err := openFleetStores(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	k.register = s.register
	if err := k.openKeys(ctx, s.keys, log); err != nil {
		return nil, errors.Join(fmt.Errorf("NATS_URL: %w", err), s.close())
	}
	return func() error { return errors.Join(k.keys.Close(), s.close()) }, nil
}
