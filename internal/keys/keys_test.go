package keys_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

var noLog = slog.New(slog.DiscardHandler)

func newRing(t testing.TB) *secret.Ring {
	t.Helper()
	ring, err := secret.ParseRing(secret.NewKey(time.Now()))
	require.NoError(t, err)
	return ring
}

// shared lets several processes use one store in a test.
type shared struct{ register.Store }

func (shared) Close() error { return nil }

func open(t testing.TB, store register.Store, ring *secret.Ring) *keys.Keys {
	t.Helper()
	k, err := keys.Open(t.Context(), shared{store}, ring, noLog)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

func viewer(name string) access.Fields {
	return access.Fields{Name: name, Role: "viewer", Routers: []string{"branch-*"}}
}

func parsed(t testing.TB, line string) *access.Key {
	t.Helper()
	list, err := access.Parse(line)
	require.NoError(t, err)
	return list[0]
}

func codeOf(t testing.TB, err error) errcode.Code {
	t.Helper()
	require.Error(t, err)
	return errcode.Of(err)
}

// eachStore runs a test with two processes that share a store of each kind.
func eachStore(t *testing.T, test func(t *testing.T, one, other *keys.Keys)) {
	for name, make := range map[string]func(t *testing.T) register.Store{
		"memory": func(*testing.T) register.Store { return register.NewMemory() },
		"file": func(t *testing.T) register.Store {
			f, err := register.OpenFile(filepath.Join(t.TempDir(), "keys.db"))
			require.NoError(t, err)
			return f
		},
		"nats": func(t *testing.T) register.Store {
			conn, err := bus.Open(t.Context(), bus.Options{
				URL: natsserver.Start(t).URL, Prefix: "test", Replicas: 1, Instance: "a", Log: noLog,
			})
			require.NoError(t, err)
			t.Cleanup(conn.Close)
			s, err := conn.Store(t.Context(), bus.Keys)
			require.NoError(t, err)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, ring := make(t), newRing(t)
			t.Cleanup(func() { assert.NoError(t, store.Close()) })
			test(t, open(t, store, ring), open(t, store, ring))
		})
	}
}

func soon(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, 5*time.Millisecond, what)
}

func finds(k *keys.Keys, text string) bool {
	_, err := k.Set().Find(text)
	return err == nil
}

func TestAKeyIsMadeFoundAndTakenBackEverywhere(t *testing.T) {
	eachStore(t, func(t *testing.T, one, other *keys.Keys) {
		ctx := t.Context()
		made, text, err := one.Create(ctx, access.Owner, viewer("noc"))
		require.NoError(t, err)
		assert.True(t, finds(one, text), "at once where it was made")
		soon(t, "the other has it", func() bool { return finds(other, text) })
		found, err := other.Set().Find(text)
		require.NoError(t, err)
		assert.Equal(t, made.ID(), found.ID(), "tickets of one are those of the other")
		ticketed, err := one.Set().ByID(found.ID())
		require.NoError(t, err)
		assert.Equal(t, "noc", ticketed.Name)

		_, _, err = other.Create(ctx, access.Owner, viewer("noc"))
		assert.Equal(t, errcode.NameTaken, codeOf(t, err))
		list := other.List(access.Owner)
		require.Len(t, list, 1)
		assert.Equal(t, []any{"noc", keys.API, "owner"}, []any{list[0].Name, list[0].Source, list[0].By})
		assert.WithinDuration(t, time.Now(), list[0].LastUsed, time.Minute)

		_, err = other.Revoke(ctx, access.Owner, "noc")
		require.NoError(t, err)
		assert.False(t, finds(other, text))
		select {
		case <-found.Context.Done():
		default:
			assert.Fail(t, "its streams go on")
		}
		soon(t, "it ends at the first", func() bool { return !finds(one, text) })
		_, err = one.Revoke(ctx, access.Owner, "noc")
		assert.Equal(t, errcode.NotFound, codeOf(t, err))

		_, again, err := one.Create(ctx, access.Owner, viewer("noc"))
		require.NoError(t, err)
		assert.NotEqual(t, text, again)
		soon(t, "the new one is there", func() bool { return finds(other, again) })
		assert.False(t, finds(one, text))
	})
}

func TestAnInvitationIsExchangedOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, one, other *keys.Keys) {
		ctx := t.Context()
		invited, token, err := one.Invite(ctx, access.Owner, viewer("guest"), time.Hour)
		require.NoError(t, err)
		assert.WithinDuration(t, time.Now().Add(time.Hour), invited.Until, 2*time.Second)
		assert.False(t, finds(one, token), "a token is no key")
		soon(t, "the other knows it", func() bool { return other.Invited(token) == nil })
		assert.Empty(t, one.List(access.Owner))
		assert.Len(t, other.Invitations(access.Owner), 1)
		_, err = one.Revoke(ctx, access.Owner, "guest")
		assert.Equal(t, errcode.NotFound, codeOf(t, err), "it is no key yet")

		var made atomic.Int32
		var text atomic.Value
		var wg sync.WaitGroup
		for i := range 8 {
			k := []*keys.Keys{one, other}[i%2]
			wg.Go(func() {
				_, secret, err := k.Exchange(ctx, token)
				if err == nil {
					made.Add(1)
					text.Store(secret)
					return
				}
				assert.ErrorIs(t, err, keys.ErrNotInvited)
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, made.Load(), "once")
		for _, k := range []*keys.Keys{one, other} {
			soon(t, "both have the key", func() bool { return finds(k, text.Load().(string)) })
			require.ErrorIs(t, k.Invited(token), keys.ErrNotInvited)
			assert.Empty(t, k.Invitations(access.Owner))
			_, err = k.Withdraw(ctx, access.Owner, "guest")
			assert.Equal(t, errcode.NotFound, codeOf(t, err), "it is a key by now")
		}
		_, err = other.Revoke(ctx, access.Owner, "guest")
		require.NoError(t, err)
		require.ErrorIs(t, other.Invited(token), keys.ErrNotInvited)
	})
}

func TestInvitationsEnd(t *testing.T) {
	admin := "name=boss role=admin routers=* hash=" + access.HashOf("x").String()
	for name, end := range map[string]func(t *testing.T, k *keys.Keys){
		"by themselves": func(*testing.T, *keys.Keys) { time.Sleep(time.Minute + time.Second) },
		"taken back": func(t *testing.T, k *keys.Keys) {
			_, err := k.Withdraw(t.Context(), access.Owner, "guest")
			require.NoError(t, err)
		},
		"with the key that made them": func(_ *testing.T, k *keys.Keys) { k.Declare(keys.Declared{}) },
		"when that key may do less": func(t *testing.T, k *keys.Keys) {
			k.Declare(keys.Declared{File: []*access.Key{parsed(t, strings.Replace(admin, "routers=*", "routers=a", 1))}})
		},
		"when that key is no admin": func(t *testing.T, k *keys.Keys) {
			k.Declare(keys.Declared{File: []*access.Key{parsed(t, strings.Replace(admin, "admin", "operator", 1))}})
		},
		"when another key has its name": func(t *testing.T, k *keys.Keys) {
			k.Declare(keys.Declared{File: []*access.Key{parsed(t, strings.Replace(admin, access.HashOf("x").String(), access.HashOf("y").String(), 1))}})
		},
		"when a declared key has theirs": func(t *testing.T, k *keys.Keys) {
			k.Declare(keys.Declared{Env: []*access.Key{parsed(t, admin), parsed(t, "name=guest role=viewer routers=* hash="+access.HashOf("y").String())}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := open(t, register.NewMemory(), newRing(t))
				boss := parsed(t, admin)
				k.Declare(keys.Declared{File: []*access.Key{boss}})
				_, token, err := k.Invite(t.Context(), boss, viewer("guest"), time.Minute)
				require.NoError(t, err)
				time.Sleep(59 * time.Second)
				require.NoError(t, k.Invited(token))
				end(t, k)
				require.ErrorIs(t, k.Invited(token), keys.ErrNotInvited)
				_, _, err = k.Exchange(t.Context(), token)
				require.ErrorIs(t, err, keys.ErrNotInvited)
			})
		})
	}
}

func TestWhatAKeyMayMakeAndSee(t *testing.T) {
	k := open(t, register.NewMemory(), newRing(t))
	ctx := t.Context()
	boss := parsed(t, "name=boss role=admin routers=branch-* hash="+access.HashOf("x").String())
	k.Declare(keys.Declared{Env: []*access.Key{boss}, File: []*access.Key{parsed(t, "name=noc role=viewer routers=* hash="+access.HashOf("y").String())}})
	_, _, err := k.Create(ctx, access.Owner, access.Fields{Name: "all", Role: "viewer", Routers: []string{"*"}})
	require.NoError(t, err)
	for name, f := range map[string]access.Fields{
		"more routers": {Name: "z", Role: "viewer", Routers: []string{"*"}},
		"other rules":  {Name: "z", Role: "operator", Routers: []string{"branch-1"}, Rules: []string{"dangerous"}},
	} {
		_, _, err := k.Create(ctx, boss, f)
		assert.Equal(t, errcode.Forbidden, codeOf(t, err), name)
		_, _, err = k.Invite(ctx, boss, f, time.Minute)
		assert.Equal(t, errcode.Forbidden, codeOf(t, err), name)
	}
	for name, f := range map[string]access.Fields{
		"in the past": {Name: "z", Role: "viewer", Routers: []string{"*"}, Expires: "2020-01-01"},
		"no field":    {},
	} {
		_, _, err := k.Create(ctx, access.Owner, f)
		assert.Equal(t, errcode.Invalid, codeOf(t, err), name)
	}
	for _, ttl := range []time.Duration{0, -time.Second, keys.MaxInvitationTTL + time.Second} {
		_, _, err := k.Invite(ctx, access.Owner, viewer("z"), ttl)
		assert.Equal(t, errcode.Invalid, codeOf(t, err))
	}
	_, _, err = k.Create(ctx, boss, viewer("own"))
	require.NoError(t, err)

	names := func(list []keys.Info) (all []string) {
		for _, i := range list {
			all = append(all, i.Name+" "+string(i.Source))
		}
		return all
	}
	assert.Equal(t, []string{"all api", "boss env", "noc file", "own api"}, names(k.List(access.Owner)))
	assert.Equal(t, []string{"boss env", "own api"}, names(k.List(boss)), "others are not seen")
	for name, want := range map[string]errcode.Code{"all": errcode.NotFound, "noc": errcode.NotFound, "boss": errcode.Declared, "none": errcode.NotFound} {
		_, err := k.Revoke(ctx, boss, name)
		assert.Equal(t, want, codeOf(t, err), name)
	}
	_, err = k.Revoke(ctx, access.Owner, "noc")
	assert.Equal(t, errcode.Declared, codeOf(t, err))
	_, _, err = k.Create(ctx, access.Owner, viewer("noc"))
	assert.Equal(t, errcode.Declared, codeOf(t, err))
}

