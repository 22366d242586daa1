package server

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routerfile"
)

// kept are the routers with which the server begins.
type kept struct {
	bus      *bus.Conn // nil without NATS_URL
	register *register.Register
	routers  []register.Router   // of the register
	declared routerfile.Declared // of ROUTERS_FILE
}

// openKept opens the register and reads the file of declared routers. A mistake in either
// is an error of the start. Without TICKET_SECRET, that of a fleet is put into cfg.
func openKept(cfg *config.Config, log *slog.Logger) (k kept, err error) {
	if cfg.RoutersFile != "" {
		if k.declared, err = routerfile.Read(cfg.RoutersFile, os.LookupEnv); err != nil {
			return kept{}, err
		}
	}
	keys := datadir.Keys{File: cfg.SecretsKeyFile, Text: cfg.SecretsKey.Reveal()}
	if cfg.NATSURL != "" {
		err = k.openFleet(cfg, keys, log)
		return k, err
	}
	k.register, k.routers, err = datadir.Open(context.Background(), cfg.DataDir, keys)
	return k, err
}

// close ends what openKept has opened.
func (k kept) close() error {
	err := k.register.Close()
	if k.bus != nil {
		k.bus.Close()
	}
	return err
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
		s.follow(k.declared.Files)
	}
	if n := len(s.manager.List()); n > 0 {
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "routers restored",
			slog.Int("routers", n), slog.Int("declared", len(k.declared.Routers)))
	}
	s.closers = append(s.closers, func(ctx context.Context) {
		if err := k.close(); err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "register not closed", slog.Any("error", err))
		}
	})
}

// lookEvery is the time between two looks at the files of declared routers.
const lookEvery = time.Second

// routersFile is the file of declared routers, which is read again when it changes.
type routersFile struct {
	path    string
	manager *manager.Manager
	log     *slog.Logger
	reload  chan struct{} // capacity 1

	// Owned by run.
	files []string // that were read last
	read  []stamp  // of them, then
	last  []stamp  // at the last look
}

// follow starts a goroutine that reads the file again when it or a file with a password
// changes, or on request; it ends with the closers.
func (s *Server) follow(files []string) {
	f := &routersFile{path: s.cfg.RoutersFile, manager: s.manager, log: s.log, reload: make(chan struct{}, 1), files: files}
	f.read = f.stamps()
	f.last = f.read
	s.declared = f
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f.run(ctx) })
	s.closers = append(s.closers, func(context.Context) {
		cancel()
		wg.Wait()
	})
}

// again asks for the file to be read again; f may be nil.
func (f *routersFile) again() {
	if f == nil {
		return
	}
	select {
	case f.reload <- struct{}{}:
	default: // requested already
	}
}

func (f *routersFile) run(ctx context.Context) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.reload:
			f.declare(ctx)
		case <-ticks.C:
			if f.settled() {
				f.declare(ctx)
			}
		}
	}
}

// settled reports whether a file has changed since it was read, and not since the last
// look: who writes it may not be done yet.
func (f *routersFile) settled() bool {
	now := f.stamps()
	same := slices.Equal(now, f.last)
	f.last = now
	return same && !slices.Equal(now, f.read)
}

func (f *routersFile) stamps() []stamp {
	stamps := make([]stamp, len(f.files))
	for i, name := range f.files {
		stamps[i] = stampOf(name)
	}
	return stamps
}

// declare reads the file and declares its routers. With a mistake in it nothing changes.
func (f *routersFile) declare(ctx context.Context) {
	f.read = f.stamps() // before it is read: what changes meanwhile is seen by the next look
	declared, err := routerfile.Read(f.path, os.LookupEnv)
	files := declared.Files
	if err != nil {
		files = slices.Compact(slices.Sorted(slices.Values(slices.Concat(f.files, files))))
	}
	if !slices.Equal(files, f.files) {
		f.files, f.read = files, nil // once more, as they may have changed since
	}
	f.last = f.stamps()
	if err != nil {
		f.log.LogAttrs(ctx, slog.LevelError, "ROUTERS_FILE not reloaded; keeping the previous routers", slog.Any("error", err))
		return
	}
	done, err := f.manager.Declare(ctx, declared.Routers)
	if err != nil {
		f.log.LogAttrs(ctx, slog.LevelError, "declared routers not taken", slog.Any("error", err))
		return
	}
	f.log.LogAttrs(ctx, slog.LevelInfo, "ROUTERS_FILE reloaded", slog.Int("routers", len(declared.Routers)),
		slog.Int("added", done.Added), slog.Int("changed", done.Changed), slog.Int("removed", done.Removed))
}
