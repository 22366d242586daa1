package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// ask sends commands to routers at random until ctx ends.
func (t *trial) ask(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ticker := time.NewTicker(time.Second / time.Duration(t.runs))
	defer ticker.Stop()
	slots := make(chan struct{}, 100) // commands to routers with faults may take long
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		select {
		case slots <- struct{}{}:
			wg.Go(func() {
				t.command(ctx, t.fleet[rand.N(len(t.fleet))])
				<-slots
			})
		default:
			t.book.count("commands not sent, too many under way")
		}
	}
}

// command runs one command and checks the answer.
func (t *trial) command(ctx context.Context, d *device) {
	began := time.Now()
	path := []string{"/system/identity/print", "/ppp/active/print", "/interface/print", "/ip/address/print", "/no/such/menu/print"}[rand.N(5)]
	var rows []map[string]string
	err := t.server.Post(ctx, "/run", map[string]any{"router_id": d.id, "args": []string{path}, "timeout": 8}, &rows)
	t.book.count("commands")
	answer, isAnswer := errors.AsType[*bench.StatusError](err)
	switch {
	case ctx.Err() != nil:
		// the trial has ended
	case isAnswer && answer.Status == http.StatusUnprocessableEntity && path == "/no/such/menu/print":
		t.book.count("commands refused as they should be")
	case err == nil && path == "/no/such/menu/print":
		t.book.violate("command", "%s answered to %s", d, path)
	case err == nil && path == "/system/identity/print":
		if len(rows) != 1 || rows[0]["name"] != d.id {
			t.book.violate("command", "%s, asked for its name: %v", d, rows)
		}
	case err == nil:
	case d.excused(began):
		t.book.count("commands that failed at a router with a fault")
	default:
		t.book.violate("command", "%s %s after %v: %v", d, path, time.Since(began).Round(time.Millisecond), err)
	}
}
