package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// reads lets identical reads that are under way at the same time share one
// command: fifty dashboards that ask for the same table cost the router one
// print. A read that began before somebody's write ended is shared with nobody
// who comes after that write, so that a client always sees its own changes.
type reads struct {
	mu      sync.Mutex
	flights map[string]*flight // those that may be joined; guarded by mu
}

// flight is one command with everybody who waits for it.
type flight struct {
	done   chan struct{} // closed when reply and err are set
	reply  *routeros.Reply
	err    error
	cancel context.CancelCauseFunc

	waiting int // guarded by reads.mu
}

var errNobodyWaits = errors.New("nobody waits for the answer any more")

// do joins the flight of these words or begins one with run, which gets a
// context that ends when the last of those who wait has left. begin starts a
// goroutine that its owner waits for.
func (r *reads) do(ctx context.Context, words []string, begin func(func()), run func(context.Context) (*routeros.Reply, error)) (*routeros.Reply, error) {
	key := fmt.Sprintf("%q", words) // quoted, since a word may hold any byte
	r.mu.Lock()
	f := r.flights[key]
	if f == nil {
		flying, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		if r.flights == nil {
			r.flights = make(map[string]*flight)
		}
		r.flights[key] = f
		begin(func() {
			f.reply, f.err = run(flying)
			r.land(key, f)
			close(f.done)
			cancel(nil)
		})
	}
	f.waiting++
	r.mu.Unlock()

	select {
	case <-f.done:
		return f.reply, f.err
	case <-ctx.Done():
		r.leave(key, f)
		return nil, context.Cause(ctx)
	}
}

func (r *reads) leave(key string, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.waiting--
	if f.waiting == 0 {
		f.cancel(errNobodyWaits)
		r.landLocked(key, f)
	}
}

func (r *reads) land(key string, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.landLocked(key, f)
}

func (r *reads) landLocked(key string, f *flight) {
	if r.flights[key] == f {
		delete(r.flights, key)
	}
}

// close lets nobody join the flights of now: the router is being changed.
func (r *reads) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.flights)
}

// isRead reports whether a command only reads and ends by itself, so that one
// answer serves all who ask the same.
func isRead(words []string) bool {
	if len(words) == 0 {
		return false
	}
	path := words[0]
	verb := path[strings.LastIndexByte(path, '/')+1:]
	if verb != "print" && verb != "getall" {
		return false
	}
	for _, w := range words[1:] {
		name, _, _ := strings.Cut(strings.TrimPrefix(w, "="), "=")
		switch name {
		case "follow", "follow-only", "follow-strict", "interval", "file", "append":
			return false
		}
	}
	return true
}
