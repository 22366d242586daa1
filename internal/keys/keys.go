// Package keys keeps the API keys that the API has made, and invitations to keys, in a
// store, and joins them with the declared keys of API_KEYS and API_KEYS_FILE in one set.
//
// An invitation and the key that it becomes are one record, by name: the exchange of the
// token for the key is one write that names the revision it replaces, so that it happens
// once, also where several processes share the store. Of keys and tokens the store has the
// SHA-256 alone. Records are sealed, so that who can write to the store, but does not have
// the ring, cannot make a key.
//
// What another process writes to the store is taken as soon as the store tells it.
package keys

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Source is where a key comes from.
type Source string

// The sources. Keys of the first two are declared.
const (
	Env  Source = "env"  // API_KEYS
	File Source = "file" // API_KEYS_FILE
	API  Source = "api"
)

// Declared are the keys that the operator has declared.
type Declared struct {
	Env, File []*access.Key
}

// all returns the keys with their sources.
func (d Declared) all() (keys []sourced) {
	for _, k := range d.Env {
		keys = append(keys, sourced{k, Env})
	}
	for _, k := range d.File {
		keys = append(keys, sourced{k, File})
	}
	return keys
}

type sourced struct {
	*access.Key

	source Source
}

// Times of following the store.
const (
	watchAgain = time.Second // after a watch or a comparison that failed
	checkEvery = time.Minute
)

// Keys holds all keys but the owner's. Its methods may be called concurrently.
type Keys struct {
	store register.Store // owned
	ring  *secret.Ring
	log   *slog.Logger
	set   *access.KeySet
	stop  context.CancelFunc
	wg    sync.WaitGroup // the goroutine that watches the store

	mu       sync.Mutex             // not held while the store is waited for
	declared map[string]sourced     // by name; guarded by mu
	records  map[string]record      // by name; guarded by mu; those that are gone stay until the watch tells so
	told     uint64                 // revision up to which the watch has told all; guarded by mu
	tokens   map[access.Hash]string // names of invitations; guarded by mu
}

// Open reads the keys of a store and follows it until Close. A record that the ring does
// not open is an error. The store is owned unless there is an error.
func Open(ctx context.Context, store register.Store, ring *secret.Ring, log *slog.Logger) (*Keys, error) {
	k := &Keys{
		store: store, ring: ring, log: log, set: access.NewKeySet(nil),
		declared: map[string]sourced{}, records: map[string]record{}, tokens: map[access.Hash]string{},
	}
	entries, err := store.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := decode(e, ring); err != nil {
			return nil, err
		}
	}
	k.takeAll(entries, false)
	watch, stop := context.WithCancel(context.Background())
	k.stop = stop
	k.wg.Go(func() { k.follow(watch) })
	return k, nil
}

// Set is the set of the keys that are accepted.
func (k *Keys) Set() *access.KeySet { return k.set }

// Close ends all keys and closes the store.
func (k *Keys) Close() error {
	k.stop()
	k.wg.Wait()
	k.set.Close()
	return k.store.Close()
}

// Declare replaces the declared keys. A key of the API with the name or the hash of one of
// them does not count as long as it is declared.
func (k *Keys) Declare(d Declared) (added, removed int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.declared = make(map[string]sourced)
	for _, key := range d.all() {
		k.declared[key.Name] = key
		if _, ok := k.records[key.Name]; ok {
			k.log.LogAttrs(context.Background(), slog.LevelWarn, "a key has the name of one that the API has made, which does not count therefore", slog.String("name", key.Name))
		}
	}
	return k.activate()
}

// activate gives the set the keys that count; mu is held.
func (k *Keys) activate() (added, removed int) {
	var keys []*access.Key
	hashes := make(map[access.Hash]bool, len(k.declared))
	for _, key := range k.declared {
		keys, hashes[key.Hash] = append(keys, key.Key), true
	}
	k.tokens = make(map[access.Hash]string)
	for name, r := range k.records {
		switch _, declared := k.declared[name]; {
		case declared, r.gone:
		case r.invited():
			k.tokens[r.token] = name
		case !hashes[r.key.Hash]:
			keys = append(keys, r.key)
		}
	}
	return k.set.Replace(keys)
}

