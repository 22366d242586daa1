package register

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Memory is a store that ends with the process. Its methods never wait.
type Memory struct {
	watchers watchers

	mu       sync.Mutex       // taken before that of watchers
	values   map[string]Entry // guarded by mu
	revision uint64           // of the last write; guarded by mu
	closed   bool             // guarded by mu
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{values: make(map[string]Entry)} }

// List implements [Store].
func (m *Memory) List(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.sorted(), nil
}

// sorted needs mu.
func (m *Memory) sorted() []Entry {
	return slices.SortedFunc(maps.Values(m.values), func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
}

// Put implements [Store].
func (m *Memory) Put(_ context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if len(value) > MaxValue {
		return 0, ErrTooLarge
	}
	return m.write(Entry{Name: name, Value: append([]byte{}, value...), Revision: revision})
}

// Delete implements [Store].
func (m *Memory) Delete(_ context.Context, name string, revision uint64) (uint64, error) {
	return m.write(Entry{Name: name, Revision: revision})
}

// write replaces the value with the revision of e by that of e.
func (m *Memory) write(e Entry) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch old, ok := m.values[e.Name]; {
	case m.closed:
		return 0, ErrClosed
	case old.Revision != e.Revision, !ok && e.Value == nil:
		return 0, ErrRevision
	}
	m.revision++
	e.Revision = m.revision
	if e.Value == nil {
		delete(m.values, e.Name)
	} else {
		m.values[e.Name] = e
	}
	m.watchers.publish(e)
	return e.Revision, nil
}

// Watch implements [Store].
func (m *Memory) Watch(ctx context.Context, known map[string]uint64, changed func(Entry)) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	one := m.watchers.add(known, m.sorted(), m.revision)
	m.mu.Unlock()
	return m.watchers.follow(ctx, one, changed)
}

// Close implements [Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.watchers.close()
	return nil
}
