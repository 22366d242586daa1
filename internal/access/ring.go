package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Why a key is of no use (any more).
var (
	ErrUnknown = errors.New("no such API key")
	ErrExpired = errors.New("the API key expired")
	ErrChanged = errors.New("the API key was taken away, or what it may do was changed")
)

// Holder is a key that counts, for those who act for it.
type Holder struct {
	*Key

	// Life ends when the key expires, is taken away, or may do something else than
	// before; its cause is ErrExpired or ErrChanged. The owner's never ends.
	Life context.Context
	end  context.CancelCauseFunc
}

// OwnerHolder is the holder of the owner's key.
var OwnerHolder = &Holder{Key: Owner, Life: context.Background()}

// Ring is the keys that count. A nil Ring has none. Its methods may be used
// concurrently.
type Ring struct {
	mu     sync.RWMutex
	byHash map[Hash]*Holder // guarded by mu
	byID   map[ID]*Holder   // guarded by mu
}

// NewRing returns a ring of these keys.
func NewRing(keys []*Key) *Ring {
	r := &Ring{}
	r.Replace(keys)
	return r
}

// Replace has the keys count, all at once, instead of those before. Keys that are
// the same go on; the lives of the others end before Replace returns. It returns
// how many keys are new or changed, and how many of before are gone or changed.
func (r *Ring) Replace(keys []*Key) (fresh, gone int) {
	r.mu.Lock()
	before := r.byHash
	r.byHash, r.byID = make(map[Hash]*Holder), make(map[ID]*Holder)
	for _, key := range keys {
		h := before[key.Hash]
		if h == nil || !h.same(key) {
			h = hold(key)
			fresh++
		}
		r.byHash[key.Hash], r.byID[key.ID()] = h, h
	}
	var ended []*Holder
	for hash, h := range before {
		if r.byHash[hash] != h {
			ended = append(ended, h)
		}
	}
	r.mu.Unlock()
	for _, h := range ended {
		h.end(ErrChanged)
	}
	return fresh, len(ended)
}

// Close ends the lives of all keys.
func (r *Ring) Close() { r.Replace(nil) }

// hold begins the life of a key. A timer ends it, no goroutine.
func hold(key *Key) *Holder {
	life, end := context.WithCancelCause(context.Background())
	if key.Expires.IsZero() {
		return &Holder{Key: key, Life: life, end: end}
	}
	life, stop := context.WithDeadlineCause(life, key.Expires, ErrExpired)
	return &Holder{Key: key, Life: life, end: func(cause error) {
		end(cause) // what ends first gives the cause
		stop()
	}}
}

// Find returns the holder of the key that a client sent; the error is ErrUnknown
// or ErrExpired.
func (r *Ring) Find(secret string) (*Holder, error) {
	if r == nil {
		return nil, ErrUnknown
	}
	hash := HashOf(secret)
	r.mu.RLock()
	h := r.byHash[hash]
	r.mu.RUnlock()
	return h.living()
}

// ByID returns the holder of the key that a ticket was issued with; the error is
// ErrUnknown or ErrExpired.
func (r *Ring) ByID(id ID) (*Holder, error) {
	if r == nil {
		return nil, ErrUnknown
	}
	r.mu.RLock()
	h := r.byID[id]
	r.mu.RUnlock()
	return h.living()
}

// living asks the clock, too: the timer of a life may be a moment late.
func (h *Holder) living() (*Holder, error) {
	switch {
	case h == nil:
		return nil, ErrUnknown
	case !h.Expires.IsZero() && !time.Now().Before(h.Expires):
		return nil, fmt.Errorf("%w on %s", ErrExpired, h.Expires.UTC().Format(time.RFC3339))
	}
	return h, nil
}
