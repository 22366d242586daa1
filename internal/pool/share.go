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

// asking is how a flight gets its answer, both with the context of the flight.
type asking struct {
	start func(context.Context) *routeros.Call           // without waiting; nil where that can not be
	run   func(context.Context) (*routeros.Reply, error) // waiting for the connection, too
	spawn func(func())                                   // a goroutine that its owner waits for
}

// do joins the flight of these words or begins one, whose context ends when the
// last of those who wait has left. Who begins it sees to it as long as it stays,
// which is nearly always to the end, and costs no goroutine then.
func (r *reads) do(ctx context.Context, words []string, ask asking) (*routeros.Reply, error) {
	key := fmt.Sprintf("%q", words) // quoted, since a word may hold any byte
	r.mu.Lock()
	f := r.flights[key]
	if f != nil {
		f.waiting++
		r.mu.Unlock()
		return r.await(ctx, key, f)
	}
	flying, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f = &flight{done: make(chan struct{}), cancel: cancel, waiting: 1}
	if r.flights == nil {
		r.flights = make(map[string]*flight)
	}
	r.flights[key] = f
	r.mu.Unlock()

	call := ask.start(flying)
	if call == nil {
		ask.spawn(func() { r.land(key, f)(ask.run(flying)) })
		return r.await(ctx, key, f)
	}
	if reply, over, err := call.WaitUntil(ctx.Done()); over {
		r.land(key, f)(reply, err)
		return reply, err
	}
	ask.spawn(func() { r.land(key, f)(call.Wait()) })
	return r.await(ctx, key, f)
}

// await waits for the answer of a flight, or leaves it.
func (r *reads) await(ctx context.Context, key string, f *flight) (*routeros.Reply, error) {
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

// land ends a flight with its answer.
func (r *reads) land(key string, f *flight) func(*routeros.Reply, error) {
	return func(reply *routeros.Reply, err error) {
		f.reply, f.err = reply, err
		r.mu.Lock()
		r.landLocked(key, f)
		r.mu.Unlock()
		close(f.done)
		f.cancel(nil)
	}
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
