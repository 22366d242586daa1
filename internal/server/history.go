package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/history"
)

// maxHistory is how many bytes of memory the history of all routers takes.
const maxHistory = 64 << 20

// writeHistory is how often the history is written: rarely, for the sake of flash cards.
const writeHistory = time.Hour

// measured is what is measured of routers, and where it lasts. A nil one is none.
type measured struct {
	store *history.Store
	disk  *datadir.History // nil without DATA_DIR
	log   *slog.Logger
}

// openHistory opens what was measured; nil for none.
func openHistory(cfg config.Config, log *slog.Logger) (*measured, error) {
	if cfg.History == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	if cfg.DataDir == "" {
		return &measured{store: history.New(cfg.History, maxHistory), log: log}, nil
	}
	disk, damaged, err := datadir.OpenHistory(cfg.DataDir, datadir.MaxHistory)
	if err != nil {
		return nil, err
	}
	if damaged != nil {
		log.LogAttrs(context.Background(), slog.LevelError, "the history in DATA_DIR was damaged and is begun again; the file is kept as history.db.damaged",
			slog.Any("error", damaged))
	}
	return &measured{history.NewLasting(cfg.History, maxHistory, disk), disk, log}, nil
}

// memory is the store; nil for none.
func (m *measured) memory() *history.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// keep writes the history once an hour. The function that it returns ends that, writes what
// there is, and closes the file; it is called when nothing is measured any more.
func (m *measured) keep() (end func(context.Context)) {
	if m == nil || m.disk == nil {
		return func(context.Context) {}
	}
	ended := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		ticker := time.NewTicker(writeHistory)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				m.write(false)
			}
		}
	})
	return func(context.Context) {
		close(ended)
		writer.Wait()
		m.write(true)
		m.problem(m.disk.Close())
	}
}

func (m *measured) write(all bool) { m.problem(m.store.Flush(time.Now(), all)) }

func (m *measured) problem(err error) {
	if err != nil {
		m.log.LogAttrs(context.Background(), slog.LevelError, "history not written", slog.Any("error", err))
	}
}

// close closes the file of a history that was not kept; m may be nil.
func (m *measured) close() error {
	if m == nil || m.disk == nil {
		return nil
	}
	return m.disk.Close()
}
