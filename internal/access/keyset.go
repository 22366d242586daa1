package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Why a key is not accepted, or no longer.
var (
	ErrUnknown = errors.New("unknown API key")
	ErrExpired = errors.New("the API key expired")
	ErrChanged = errors.New("the API key was revoked or its permissions changed")
)

// ActiveKey is a key of a KeySet, with a context that ends when the key does.
type ActiveKey struct {
	*Key

	id ID // of a key of a KeySet, which is asked for it at each replacement

	// Context ends when the key expires, is revoked, or its permissions change; the
	// cause is ErrExpired or ErrChanged. The owner's context never ends.
	Context context.Context
	end     context.CancelCauseFunc
	used    atomic.Int64 // when it was last found, in Unix seconds; 0 for never
}

// ActiveOwner is the owner's key. It belongs to no KeySet.
var ActiveOwner = &ActiveKey{Key: Owner, Context: context.Background()}

// KeySet holds the keys that are accepted at the moment. A nil KeySet is empty. Its
// methods may be called concurrently.
type KeySet struct {
	mu     sync.RWMutex
	byHash map[Hash]*ActiveKey // guarded by mu
	byID   map[ID]*ActiveKey   // guarded by mu
}

// NewKeySet returns a set of these keys.
func NewKeySet(keys []*Key) *KeySet {
	s := &KeySet{}
	s.Replace(keys)
	return s
}

// Replace replaces all keys at once. Keys that are the same in both sets keep their
// context; the contexts of the other old keys are canceled before Replace returns.
// added counts keys that are new or changed, removed those that are gone or changed.
func (s *KeySet) Replace(keys []*Key) (added, removed int) {
	s.mu.Lock()
	before := s.byHash
	s.byHash, s.byID = make(map[Hash]*ActiveKey), make(map[ID]*ActiveKey)
	for _, key := range keys {
		k := before[key.Hash]
		if k == nil || !k.same(key) {
			k = activate(key)
			added++
		}
		s.byHash[key.Hash], s.byID[k.id] = k, k
	}
	var ended []*ActiveKey
	for hash, k := range before {
		if s.byHash[hash] != k {
			ended = append(ended, k)
		}
	}
	s.mu.Unlock()
	for _, k := range ended {
		k.end(ErrChanged)
	}
	return added, len(ended)
}

// Close removes all keys and cancels their contexts.
func (s *KeySet) Close() { s.Replace(nil) }

// activate gives a key its context. A timer ends it at the expiry, no goroutine.
func activate(key *Key) *ActiveKey {
	ctx, end := context.WithCancelCause(context.Background())
	if key.Expires.IsZero() {
		return &ActiveKey{Key: key, id: key.ID(), Context: ctx, end: end}
	}
	ctx, stop := context.WithDeadlineCause(ctx, key.Expires, ErrExpired)
	return &ActiveKey{Key: key, id: key.ID(), Context: ctx, end: func(cause error) {
		end(cause) // first, so that cause is the one that is reported
		stop()
	}}
}

// Find returns the key that a client sent; the error is ErrUnknown
// or ErrExpired.
func (s *KeySet) Find(secret string) (*ActiveKey, error) {
	if s == nil {
		return nil, ErrUnknown
	}
	hash := HashOf(secret)
	s.mu.RLock()
	k := s.byHash[hash]
	s.mu.RUnlock()
	return k.use()
}

// LastUsed returns when the key with this hash was last found, to the second; zero for
// never since it is in the set.
func (s *KeySet) LastUsed(hash Hash) time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if k := s.byHash[hash]; k != nil && k.used.Load() > 0 {
		return time.Unix(k.used.Load(), 0)
	}
	return time.Time{}
}

// ByID returns the key that a ticket was issued with; the error is
// ErrUnknown, also for a key that has changed since, or ErrExpired.
func (s *KeySet) ByID(id ID) (*ActiveKey, error) {
	if s == nil {
		return nil, ErrUnknown
	}
	s.mu.RLock()
	k := s.byID[id]
	s.mu.RUnlock()
	return k.use()
}

// use returns the key unless it is nil or has expired, and notes the time. It looks at the
// clock because the timer of the context may fire late.
func (k *ActiveKey) use() (*ActiveKey, error) {
	now := time.Now()
	switch {
	case k == nil:
		return nil, ErrUnknown
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return nil, fmt.Errorf("%w on %s", ErrExpired, k.Expires.UTC().Format(time.RFC3339))
	}
	if at := now.Unix(); k.used.Load() != at { // many requests share one second
		k.used.Store(at)
	}
	return k, nil
}
