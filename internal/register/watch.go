package register

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
)

// watchers tell changes of a store to those who watch it. A watcher that is slow misses
// changes that a later one of the same name has replaced, so what waits for it is bounded
// by the number of names. The zero value is ready.
type watchers struct {
	mu     sync.Mutex
	all    map[*watcher]struct{} // guarded by mu
	closed bool                  // guarded by mu
}

type watcher struct {
	pending map[string]Entry // guarded by watchers.mu
	wake    chan struct{}    // capacity 1
}

// add registers a watcher, which is first told how the entries differ from what it knows;
// last is the revision of the last write. The caller makes sure that no write of the store
// comes between reading the entries and add.
func (w *watchers) add(known map[string]uint64, entries []Entry, last uint64) *watcher {
	one := &watcher{pending: make(map[string]Entry), wake: make(chan struct{}, 1)}
	gone := maps.Clone(known)
	for _, e := range entries {
		if known[e.Name] != e.Revision {
			one.pending[e.Name] = e
		}
		delete(gone, e.Name)
	}
	for name := range gone {
		one.pending[name] = Entry{Name: name, Revision: last}
	}
	one.wake <- struct{}{}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = make(map[*watcher]struct{})
	}
	w.all[one] = struct{}{}
	return one
}

// publish tells a change. Writers call it in the order of revisions.
func (w *watchers) publish(e Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		one.pending[e.Name] = e
		one.signal()
	}
}

func (one *watcher) signal() {
	select {
	case one.wake <- struct{}{}:
	default:
	}
}

// take returns what waits for a watcher in the order of revisions; false after close.
func (w *watchers) take(one *watcher) ([]Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entries := slices.SortedFunc(maps.Values(one.pending), func(a, b Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	clear(one.pending)
	return entries, !w.closed
}

// follow calls changed until ctx ends or the store is closed.
func (w *watchers) follow(ctx context.Context, one *watcher, changed func(Entry)) error {
	defer func() {
		w.mu.Lock()
		delete(w.all, one)
		w.mu.Unlock()
	}()
	for {
		select {
		case <-one.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		entries, open := w.take(one)
		for _, e := range entries {
			changed(e)
		}
		if !open {
			return ErrClosed
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for one := range w.all {
		one.signal()
	}
}
