package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/instance"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routerfile"
)

// kept is what the server begins with: routers, their history, and alerts.
type kept struct {
	version  string             // of the program
	tickets  [][]byte           // secrets of tickets; the first one signs, and seals ids of events; nil for random ones
	instance *instance.Instance // nil without NATS_URL
	register *register.Register
	keys     *keys.Keys
	routers  []register.Router   // of the register
	declared routerfile.Declared // of ROUTERS_FILE
	alerts   *alerts             // nil without ALERTS_FILE
	measured *measured           // nil without HISTORY

	alertStore register.Store // of the fleet; nil without one, or without ALERTS_FILE
}

// openKept opens the register and reads the file of declared routers. A mistake in either
// is an error of the start. An instance of a fleet without a name gets one in cfg.
func openKept(cfg *config.Config, version string, log *slog.Logger) (k kept, err error) {
	k.version = version
	if cfg.TicketSecret != "" {
		k.tickets = [][]byte{[]byte(cfg.TicketSecret.Reveal())}
	}
	if cfg.RoutersFile != "" {
		if k.declared, err = routerfile.Read(cfg.RoutersFile, os.LookupEnv); err != nil {
			return kept{}, err
		}
	}
	ring := datadir.Keys{File: cfg.SecretsKeyFile, Text: cfg.SecretsKey.Reveal()}
	if cfg.NATSURL != "" {
		err = k.openFleet(cfg, ring, log)
		return k, err
	}
	if k.register, k.routers, err = datadir.Open(context.Background(), cfg.DataDir, ring); err != nil {
		return k, err
	}
	store, err := datadir.OpenKeys(cfg.DataDir)
	if err != nil {
		return k, errors.Join(err, k.register.Close())
	}
	if err := k.openKeys(context.Background(), store, log); err != nil {
		return k, errors.Join(err, k.register.Close())
	}
	return k, nil
}

// openKeys opens the keys of a store, which it owns.
func (k *kept) openKeys(ctx context.Context, store register.Store, log *slog.Logger) (err error) {
	if k.keys, err = keys.Open(ctx, store, k.register.Ring(), log); err != nil {
		return errors.Join(err, store.Close())
	}
	return nil
}

// close ends what openKept has opened: what needs the connection of the instance first.
func (k kept) close(ctx context.Context) error {
	err := k.keys.Close()
	if k.instance != nil {
		k.instance.Close(ctx)
	}
	return errors.Join(err, k.register.Close(), k.measured.close())
}

// take makes the routers those of the manager, and follows the file of declared routers
// until the server stops.
func (s *Server) take(k kept) {
	declared := make(map[string]bool, len(k.declared.Routers))
	for _, r := range k.declared.Routers {
		declared[r.ID] = true
	}
	s.manager.Restore(slices.DeleteFunc(k.routers, func(r register.Router) bool { return declared[r.ID] }))
	if s.cfg.RoutersFile != "" {
		_, _ = s.manager.Declare(context.Background(), k.declared.Routers) // the register was read a moment ago
		s.followRouters(k.declared.Files)
	}
	if n := len(s.manager.List()); n > 0 {
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "routers restored",
			slog.Int("routers", n), slog.Int("declared", len(k.declared.Routers)))
	}
	s.closers = append(s.closers, k.measured.keep(), func(ctx context.Context) {
		if err := k.close(ctx); err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "register or keys not closed", slog.Any("error", err))
		}
	})
}

// followRouters reads the file of declared routers again when it or a file with a password
// changes, or on request.
func (s *Server) followRouters(files []string) {
	s.declared = s.follow(files, func(ctx context.Context) ([]string, error) {
		declared, err := routerfile.Read(s.cfg.RoutersFile, os.LookupEnv)
		if err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "ROUTERS_FILE not reloaded; keeping the previous routers", slog.Any("error", err))
			return declared.Files, err
		}
		done, err := s.manager.Declare(ctx, declared.Routers)
		if err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "declared routers not taken", slog.Any("error", err))
			return declared.Files, nil
		}
		s.log.LogAttrs(ctx, slog.LevelInfo, "ROUTERS_FILE reloaded", slog.Int("routers", len(declared.Routers)),
			slog.Int("added", done.Added), slog.Int("changed", done.Changed), slog.Int("removed", done.Removed))
		return declared.Files, nil
	})
}
