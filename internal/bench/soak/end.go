package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// recover waits until all routers are up and checks that each has one connection.
func (t *trial) recover(ctx context.Context) error {
	for _, d := range t.fleet {
		d.heal()
	}
	var down []string
	for patience := time.Now().Add(excuse); ; {
		list, err := t.server.Routers(ctx)
		if err != nil {
			return err
		}
		down = nil
		for _, r := range list {
			if r.State != "up" || r.Viewers > 0 {
				down = append(down, fmt.Sprintf("%s is %s with %d viewers", r.RouterID, r.State, r.Viewers))
			}
		}
		if len(down) == 0 && len(list) == len(t.fleet) {
			break
		}
		if time.Now().After(patience) {
			t.book.violate("recovery", "%d of %d routers are listed; not up: %q", len(list), len(t.fleet), down)
			break
		}
		if err := bench.Pause(ctx, time.Second); err != nil {
			return err
		}
	}
	for _, d := range t.fleet {
		if n := d.Stats().Connections; n != 1 {
			t.book.violate("connections", "%s has %d connections", d, n)
		}
	}
	return nil
}

// leave disconnects all routers and checks what remains.
func (t *trial) leave(ctx context.Context) (err error) {
	for _, d := range t.fleet {
		if err := t.server.Post(ctx, "/disconnect", map[string]string{"router_id": d.id}, nil); err != nil {
			return err
		}
	}
	if err := bench.Pause(ctx, 5*time.Second); err != nil {
		return err
	}
	if t.empty, err = t.level(); err != nil {
		return err
	}
	t.lookBack()
	if err := t.checkAudit(); err != nil {
		return err
	}
	for _, d := range t.fleet {
		if n := d.Stats().Connections; n != 0 {
			t.book.violate("connections", "%s has %d connections after it was disconnected", d, n)
		}
	}
	for _, line := range t.server.Log() {
		if strings.Contains(line, `"msg":"router is gone"`) {
			continue // of routers with faults, which the viewers have checked
		}
		t.book.violate("log", "the server logged: %s", line)
	}
	return t.countGoroutines()
}

// mostGoroutines includes the idle connections of this program's client; a leak of one
// for each router or viewer would be hundreds.
const mostGoroutines = 80

// countGoroutines ends the server with the signal that makes the Go runtime print all
// goroutines.
func (t *trial) countGoroutines() error {
	before := len(t.server.Log())
	_ = t.server.Stop(syscall.SIGQUIT) // which always returns an error
	dump := t.server.Log()[before:]
	kinds := make(map[string]int)
	for _, line := range dump {
		if creator, ok := strings.CutPrefix(line, "created by "); ok {
			creator, _, _ = strings.Cut(creator, " in goroutine")
			kinds[creator]++
		}
	}
	total := 0
	for creator, n := range kinds {
		total += n
		t.goroutines = append(t.goroutines, fmt.Sprintf("%d %s", n, creator))
	}
	slices.Sort(t.goroutines)
	if total == 0 || total > mostGoroutines {
		t.book.violate("goroutines", "after disconnecting everything: %q", t.goroutines)
	}
	return nil
}
