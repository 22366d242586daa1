package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/alertfile"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/board"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/notify"
	"github.com/aprakasa/mikronec/internal/register"
)

// alerts are the rules and what delivers them; nil without ALERTS_FILE. The engine exists
// before the manager, which tells it what happens.
type alerts struct {
	engine   *alert.Engine
	outbox   *notify.Outbox
	board    *board.Board
	store    register.Store
	log      *slog.Logger
	declared alertfile.Alerts // read last

	rules, delivery, writing          sync.WaitGroup
	endRules, endDelivery, endWriting context.CancelFunc
}

// openAlerts opens what is kept of alerts: in the fleet, in DATA_DIR, or in memory.
func openAlerts(cfg config.Config, k kept, record *audit.Log, log *slog.Logger) (*alerts, error) {
	if cfg.AlertsFile == "" {
		return nil, nil //nolint:nilnil // documented
	}
	store, err := k.alertStore, error(nil)
	if store == nil {
		store, err = datadir.OpenAlerts(cfg.DataDir)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	a := &alerts{store: store, log: log}
	if a.board, err = board.Open(ctx, store, log); err != nil {
		return nil, errors.Join(fmt.Errorf("what is kept of alerts: %w", err), store.Close())
	}
	sending := notify.Options{Log: log}
	opts := alert.Options{AuditSlow: record.Slow, Board: a.board}
	if k.instance != nil {
		sending.Sends = k.instance.SendsAlerts
		opts.Instance, opts.Sends, opts.Alive = cfg.Instance, k.instance.SendsAlerts, k.instance.Lives
	}
	a.outbox = notify.New(a.board, sending)
	a.engine = alert.New(a.outbox, opts)
	a.board.Attach(a.outbox, notify.Prefixes()...)
	a.board.Attach(a.engine, alert.Prefixes()...)
	return a, nil
}

// read reads ALERTS_FILE; a may be nil. Receivers are not dialed at the ports of this
// program.
func (a *alerts) read(cfg config.Config, own []uint16) (err error) {
	if a == nil {
		return nil
	}
	policy, _ := dialpolicy.Parse(cfg.AlertNetworks) // already checked by package config
	a.declared, err = alertfile.Read(cfg.AlertsFile, alertfile.Options{
		Lookup: os.LookupEnv, Policy: policy.Named(config.AlertNetworks).Except(own...),
		Moved: func(receiver, from, to string) {
			a.log.LogAttrs(context.Background(), slog.LevelWarn, "the group of a receiver has another id now; change it in ALERTS_FILE",
				slog.String("receiver", receiver), slog.String("from", from), slog.String("to", to))
		},
	})
	return err
}

// hook has the manager tell the engine what happens; a may be nil.
func (a *alerts) hook(opts manager.Options) manager.Options {
	if a == nil {
		return opts
	}
	opts.StateChanged, opts.Changed = a.engine.StateChanged, a.engine.Changed
	opts.Device.Follower = device.Follower(a.engine)
	return opts
}

// wrongKey is for api.Options; a may be nil.
func (a *alerts) wrongKey() func() {
	if a == nil {
		return func() {}
	}
	return a.engine.WrongKey
}

// engineAndOutbox is what the API and the metrics read.
type engineAndOutbox struct {
	*alert.Engine
	*notify.Outbox
}

// served is for api.Options; nil without alerts.
func (a *alerts) served() api.Alerts {
	if a == nil {
		return nil
	}
	return engineAndOutbox{a.engine, a.outbox}
}

// Close closes the store; a may be nil.
func (a *alerts) Close() error {
	if a == nil {
		return nil
	}
	return a.store.Close()
}

// startAlerts starts to evaluate and to deliver, until the server stops, and follows
// ALERTS_FILE.
func (s *Server) startAlerts() {
	a := s.alerts
	if a == nil {
		return
	}
	a.take()
	s.metrics.ReadAlerts(engineAndOutbox{a.engine, a.outbox})
	var evaluate, deliver, write context.Context
	evaluate, a.endRules = context.WithCancel(context.Background())
	deliver, a.endDelivery = context.WithCancel(context.Background())
	write, a.endWriting = context.WithCancel(context.Background())
	a.writing.Go(func() { a.board.Run(write) })
	a.rules.Go(func() { a.engine.Run(evaluate, s.manager) })
	a.delivery.Go(func() { a.outbox.Run(deliver) })
	own := portsOf(s.listener, s.admin.listening())
	s.followed = s.follow(a.declared.Files, func(ctx context.Context) ([]string, error) {
		if err := a.read(s.cfg, own); err != nil {
			a.log.LogAttrs(ctx, slog.LevelError, "ALERTS_FILE not reloaded; keeping the previous rules", slog.Any("error", err))
			return a.declared.Files, err
		}
		a.take()
		a.log.LogAttrs(ctx, slog.LevelInfo, "ALERTS_FILE reloaded",
			slog.Int("rules", len(a.declared.Rules)), slog.Int("receivers", len(a.declared.Receivers)))
		return a.declared.Files, nil
	})
	s.closers = append(s.closers, func(ctx context.Context) {
		a.endDelivery()
		a.delivery.Wait()
		a.endWriting() // what was delivered last is written
		a.writing.Wait()
		if err := a.Close(); err != nil {
			a.log.LogAttrs(ctx, slog.LevelError, "alerts not closed", slog.Any("error", err))
		}
	})
}

// take makes what was read last the rules and receivers.
func (a *alerts) take() {
	a.outbox.Replace(a.declared.Receivers)
	a.engine.Replace(a.declared.Rules)
}

// endEvaluation ends the rules: routers that are let go of when the server stops are not
// down. a may be nil.
func (a *alerts) endEvaluation() {
	if a != nil {
		a.endRules()
		a.rules.Wait()
	}
}
