package keys_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

func TestKeysComeBackAsTheyWere(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "keys.db"), newRing(t)
	ctx := t.Context()
	run := func(use func(k *keys.Keys)) {
		store, err := register.OpenFile(path)
		require.NoError(t, err)
		k, err := keys.Open(ctx, store, ring, noLog)
		require.NoError(t, err)
		use(k)
		require.NoError(t, k.Close())
	}
	var made keys.Info
	var text, token string
	run(func(k *keys.Keys) {
		var err error
		made, text, err = k.Create(ctx, access.Owner, access.Fields{
			Name: "shop.", Role: "operator", Routers: []string{"a-*", "hq"}, Rules: []string{"/ppp/*:print", "!/ppp/secret"}, Expires: "2127-01-31",
		})
		require.NoError(t, err)
		_, token, err = k.Invite(ctx, access.Owner, viewer("guest"), time.Hour)
		require.NoError(t, err)
		_, _, err = k.Create(ctx, access.Owner, viewer("gone"))
		require.NoError(t, err)
		_, err = k.Revoke(ctx, access.Owner, "gone")
		require.NoError(t, err)
	})
	run(func(k *keys.Keys) {
		list := k.List(access.Owner)
		require.Len(t, list, 1)
		assert.Equal(t, made.Line(), list[0].Line())
		assert.Equal(t, made.ID(), list[0].ID(), "tickets stay valid")
		assert.True(t, made.Created.Equal(list[0].Created))
		key, err := k.Set().Find(text)
		require.NoError(t, err)
		require.NoError(t, key.Commands.Check([]string{"/ppp/active/print"}))
		require.Error(t, key.Commands.Check([]string{"/ppp/secret/print"}))
		_, _, err = k.Exchange(ctx, token)
		require.NoError(t, err)
	})
}

// Who can read the store learns neither keys nor tokens, nor even names and hashes.
func TestTheStoreHasNoSecrets(t *testing.T) {
	store := register.NewMemory()
	k := open(t, store, newRing(t))
	made, text, err := k.Create(t.Context(), access.Owner, viewer("the-name-of-it"))
	require.NoError(t, err)
	_, token, err := k.Invite(t.Context(), access.Owner, viewer("guest-of-it"), time.Hour)
	require.NoError(t, err)
	entries, err := store.List(t.Context())
	require.NoError(t, err)
	require.Len(t, entries, 2)
	for _, e := range entries {
		for _, hidden := range []string{text, token, made.Hash.String(), access.HashOf(token).String(), "the-name", "guest-of"} {
			assert.NotContains(t, e.Name+string(e.Value), hidden)
		}
	}
}

// Who can write to the store, without the ring, can make no key, nor one of another.
func TestRecordsOfOthersAreNoKeys(t *testing.T) {
	ctx, ring := t.Context(), newRing(t)
	foreign := register.NewMemory()
	_, text, err := open(t, foreign, newRing(t)).Create(ctx, access.Owner, viewer("noc"))
	require.NoError(t, err)
	list, err := foreign.List(ctx)
	require.NoError(t, err)
	forged := list[0].Value

	for name, value := range map[string][]byte{
		"sealed with another ring": forged, "plain": []byte(`{"form":1,"name":"noc","role":"admin","routers":["*"]}`), "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			store := register.NewMemory()
			_, err := store.Put(ctx, list[0].Name, value, 0)
			require.NoError(t, err)
			_, err = keys.Open(ctx, shared{store}, ring, noLog)
			require.ErrorContains(t, err, `the record of the API key "noc"`)
		})
		t.Run(name+", later", func(t *testing.T) {
			store := register.NewMemory()
			k := open(t, store, ring)
			_, own, err := k.Create(ctx, access.Owner, viewer("noc"))
			require.NoError(t, err)
			now, err := store.List(ctx)
			require.NoError(t, err)
			_, err = store.Put(ctx, now[0].Name, value, now[0].Revision)
			require.NoError(t, err)
			soon(t, "the key ends: nobody knows what it permits", func() bool { return !finds(k, own) })
			assert.False(t, finds(k, text))
		})
	}
	t.Run("in the place of another", func(t *testing.T) {
		store := register.NewMemory()
		k := open(t, store, ring)
		_, own, err := k.Create(ctx, access.Owner, access.Fields{Name: "boss", Role: "admin", Routers: []string{"*"}})
		require.NoError(t, err)
		_, low, err := k.Create(ctx, access.Owner, viewer("low"))
		require.NoError(t, err)
		now, err := store.List(ctx)
		require.NoError(t, err)
		boss, lower := now[0], now[1]
		_, err = store.Put(ctx, lower.Name, boss.Value, lower.Revision)
		require.NoError(t, err)
		soon(t, "it ends", func() bool { return !finds(k, low) })
		assert.True(t, finds(k, own))
		assert.Len(t, k.List(access.Owner), 1)
	})
}

