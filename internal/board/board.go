// Package board keeps values in a [Store] that outlives the process, or that several
// instances share, and has all of them here: nobody waits for the store.
//
// Names are shared out between parts of the program by what they have before the first
// dot. A part says that a name has to be written ([Board.Touch]); later the board asks it
// what to write in place of what the store has ([Part.Merge]), and asks again where
// another instance was quicker. What others write it is told ([Part.Learn]).
package board

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/register"
)

// Store holds values by name, replaced by compare-and-set; see [register.Store].
type Store interface {
	List(ctx context.Context) ([]register.Entry, error)
	Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error)
	Delete(ctx context.Context, name string, revision uint64) (uint64, error)
	Watch(ctx context.Context, known map[string]uint64, changed func(register.Entry)) error
}

// Part is a part of the program that has names on the board. It is told one thing at a time,
// and may call Touch meanwhile.
type Part interface {
	// Learn takes a value that another instance has written, or this one has a moment ago;
	// nil if it was removed.
	Learn(name string, value []byte)
	// Merge returns what is to be written in place of a value; nil for nothing, in both.
	Merge(name string, old []byte) []byte
	// Wrote is told that the store has what Merge returned last, or why it has not. After
	// an error the board tries again.
	Wrote(name string, err error)
}

// Board has the values of a store.
type Board struct {
	store Store
	log   *slog.Logger
	wake  chan struct{} // capacity 1: there is something to write
	moved chan struct{} // capacity 1: a value has another revision

	telling sync.Mutex // held while a part is told something: it is told in the order of revisions; taken before the locks of parts

	mu     sync.Mutex                // taken after the locks of parts
	parts  map[string]Part           // guarded by mu
	values map[string]register.Entry // by name; without a value, the revision of our own removal; guarded by mu
	seen   uint64                    // the revision up to which changes were followed; guarded by mu
	dirty  map[string]bool           // guarded by mu
	queue  [2][]string               // dirty names, in order: those without a dot, which are written first, and others; guarded by mu
	fails  bool                      // the store could not be written last; of Run
}

const (
	writeTimeout = 5 * time.Second // of one write
	again        = time.Second     // after which a write that failed is tried again, and a watch
	moveTimeout  = 2 * time.Second // until a write that another instance has made is known here
	maxConflicts = 20
)

// Open returns a board with what the store has.
func Open(ctx context.Context, store Store, log *slog.Logger) (*Board, error) {
	b := &Board{
		store: store, log: log, wake: make(chan struct{}, 1), moved: make(chan struct{}, 1),
		parts: make(map[string]Part), values: make(map[string]register.Entry), dirty: make(map[string]bool),
	}
	entries, err := store.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		b.values[e.Name] = e
	}
	return b, nil
}

// Attach gives a part the names that begin with one of the prefixes and a dot; those
// without a dot have the prefix "". The part learns what there is, in the order in which it
// was written. It is called before Run.
func (b *Board) Attach(p Part, prefixes ...string) {
	b.mu.Lock()
	for _, prefix := range prefixes {
		b.parts[prefix] = p
	}
	var known []register.Entry
	for name, e := range b.values {
		if b.parts[prefixOf(name)] == p {
			known = append(known, e)
		}
	}
	b.mu.Unlock()
	slices.SortFunc(known, func(a, b register.Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	for _, e := range known {
		p.Learn(e.Name, e.Value)
	}
}

func prefixOf(name string) string {
	prefix, _, found := strings.Cut(name, ".")
	if !found {
		return ""
	}
	return prefix
}

// Touch has a name written. It does not wait.
func (b *Board) Touch(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.touch(name)
}

// touch needs mu.
func (b *Board) touch(name string) {
	if b.dirty[name] {
		return
	}
	b.dirty[name] = true
	place := 1
	if prefixOf(name) == "" {
		place = 0
	}
	b.queue[place] = append(b.queue[place], name)
	signal(b.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // a signal is pending
	}
}

// Run writes and follows the store until ctx ends, and then writes what is left.
func (b *Board) Run(ctx context.Context) {
	follow, end := context.WithCancel(context.Background()) // until the last write
	var wg sync.WaitGroup
	wg.Go(func() { b.follow(follow) })
	defer wg.Wait()
	defer end()
	for {
		wait := time.Hour
		if b.writeAll() {
			wait = again
		}
		select {
		case <-ctx.Done():
			b.writeAll()
			return
		case <-b.wake:
			if b.fails {
				pause(ctx, again)
			}
		case <-time.After(wait):
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// follow takes what others write.
func (b *Board) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.store.Watch(ctx, b.known(), b.take)
		if ctx.Err() != nil || errors.Is(err, register.ErrClosed) {
			return
		}
		b.log.LogAttrs(ctx, slog.LevelWarn, "alerts of other instances are not followed; trying again", slog.Any("error", err))
		pause(ctx, again)
	}
}

// known returns the revisions of all values.
func (b *Board) known() map[string]uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	revisions := make(map[string]uint64, len(b.values))
	for name, e := range b.values {
		if e.Value != nil {
			revisions[name] = e.Revision
		}
	}
	return revisions
}

// take takes a change of the store.
func (b *Board) take(e register.Entry) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	known, ok := b.values[e.Name]
	b.seen = e.Revision
	switch {
	case ok && e.Revision != 0 && e.Revision <= known.Revision: // 0: all that there was is gone
		if known.Value == nil && e.Revision == known.Revision {
			delete(b.values, e.Name) // our own removal has come back
		}
		b.mu.Unlock()
		return
	case e.Value == nil:
		delete(b.values, e.Name)
	default:
		b.values[e.Name] = e
	}
	p := b.parts[prefixOf(e.Name)]
	b.mu.Unlock()
	signal(b.moved)
	if p != nil && (ok || e.Value != nil) {
		p.Learn(e.Name, e.Value)
	}
}