// follow takes what the store tells, until ctx ends.
func (k *Keys) follow(ctx context.Context) {
	for {
		err := k.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		k.log.LogAttrs(ctx, slog.LevelWarn, "the store of API keys is not followed; trying again", slog.Any("error", err))
		select {
		case <-time.After(watchAgain):
		case <-ctx.Done():
			return
		}
	}
}

// watch watches the store once. What the store has lost is not always told, so that it is
// read again now and then.
func (k *Keys) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { k.check(ctx) })
	return k.store.Watch(ctx, k.revisions(), func(e register.Entry) { k.take(e, true) })
}

// revisions returns those of the records that are present, by their names in the store.
func (k *Keys) revisions() map[string]uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make(map[string]uint64, len(k.records))
	for name, r := range k.records {
		if !r.gone {
			all[recordName(name)] = r.revision
		}
	}
	return all
}

// check compares with the store until ctx ends.
func (k *Keys) check(ctx context.Context) {
	next := time.NewTimer(checkEvery)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case <-ctx.Done():
			return
		}
		next.Reset(checkEvery)
		if err := k.compare(ctx); err != nil {
			next.Reset(watchAgain)
		}
	}
}

// compare forgets what the store does not have any more.
func (k *Keys) compare(ctx context.Context) error {
	k.mu.Lock()
	before := make(map[string]uint64, len(k.records))
	for name, r := range k.records {
		before[name] = r.revision
	}
	k.mu.Unlock()
	entries, err := k.store.List(ctx)
	if err != nil {
		return err
	}
	k.takeAll(entries, false)
	for _, e := range entries {
		if name, ok := nameOf(e.Name); ok {
			delete(before, name)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	changed := false
	for name, revision := range before {
		if r := k.records[name]; !r.gone && r.revision == revision {
			delete(k.records, name)
			changed = true
		}
	}
	if changed {
		k.activate()
	}
	return nil
}

// take is takeAll for one record.
func (k *Keys) take(e register.Entry, watched bool) { k.takeAll([]register.Entry{e}, watched) }

// takeAll takes records that were written or removed, those excepted of which a newer one
// was taken.
func (k *Keys) takeAll(entries []register.Entry, watched bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	changed := false
	for _, e := range entries {
		if name, ok := nameOf(e.Name); ok && k.merge(name, e, watched) {
			changed = true
		}
	}
	if changed {
		k.activate()
	}
}

// merge takes one record and reports whether it is a new one; mu is held. A record that
// cannot be read ends what it replaces: nobody knows what it permits.
func (k *Keys) merge(name string, e register.Entry, watched bool) bool {
	before, known := k.records[name]
	if watched {
		k.told = max(k.told, e.Revision)
	}
	switch {
	case e.Revision == 0: // the store has lost everything, and counts from the start
		k.told = 0
		maps.DeleteFunc(k.records, func(_ string, r record) bool { return r.gone })
	case known && (before.revision > e.Revision || before.revision == e.Revision && e.Value != nil):
		return false
	case !known && !watched && e.Revision <= k.told:
		return false // the watch has told its removal since it was read or written
	}
	r := record{gone: true}
	if e.Value != nil {
		var err error
		if r, err = decode(e, k.ring); err != nil {
			k.log.LogAttrs(context.Background(), slog.LevelError, "a key is not accepted", slog.Any("error", err))
			r = record{gone: true}
		}
	}
	r.revision = e.Revision
	k.records[name] = r
	if watched {
		// The watch tells in the order of revisions: nothing older comes any more.
		maps.DeleteFunc(k.records, func(_ string, r record) bool { return r.gone && r.revision <= e.Revision })
	}
	return true
}
