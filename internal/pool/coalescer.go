package pool

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// coalescer lets identical reads of one owner that are in flight at the same time
// share one command: fifty dashboards that ask for the same table cost the router one
// print. Nobody who asks after a write joins a read that began before the end of
// that write, so that a client always sees its own changes.
type coalescer struct {
	mu      sync.Mutex
	flights map[string]*flight // those that can be joined, by key; guarded by mu
}

// flight is one command with all callers that wait for its answer. One of them, the
// leader, starts the command and waits for its end. A leader that leaves before the
// others passes the lead on, so that a flight needs no goroutine of its own.
type flight struct {
	key string

	waiting int            // callers; guarded by coalescer.mu
	over    bool           // complete was called; guarded by coalescer.mu
	call    *routeros.Call // nil until the command is started; written by the leader only, guarded by coalescer.mu
	// turn holds a token while there is no leader, and is closed when reply and err
	// are set. It is nil while there is one caller; guarded by coalescer.mu.
	turn chan struct{}

	reply *routeros.Reply // set before turn is closed
	err   error           // set before turn is closed
}

var errAllLeft = errors.New("all callers have left")

// do joins the flight of this key or begins one. The command is cancelled when
// the last caller has left. start starts the command; its context bounds the wait
// for a session only.
func (c *coalescer) do(ctx context.Context, key string, start func(context.Context) (*routeros.Call, error)) (*routeros.Reply, error) {
	c.mu.Lock()
	f := c.flights[key]
	if f == nil {
		f = &flight{key: key, waiting: 1}
		if c.flights == nil {
			c.flights = make(map[string]*flight)
		}
		c.flights[key] = f
		c.mu.Unlock()
		return c.lead(ctx, f, start)
	}
	f.waiting++
	if f.turn == nil {
		f.turn = make(chan struct{}, 1)
	}
	c.mu.Unlock()
	select {
	case _, leads := <-f.turn:
		if leads {
			return c.lead(ctx, f, start)
		}
		return f.reply, f.err
	case <-ctx.Done():
		c.leave(f, false)
		return nil, context.Cause(ctx)
	}
}

// lead runs the command of a flight until its end, or until ctx ends.
func (c *coalescer) lead(ctx context.Context, f *flight, start func(context.Context) (*routeros.Call, error)) (*routeros.Reply, error) {
	for {
		if f.call == nil {
			call, err := start(ctx)
			if err != nil && ctx.Err() != nil {
				c.leave(f, true)
				return nil, err
			}
			if err != nil {
				return c.complete(f, nil, err)
			}
			c.mu.Lock()
			f.call = call
			c.mu.Unlock()
		}
		reply, over, err := f.call.WaitUntil(ctx.Done())
		if !over {
			c.leave(f, true)
			return nil, context.Cause(ctx)
		}
		if !moves(ctx, err) {
			return c.complete(f, reply, err)
		}
		c.mu.Lock()
		f.call = nil
		c.mu.Unlock()
	}
}

// leave removes one caller from a flight. The last one cancels the command.
func (c *coalescer) leave(f *flight, leads bool) {
	c.mu.Lock()
	f.waiting--
	last, call := f.waiting == 0, f.call
	switch {
	case f.over: // at the same moment
		f.reply.Release()
		last = false
	case last:
		c.remove(f)
	case leads:
		f.turn <- struct{}{}
	}
	c.mu.Unlock()
	if last && call != nil {
		call.Discard(errAllLeft)
	}
}

// complete gives the answer to all callers of a flight.
func (c *coalescer) complete(f *flight, reply *routeros.Reply, err error) (*routeros.Reply, error) {
	f.reply, f.err = reply, err
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(f)
	f.over = true
	if reply != nil {
		reply.Share(f.waiting - 1)
	}
	if f.turn != nil {
		close(f.turn)
	}
	return reply, err
}

// remove makes sure that nobody joins f any more; mu is held.
func (c *coalescer) remove(f *flight) {
	if c.flights[f.key] == f {
		delete(c.flights, f.key)
	}
}

// close makes sure that nobody joins the current flights: the router is being
// changed.
func (c *coalescer) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.flights)
}

// keyOf returns owner and words encoded, which is unambiguous: words may contain any
// byte. Owners do not share reads: nobody waits in the queue of another one, or is
// refused for it.
func keyOf(command routeros.Command) string {
	var key [128]byte
	return string(proto.AppendSentence(proto.AppendWord(key[:0], command.Owner), command.Words...))
}

// isRead reports whether a command only reads and ends by itself, so that all who
// run it at the same time can share one answer.
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
