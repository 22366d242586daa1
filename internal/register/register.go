package register

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Register keeps routers in a store, their passwords sealed.
type Register struct {
	store Store // owned: closed by Close
	ring  *secret.Ring
}

// Open checks that the ring opens what the store has, and returns the register with its
// routers. A ring that opens none of it, or not all of it, is an error: to go on would mean
// to lose routers. The store is the register's unless there is an error.
func Open(ctx context.Context, store Store, ring *secret.Ring) (*Register, []Router, error) {
	g := &Register{store: store, ring: ring}
	entries, err := store.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := g.checkCanaries(ctx, entries); err != nil {
		return nil, nil, err
	}
	list, err := g.decode(entries)
	if err != nil {
		return nil, nil, err
	}
	return g, list, nil
}

// Ring returns the ring that seals the passwords.
func (g *Register) Ring() *secret.Ring { return g.ring }

// Close closes the store.
func (g *Register) Close() error { return g.store.Close() }

// List returns all routers.
func (g *Register) List(ctx context.Context) ([]Router, error) {
	entries, err := g.store.List(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return g.decode(entries)
}

func (g *Register) decode(entries []Entry) (list []Router, err error) {
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, routerPrefix) {
			continue
		}
		r, _, err := decodeRecord(e, g.ring)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// Change is a router that was written or removed.
type Change struct {
	ID       string
	Router   *Router // nil if it was removed
	Revision uint64  // of the record, or of its removal
}

// Watch calls changed for what differs from what the caller knows, revisions by id, and then
// for every change, as [Store.Watch] does. Records that cannot be read, such as one whose key
// the ring does not have yet, are left out.
func (g *Register) Watch(ctx context.Context, known map[string]uint64, changed func(Change)) error {
	records := make(map[string]uint64, len(known))
	for id, revision := range known {
		records[recordName(id)] = revision
	}
	return g.store.Watch(ctx, records, func(e Entry) {
		id, ok := routerID(e.Name)
		if !ok {
			return
		}
		if e.Value == nil {
			changed(Change{ID: id, Revision: e.Revision})
			return
		}
		if r, _, err := decodeRecord(e, g.ring); err == nil {
			changed(Change{ID: id, Router: &r, Revision: e.Revision})
		}
	})
}

// Put writes a router in place of the record with its revision, or as a new one if that is
// 0, and returns the new revision. The error is [ErrRevision] if the record is another one
// by now, or has the code [errcode.StoreUnavailable]; then nothing has changed, unless its
// text says that this is uncertain.
func (g *Register) Put(ctx context.Context, r Router) (uint64, error) {
	value, err := encodeRecord(r, g.ring)
	if err != nil {
		return 0, err
	}
	revision, err := g.store.Put(ctx, recordName(r.ID), value, r.Revision)
	return revision, unavailable(err)
}

// Delete removes the record of a router that has this revision. Errors are as of Put.
func (g *Register) Delete(ctx context.Context, id string, revision uint64) error {
	_, err := g.store.Delete(ctx, recordName(id), revision)
	return unavailable(err)
}

// unavailable gives an error of the store its code.
func unavailable(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrRevision):
		return err
	case errors.Is(err, ErrTooLarge):
		return errcode.New(errcode.Invalid, err.Error())
	case errors.Is(err, ErrUncertain):
		return errcode.New(errcode.StoreUnavailable, err.Error())
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = file.Err // a client need not know where the file is
	}
	return errcode.New(errcode.StoreUnavailable, fmt.Sprintf("the register of routers cannot be written (%v); nothing was changed", err))
}

// Seal returns the settings of a router as a record has them, for another process with the
// same ring; Unseal returns the router of it, which must have the id.
func (g *Register) Seal(r Router) ([]byte, error) { return encodeRecord(r, g.ring) }

// Unseal is documented with Seal.
func (g *Register) Unseal(id string, data []byte) (Router, error) {
	r, _, err := decodeRecord(Entry{Name: recordName(id), Value: data}, g.ring)
	return r, err
}

// A canary is a record that is sealed with one key, so that a wrong ring is found also
// where no router is registered. Its text is constant.
const canaryText = "mikronec"

func canaryPlace(keyID string) string { return canaryPrefix + keyID }

// checkCanaries opens the canary of each key of the ring, and makes those that are missing.
func (g *Register) checkCanaries(ctx context.Context, entries []Entry) error {
	var found []string // ids with a canary
	known := false     // the ring has the key of one of them
	for _, e := range entries {
		id, ok := strings.CutPrefix(e.Name, canaryPrefix)
		if !ok {
			continue
		}
		found = append(found, id)
		if !slices.Contains(g.ring.IDs(), id) {
			continue
		}
		known = true
		if _, err := g.ring.Open(string(e.Value), canaryPlace(id)); err != nil {
			return &WrongRingError{Register: found, Ring: g.ring.IDs(), Err: err}
		}
	}
	if len(found) > 0 && !known {
		return &WrongRingError{Register: found, Ring: g.ring.IDs(), Err: secret.ErrUnknownKey}
	}
	// Only the first key seals, and so only its canary can be made.
	if id := g.ring.IDs()[0]; !slices.Contains(found, id) {
		sealed := g.ring.Seal(secret.New(canaryText), canaryPlace(id))
		if _, err := g.store.Put(ctx, canaryPrefix+id, []byte(sealed), 0); err != nil && !errors.Is(err, ErrRevision) {
			return err
		}
	}
	return nil
}

// WrongRingError means that the register was sealed with other keys than those of the
// ring.
type WrongRingError struct {
	Register, Ring []string // ids of the keys
	Err            error
}

func (e *WrongRingError) Error() string {
	return fmt.Sprintf("the key ring does not open the register: the register is sealed with the keys %s, the ring has %s (%v)",
		strings.Join(e.Register, ", "), strings.Join(e.Ring, ", "), e.Err)
}

func (e *WrongRingError) Unwrap() error { return e.Err }