func TestRotate(t *testing.T) {
	ctx, store := t.Context(), register.NewMemory()
	old, fresh := secret.NewKey(time.Now()), secret.NewKey(time.Now())
	rings := func(lines ...string) *secret.Ring {
		ring, err := secret.ParseRing(strings.Join(lines, "\n"))
		require.NoError(t, err)
		return ring
	}
	k, err := keys.Open(ctx, shared{store}, rings(old), noLog)
	require.NoError(t, err)
	_, text, err := k.Create(ctx, access.Owner, viewer("noc"))
	require.NoError(t, err)
	_, token, err := k.Invite(ctx, access.Owner, viewer("guest"), time.Hour)
	require.NoError(t, err)
	require.NoError(t, k.Close())
	for _, want := range []int{2, 0} {
		n, err := keys.Rotate(ctx, store, rings(fresh, old))
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	k = open(t, store, rings(fresh))
	assert.True(t, finds(k, text))
	assert.NoError(t, k.Invited(token))
	_, err = keys.Open(ctx, shared{store}, rings(old), noLog)
	require.ErrorIs(t, err, secret.ErrUnknownKey)
	entries, err := store.List(ctx)
	require.NoError(t, err)
	assert.False(t, bytes.Equal(entries[0].Value, entries[1].Value))
}

// While records are sealed again, a key is taken back, another one is made and an invitation
// is exchanged.
func TestRotateWhileOthersWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := t.Context(), register.NewMemory()
		old, fresh := secret.NewKey(time.Now()), secret.NewKey(time.Now())
		rings := func(lines ...string) *secret.Ring {
			ring, err := secret.ParseRing(strings.Join(lines, "\n"))
			require.NoError(t, err)
			return ring
		}
		k := open(t, store, rings(old, fresh))
		_, kept, err := k.Create(ctx, access.Owner, viewer("noc"))
		require.NoError(t, err)
		_, gone, err := k.Create(ctx, access.Owner, viewer("gone"))
		require.NoError(t, err)
		_, token, err := k.Invite(ctx, access.Owner, viewer("guest"), time.Hour)
		require.NoError(t, err)
		active, err := k.Set().Find(kept)
		require.NoError(t, err)
		var made, exchanged string
		others := sync.OnceFunc(func() {
			_, err := k.Revoke(ctx, access.Owner, "gone")
			require.NoError(t, err)
			_, made, err = k.Create(ctx, access.Owner, viewer("new"))
			require.NoError(t, err)
			_, exchanged, err = k.Exchange(ctx, token)
			require.NoError(t, err)
		})
		n, err := keys.Rotate(ctx, &listed{store, others}, rings(fresh, old))
		require.NoError(t, err)
		assert.Equal(t, 3, n)
		synctest.Wait() // what was sealed again has come to k
		for name, at := range map[string]*keys.Keys{"there": k, "after a restart with the new key": open(t, store, rings(fresh))} {
			for _, text := range []string{kept, made, exchanged} {
				assert.True(t, finds(at, text), name)
			}
			assert.False(t, finds(at, gone), name)
		}
		assert.NoError(t, active.Context.Err(), "streams of the key go on")

		n, err = keys.Rotate(ctx, &listed{store, func() {
			_, err := store.Put(ctx, "keys.bm9j", entry(t, store, "keys.bm9j").Value, entry(t, store, "keys.bm9j").Revision)
			require.NoError(t, err)
		}}, rings(old, fresh))
		require.ErrorIs(t, err, register.ErrRevision)
		require.ErrorContains(t, err, "API keys: 1 records are left with another key, so rotate again")
		assert.Equal(t, 2, n)
	})
}

// listed is a store in which others do something after each reading.
type listed struct {
	register.Store

	others func()
}

func (l *listed) List(ctx context.Context) ([]register.Entry, error) {
	entries, err := l.Store.List(ctx)
	l.others()
	return entries, err
}

func entry(t *testing.T, store register.Store, name string) register.Entry {
	t.Helper()
	entries, err := store.List(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(entries, func(e register.Entry) bool { return e.Name == name })
	require.GreaterOrEqual(t, i, 0)
	return entries[i]
}

// A server with as many keys as there may be starts as quickly as another.
func BenchmarkOpen(b *testing.B) {
	ring, store := newRing(b), register.NewMemory()
	k := open(b, store, ring)
	for i := range keys.MaxKeys {
		_, _, err := k.Create(b.Context(), access.Owner, viewer(fmt.Sprint("k", i)))
		require.NoError(b, err)
	}
	for b.Loop() {
		k, err := keys.Open(b.Context(), shared{store}, ring, noLog)
		require.NoError(b, err)
		require.NoError(b, k.Close())
	}
}