// A declared key counts before one of the API with its name.
func TestDeclaredKeysComeFirst(t *testing.T) {
	k := open(t, register.NewMemory(), newRing(t))
	_, text, err := k.Create(t.Context(), access.Owner, viewer("noc"))
	require.NoError(t, err)
	active, err := k.Set().Find(text)
	require.NoError(t, err)
	k.Declare(keys.Declared{File: []*access.Key{parsed(t, "name=noc role=viewer routers=a hash="+access.HashOf("y").String())}})
	assert.False(t, finds(k, text))
	require.ErrorIs(t, context.Cause(active.Context), access.ErrChanged)
	require.Len(t, k.List(access.Owner), 1)
	assert.Equal(t, keys.File, k.List(access.Owner)[0].Source)
}

func TestWhatIsOverMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := open(t, register.NewMemory(), newRing(t))
		ctx := t.Context()
		_, token, err := k.Invite(ctx, access.Owner, viewer("guest"), time.Minute)
		require.NoError(t, err)
		brief := viewer("brief")
		brief.Expires = time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
		_, text, err := k.Create(ctx, access.Owner, brief)
		require.NoError(t, err)
		for i := range keys.MaxKeys - 2 {
			_, _, err := k.Create(ctx, access.Owner, viewer(fmt.Sprint("k", i)))
			require.NoError(t, err)
		}
		_, _, err = k.Create(ctx, access.Owner, viewer("one-more"))
		assert.Equal(t, errcode.Quota, codeOf(t, err))
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, k.Invited(token), keys.ErrNotInvited)
		_, err = k.Set().Find(text)
		require.ErrorIs(t, err, access.ErrExpired)
		_, _, err = k.Create(ctx, access.Owner, viewer("guest"))
		require.NoError(t, err, "its name is free")
		_, _, err = k.Create(ctx, access.Owner, viewer("one-more"))
		require.NoError(t, err, "what is over was removed")
		_, _, err = k.Create(ctx, access.Owner, viewer("too-many"))
		assert.Equal(t, errcode.Quota, codeOf(t, err))
	})
}

// away is a store that fails.
type away struct {
	register.Store

	err atomic.Pointer[error]
}

func (a *away) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if err := a.err.Load(); err != nil {
		return 0, *err
	}
	return a.Store.Put(ctx, name, value, revision)
}

func (a *away) Delete(ctx context.Context, name string, revision uint64) (uint64, error) {
	if err := a.err.Load(); err != nil {
		return 0, *err
	}
	return a.Store.Delete(ctx, name, revision)
}

func TestKeysGoOnWhileTheStoreIsAway(t *testing.T) {
	store := &away{Store: register.NewMemory()}
	k := open(t, store, newRing(t))
	ctx := t.Context()
	_, text, err := k.Create(ctx, access.Owner, viewer("noc"))
	require.NoError(t, err)
	_, token, err := k.Invite(ctx, access.Owner, viewer("guest"), time.Minute)
	require.NoError(t, err)
	failure := errors.New("the disk is full")
	store.err.Store(&failure)
	_, _, err = k.Create(ctx, access.Owner, viewer("other"))
	assert.Equal(t, errcode.StoreUnavailable, codeOf(t, err))
	_, err = k.Revoke(ctx, access.Owner, "noc")
	assert.Equal(t, errcode.StoreUnavailable, codeOf(t, err))
	_, _, err = k.Exchange(ctx, token)
	assert.Equal(t, errcode.StoreUnavailable, codeOf(t, err))
	assert.True(t, finds(k, text))
	store.err.Store(nil)
	_, _, err = k.Exchange(ctx, token)
	require.NoError(t, err, "the token was not used up")
}
