package register

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Rotate seals all passwords again with the first key of the ring, those that are sealed
// with it already excepted, and forgets the canaries of other keys when all are. It returns
// the number of passwords that it sealed. Others may use the store meanwhile. After an error
// it can be called again; until it has succeeded, the ring must keep its other keys.
func (g *Register) Rotate(ctx context.Context) (n int, err error) {
	first := g.ring.IDs()[0]
	canaries := make(map[string]uint64) // of other keys, by name: their revisions
	n, err = Reseal(ctx, g.store, func(e Entry) ([]byte, error) {
		if id, ok := strings.CutPrefix(e.Name, canaryPrefix); ok {
			if id != first {
				canaries[e.Name] = e.Revision
			}
			return nil, nil
		}
		r, keyID, err := decodeRecord(e, g.ring)
		if err != nil || keyID == first {
			return nil, err
		}
		return encodeRecord(r, g.ring)
	})
	if err != nil {
		return n, fmt.Errorf("passwords of the register: %w", err)
	}
	for name, revision := range canaries {
		if _, err := g.store.Delete(ctx, name, revision); err != nil && !errors.Is(err, ErrRevision) { // another Rotate was first
			return n, fmt.Errorf("forget the other keys: %w", err)
		}
	}
	return n, nil
}

// resealPasses is how often Reseal writes what others change at the same time.
const resealPasses = 10

// Reseal writes the records of a store again that seal returns a new value for; nil is for
// those that stay. What others change or remove meanwhile is read again, until nothing is
// left to write. It returns the number of records that it wrote.
func Reseal(ctx context.Context, store Store, seal func(Entry) ([]byte, error)) (n int, err error) {
	for pass := 0; ; pass++ {
		left, err := resealed(ctx, store, seal)
		switch {
		case err != nil, len(left) == 0:
			return n, err
		case pass == resealPasses:
			return n, leftError(left, ErrRevision)
		}
		for i, e := range left {
			switch _, err := store.Put(ctx, e.Name, e.Value, e.Revision); {
			case err == nil:
				n++
			case !errors.Is(err, ErrRevision):
				return n, leftError(left[i:], err)
			}
		}
	}
}

func leftError(left []Entry, err error) error {
	return fmt.Errorf("%d records are left with another key, so rotate again: %w", len(left), err)
}

// resealed reads a store, and returns the records that seal has a new value for, with it.
func resealed(ctx context.Context, store Store, seal func(Entry) ([]byte, error)) (list []Entry, err error) {
	entries, err := store.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		value, err := seal(e)
		if err != nil {
			return nil, err
		}
		if value != nil {
			list = append(list, Entry{Name: e.Name, Value: value, Revision: e.Revision})
		}
	}
	return list, nil
}
