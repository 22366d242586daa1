package keys

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/register"
)

// MaxKeys is the maximum number of keys and invitations in the store. Those that are over
// make room for others.
const MaxKeys = 1000

// changeTries is how often something is removed that others change at the same time.
const changeTries = 5

// Errors that say what a client can do. Others have the code [errcode.StoreUnavailable].
var (
	ErrTaken    = errcode.New(errcode.NameTaken, "there is a key or an invitation of this name; take it back first, or choose another name")
	ErrDeclared = errcode.New(errcode.Declared, "this key is declared in API_KEYS or API_KEYS_FILE and can be changed there only")
	ErrNoKey    = errcode.New(errcode.NotFound, "no key has this name")
	errFull     = errcode.New(errcode.Quota, fmt.Sprintf("there are %d keys and invitations; take some back first", MaxKeys))
	errChanged  = errcode.New(errcode.StoreUnavailable, "the key was changed again and again at the same time; nothing was changed")
)

// Info describes a key or an invitation, without its secret.
type Info struct {
	*access.Key

	Source   Source
	Created  time.Time // zero for a declared key
	By       string    // name of the key that made it; empty for a declared one
	LastUsed time.Time // at this process since its start; zero for never
	Until    time.Time // end of an invitation; zero for a key
}

func (k *Keys) info(r record) Info {
	return Info{Key: r.key, Source: API, Created: r.created, By: r.by, LastUsed: k.set.LastUsed(r.key.Hash), Until: r.until}
}

// sees reports whether a key may know of another one: it could have made one of its routers.
func sees(by, other *access.Key) bool { return other.Routers.Within(by.Routers) }

// Create makes a key on behalf of another one, which must permit as much, and returns it
// with its secret, which is kept nowhere.
func (k *Keys) Create(ctx context.Context, by *access.Key, f access.Fields) (Info, string, error) {
	text := access.NewSecret()
	r, err := k.issue(ctx, by, f, record{}, access.HashOf(text))
	if err != nil {
		return Info{}, "", err
	}
	return k.info(r), text, nil
}

// issue writes a key or an invitation, which r has the token of.
func (k *Keys) issue(ctx context.Context, by *access.Key, f access.Fields, r record, hash access.Hash) (record, error) {
	key, err := by.Bound(f).Key(hash)
	if err != nil {
		return r, errcode.New(errcode.Invalid, err.Error())
	}
	key.Expires = key.Expires.Truncate(time.Second) // as it is stored
	now := time.Now()
	if expired(key, now) {
		return r, errcode.Field("expires", "is in the past")
	}
	if err := by.Grants(key); err != nil {
		return r, errcode.New(errcode.Forbidden, err.Error())
	}
	r.key, r.created, r.by, r.byHash = key, now.Truncate(time.Second), by.Name, by.Hash
	if r.revision, err = k.room(ctx, key.Name, now); err != nil {
		return r, err
	}
	return k.put(ctx, r)
}

// room returns the revision that a new record of this name replaces; 0 for none. It
// removes what is over where the store is full.
func (k *Keys) room(ctx context.Context, name string, now time.Time) (uint64, error) {
	k.mu.Lock()
	_, declared := k.declared[name]
	before, known := k.records[name]
	var over []record
	present := 0
	for _, r := range k.records {
		if r.gone {
			continue
		}
		present++
		if r.over(now) && r.key.Name != name {
			over = append(over, r)
		}
	}
	k.mu.Unlock()
	switch {
	case declared:
		return 0, ErrDeclared
	case known && !before.over(now):
		return 0, ErrTaken
	case known && !before.gone:
		return before.revision, nil
	case present < MaxKeys:
		return 0, nil
	case len(over) == 0:
		return 0, errFull
	}
	for _, r := range over {
		if err := k.remove(ctx, r); err != nil && !errors.Is(err, register.ErrRevision) {
			return 0, err
		}
	}
	return 0, nil
}

// put writes a record in place of the one with its revision.
func (k *Keys) put(ctx context.Context, r record) (record, error) {
	value := encode(r, k.ring)
	revision, err := k.store.Put(ctx, recordName(r.key.Name), value, r.revision)
	if errors.Is(err, register.ErrRevision) {
		return r, ErrTaken
	}
	if err != nil {
		return r, unavailable(err)
	}
	r.revision = revision
	k.take(register.Entry{Name: recordName(r.key.Name), Value: value, Revision: revision}, false)
	return r, nil
}

// remove removes a record, and ends its key.
func (k *Keys) remove(ctx context.Context, r record) error {
	name := recordName(r.key.Name)
	revision, err := k.store.Delete(ctx, name, r.revision)
	if err != nil {
		return unavailable(err)
	}
	k.take(register.Entry{Name: name, Revision: revision}, false)
	return nil
}

// Revoke takes a key back on behalf of another one. The contexts of the key have ended when
// it returns, at other processes as soon as the store has told them.
func (k *Keys) Revoke(ctx context.Context, by *access.Key, name string) (Info, error) {
	return k.end(ctx, by, name, false)
}

// end removes a key or an invitation that by sees.
func (k *Keys) end(ctx context.Context, by *access.Key, name string, invitation bool) (Info, error) {
	for range changeTries {
		k.mu.Lock()
		declared, isDeclared := k.declared[name]
		r, known := k.records[name]
		k.mu.Unlock()
		switch {
		case isDeclared && !invitation && sees(by, declared.Key):
			return Info{}, ErrDeclared
		case isDeclared, !known, r.gone, r.invited() != invitation, !sees(by, r.key):
			if invitation {
				return Info{}, errNoInvitation
			}
			return Info{}, ErrNoKey
		}
		info := k.info(r)
		err := k.remove(ctx, r)
		if !errors.Is(err, register.ErrRevision) {
			return info, err
		}
		if err := k.compare(ctx); err != nil { // another process was quicker
			return Info{}, unavailable(err)
		}
	}
	return Info{}, errChanged
}

// List returns the keys that by may know of, in the order of their names.
func (k *Keys) List(by *access.Key) []Info {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := []Info{}
	for _, key := range k.declared {
		if sees(by, key.Key) {
			list = append(list, Info{Key: key.Key, Source: key.source, LastUsed: k.set.LastUsed(key.Hash)})
		}
	}
	for name, r := range k.records {
		if _, declared := k.declared[name]; !declared && !r.gone && !r.invited() && sees(by, r.key) {
			list = append(list, k.info(r))
		}
	}
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// unavailable gives an error of the store its code.
func unavailable(err error) error {
	switch {
	case err == nil, errors.Is(err, register.ErrRevision):
		return err
	case errors.Is(err, register.ErrTooLarge):
		return errcode.New(errcode.Invalid, "the key has too many routers and rules")
	case errors.Is(err, register.ErrUncertain):
		return errcode.New(errcode.StoreUnavailable, err.Error())
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = file.Err // a client need not know where the file is
	}
	return errcode.New(errcode.StoreUnavailable, fmt.Sprintf("the store of the keys cannot be written (%v); nothing was changed", err))
}
