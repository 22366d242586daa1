package board

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aprakasa/mikronec/internal/register"
)

// next takes a name from the queue.
func (b *Board) next() (name string, p Part, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.queue {
		if len(b.queue[i]) > 0 {
			name, b.queue[i] = b.queue[i][0], b.queue[i][1:]
			delete(b.dirty, name)
			return name, b.parts[prefixOf(name)], true
		}
	}
	return "", nil, false
}

// writeAll writes all that is dirty. Once a write has failed, others are not tried. It
// reports whether something is left.
func (b *Board) writeAll() (left bool) {
	var failed []string
	var reason error
	for {
		name, p, ok := b.next()
		if !ok {
			break
		}
		if p == nil {
			continue
		}
		err := reason
		if err == nil {
			err = b.write(name, p)
		}
		if err != nil {
			b.told(p, name, err)
		}
		switch {
		case errors.Is(err, register.ErrTooLarge):
			b.log.LogAttrs(context.Background(), slog.LevelError, "an alert is not kept", slog.String("name", name), slog.Any("error", err))
		case err != nil:
			failed, reason = append(failed, name), err
		}
	}
	if reason != nil && !b.fails {
		b.log.LogAttrs(context.Background(), slog.LevelError, "alerts are not kept; they are sent, and may be sent again after a restart", slog.Any("error", reason))
	}
	b.fails = reason != nil
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range failed {
		b.touch(name)
	}
	return len(failed) > 0
}

// told tells a part that a name could not be written.
func (b *Board) told(p Part, name string, err error) {
	b.telling.Lock()
	defer b.telling.Unlock()
	p.Wrote(name, err)
}

// write writes one name. Where another instance has written it meanwhile, its part merges
// again.
func (b *Board) write(name string, p Part) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	for range maxConflicts {
		old, value, same := b.merge(name, p)
		if same {
			return nil
		}
		if err = b.replace(ctx, old, name, value, p); !errors.Is(err, register.ErrRevision) {
			return err
		}
		b.awaitOther(name, old.Revision)
	}
	return err
}

// merge asks a part what to write in place of what there is. Where that is the same, it is
// as good as written.
func (b *Board) merge(name string, p Part) (old register.Entry, value []byte, same bool) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	old = b.values[name]
	b.mu.Unlock()
	value = p.Merge(name, old.Value)
	if same = bytes.Equal(value, old.Value) && (value == nil) == (old.Value == nil); same {
		p.Wrote(name, nil)
	}
	return old, value, same
}

// replace writes a value in place of an old one, and tells the part that it was written.
func (b *Board) replace(ctx context.Context, old register.Entry, name string, value []byte, p Part) (err error) {
	e := register.Entry{Name: name, Value: value}
	revision := old.Revision
	if old.Value == nil {
		revision = 0
	}
	if value == nil {
		e.Revision, err = b.store.Delete(ctx, name, revision)
	} else {
		e.Revision, err = b.store.Put(ctx, name, value, revision)
	}
	if err != nil {
		return err
	}
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	switch {
	case value == nil && e.Revision <= b.seen: // it has come back already
		if b.values[name].Revision < e.Revision {
			delete(b.values, name)
		}
	case b.values[name].Revision < e.Revision:
		b.values[name] = e
	}
	b.mu.Unlock()
	p.Wrote(name, nil)
	return nil
}

// awaitOther waits until another revision of a value has come.
func (b *Board) awaitOther(name string, revision uint64) {
	late := time.After(moveTimeout)
	for {
		b.mu.Lock()
		other := b.values[name].Revision != revision
		b.mu.Unlock()
		if other {
			return
		}
		select {
		case <-b.moved:
		case <-late:
			return
		}
	}
}
