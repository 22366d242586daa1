// Package procs has Go run on as many processors as the load needs.
//
// Go wakes a second thread whenever there may be work for it. In a program that
// handles one small thing after the other, as this one does, it mostly finds none
// and goes back to sleep; the waking is paid for by what was to be done, and the
// thread takes a processor from the router's or the client's process where those
// run on the same machine. With one processor for light loads a command through
// /run takes a third less time, and a poll less of the processor
// (docs/benchmarks.md).
package procs

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"
)

const (
	window = 250 * time.Millisecond
	// Of the processors that Go has: above busy for some windows running it gets all
	// there are, and below light of half of them for longer it loses the other half.
	// Between the two nothing changes, or a steady load would go to and fro. One
	// client that sends its commands one after the other is not yet busy.
	busy    = 0.7
	light   = 0.5
	hurried = 2
	patient = 20
)

// Governor sets GOMAXPROCS by what the process uses. Methods of nil do nothing.
type Governor struct {
	log  *slog.Logger
	stop func()
	wg   sync.WaitGroup
}

// Govern begins with one processor and goes on until Stop is called. It returns
// nil where there is nothing to govern: one processor, or a system that does not
// tell what time a process has used. There must be one Governor at a time.
func Govern(log *slog.Logger) *Governor {
	if runtime.GOMAXPROCS(0) == 1 {
		return nil
	}
	if _, err := used(); err != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := &Governor{log: log, stop: cancel}
	runtime.GOMAXPROCS(1)
	g.wg.Go(func() { g.run(ctx) })
	return g
}

// Stop gives Go all processors back and waits for that.
func (g *Governor) Stop() {
	if g == nil {
		return
	}
	g.stop()
	g.wg.Wait()
	runtime.SetDefaultGOMAXPROCS()
}

func (g *Governor) run(ctx context.Context) {
	ticker := time.NewTicker(window)
	defer ticker.Stop()
	var f fit
	before, _ := used()
	last := time.Now()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now, err := used()
		if err != nil {
			continue // it worked before
		}
		load := float64(now-before) / float64(time.Since(last))
		before, last = now, time.Now()
		has := runtime.GOMAXPROCS(0)
		switch wants := f.learn(has, load); {
		case wants == all:
			// The limit of a container may be another one than it was.
			runtime.SetDefaultGOMAXPROCS()
		case wants != has:
			runtime.GOMAXPROCS(wants)
		}
		if is := runtime.GOMAXPROCS(0); is != has {
			g.log.LogAttrs(ctx, slog.LevelDebug, "GOMAXPROCS follows the load",
				slog.Int("from", has), slog.Int("to", is), slog.Float64("used", load))
		}
	}
}

// all is as many processors as Go would use by itself.
const all = 0

// fit is the rule.
type fit struct {
	tight int // windows running in which the processors were busy
	loose int // windows running in which half of them would have done
}

// learn takes in how many processors there are and how many of them were used in
// a window, and returns how many there should be.
func (f *fit) learn(has int, load float64) int {
	half := has / 2
	switch {
	case load > busy*float64(has):
		f.tight, f.loose = f.tight+1, 0
	case half > 0 && load < light*float64(half):
		f.tight, f.loose = 0, f.loose+1
	default:
		f.tight, f.loose = 0, 0
	}
	switch {
	case f.tight == hurried:
		f.tight = 0
		return all
	case f.loose == patient:
		f.loose = 0
		return half
	}
	return has
}
