// Package register keeps the routers that are registered: their settings, the passwords
// sealed, in a [Store] that outlives the process or does not.
//
// A [Router] is one record. Every write names the revision that it replaces, so that of
// two who change a router at the same time one is refused ([ErrRevision]) and nothing is
// lost unnoticed, also where several processes share a store.
package register

import (
	"context"
	"errors"
)

// Store holds values by name. Names consist of letters, digits and . _ - =, and values
// are at most [MaxValue] bytes. Its methods may be called concurrently; when a write has
// returned, it is as durable as the store can make it.
//
// The interface is that of a key-value bucket with compare-and-set, such as one of NATS
// JetStream: a revision is a number that rises with every write of the store.
type Store interface {
	// List returns all values in the order of their names.
	List(ctx context.Context) ([]Entry, error)
	// Put writes a value in place of the one with the given revision; 0 means that there
	// must be none. It returns the revision of the new value. If the store has another
	// one, the error is ErrRevision and nothing has changed.
	Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error)
	// Delete removes the value with the given revision, and returns the revision of the
	// removal; errors as of Put.
	Delete(ctx context.Context, name string, revision uint64) (uint64, error)
	// Watch calls changed for whatever differs from what the caller knows, and then for every
	// change, in the order of revisions, until ctx ends, one call at a time. known has the
	// revisions of values by name, as List or a watch told them, and is not kept; what is
	// gone by now is told as removed. Of several changes of a name only the last one may be
	// told. It returns the reason of its end.
	Watch(ctx context.Context, known map[string]uint64, changed func(Entry)) error
	// Close ends all watches and waits for writes under way.
	Close() error
}

// Entry is a value with its name. A removed one has the revision of its removal.
type Entry struct {
	Name     string
	Value    []byte // nil if it was removed
	Revision uint64
}

// MaxValue is the maximum size of a value: a record with the certificates of an authority
// fits, and so does a message of a store behind a network.
const MaxValue = 256 << 10

// Errors of stores.
var (
	ErrRevision = errors.New("the record was changed at the same time")
	ErrClosed   = errors.New("the store is closed")
	ErrTooLarge = errors.New("the record is larger than 256 KiB")
	// ErrUncertain comes from a store behind a network: a write was sent, and no answer came.
	ErrUncertain = errors.New("the store did not answer, and the change may have been written")
)
