package register_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

func TestRotate(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		one, two := keyLine("one"), keyLine("two")
		g := openRegister(t, s, ringOf(t, one))
		for _, r := range some() {
			_, err := g.Put(t.Context(), r)
			require.NoError(t, err)
		}
		g = openRegister(t, s, ringOf(t, two, one))
		n, err := g.Rotate(t.Context())
		require.NoError(t, err)
		assert.Equal(t, len(some()), n)
		n, err = g.Rotate(t.Context())
		require.NoError(t, err)
		assert.Zero(t, n)
		_, list, err := register.Open(t.Context(), s, ringOf(t, two))
		require.NoError(t, err)
		assert.Len(t, list, len(some()))
		_, _, err = register.Open(t.Context(), s, ringOf(t, one))
		require.ErrorIs(t, err, secret.ErrUnknownKey)
	})
}

// busy is a store in which others do something between a reading and the writes that follow.
type busy struct {
	register.Store

	others func(pass int)
	passes int
	full   bool // writes fail
}

func (b *busy) List(ctx context.Context) ([]register.Entry, error) {
	entries, err := b.Store.List(ctx)
	b.others(b.passes)
	b.passes++
	return entries, err
}

var errFull = errors.New("no space left on device")

func (b *busy) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if b.full {
		return 0, errFull
	}
	return b.Store.Put(ctx, name, value, revision)
}

// instance is another process with the store, whose ring still has the old key first.
type instance struct {
	t *testing.T
	s register.Store
	g *register.Register
}

func (i instance) router(id string) register.Router {
	i.t.Helper()
	list, err := i.g.List(i.t.Context())
	require.NoError(i.t, err)
	at := slices.IndexFunc(list, func(r register.Router) bool { return r.ID == id })
	require.GreaterOrEqual(i.t, at, 0)
	return list[at]
}

// comment changes the comment of a router.
func (i instance) comment(id, text string) {
	i.t.Helper()
	r := i.router(id)
	r.Comment = text
	_, err := i.g.Put(i.t.Context(), r)
	require.NoError(i.t, err)
}

// Instances register, change and remove routers while their passwords are sealed again.
func TestRotateWhileOthersWrite(t *testing.T) {
	one, two := keyLine("one"), keyLine("two")
	for name, tt := range map[string]struct {
		others func(i instance, pass int)
		want   map[string]string // comments of routers; "-" for none of this id
	}{
		"nobody does": {func(instance, int) {}, map[string]string{"a": ""}},
		"changed": {func(i instance, pass int) {
			if pass < 3 {
				i.comment("a", "roof")
				i.comment("pin", "cellar")
			}
		}, map[string]string{"a": "roof", "pin": "cellar"}},
		"removed": {func(i instance, pass int) {
			if pass == 0 {
				require.NoError(i.t, i.g.Delete(i.t.Context(), "a", i.router("a").Revision))
			}
		}, map[string]string{"a": "-"}},
		"registered": {func(i instance, pass int) {
			if pass == 0 {
				r := some()[0]
				r.ID = "new"
				_, err := i.g.Put(i.t.Context(), r)
				require.NoError(i.t, err)
			}
		}, map[string]string{"a": "", "new": ""}},
		"sealed again by somebody else": {func(i instance, pass int) {
			if pass == 0 {
				_, err := openRegister(i.t, i.s, ringOf(i.t, two, one)).Rotate(i.t.Context())
				require.NoError(i.t, err)
			}
		}, map[string]string{"a": ""}},
	} {
		test := func(t *testing.T, s register.Store) {
			other := instance{t, s, openRegister(t, s, ringOf(t, one, two))}
			for _, r := range some() {
				_, err := other.g.Put(t.Context(), r)
				require.NoError(t, err)
			}
			b := &busy{Store: s, others: func(int) {}}
			g := openRegister(t, b, ringOf(t, two, one))
			b.others, b.passes = func(pass int) { tt.others(other, pass) }, 0
			_, err := g.Rotate(t.Context())
			require.NoError(t, err)

			_, list, err := register.Open(t.Context(), s, ringOf(t, two))
			require.NoError(t, err)
			there := make(map[string]string)
			for _, r := range list {
				there[r.ID] = r.Comment
			}
			for id, want := range tt.want {
				got, ok := there[id]
				assert.Equal(t, want != "-", ok, id)
				if ok {
					assert.Equal(t, want, got, id)
				}
			}
			_, _, err = register.Open(t.Context(), s, ringOf(t, one))
			assert.ErrorAs(t, err, new(*register.WrongRingError))
		}
		t.Run(name, func(t *testing.T) { eachStore(t, test) })
	}
}

// A rotation that does not come to its end says what is left, keeps the canary of the old
// key, and ends when it is called again.
func TestARotationThatDoesNotEnd(t *testing.T) {
	one, two := keyLine("one"), keyLine("two")
	for name, tt := range map[string]struct {
		begin func(b *busy, other instance)
		want  string
		is    error
		n     int
	}{
		"others always write one": {
			func(b *busy, other instance) { b.others = func(int) { other.comment("a", "again") } },
			"passwords of the register: 1 records are left with another key, so rotate again", register.ErrRevision, len(some()) - 1,
		},
		"the disk is full": {
			func(b *busy, _ instance) { b.full = true },
			"passwords of the register: 8 records are left with another key, so rotate again", errFull, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := register.NewMemory()
			other := instance{t, s, openRegister(t, s, ringOf(t, one, two))}
			for _, r := range some() {
				_, err := other.g.Put(t.Context(), r)
				require.NoError(t, err)
			}
			b := &busy{Store: s, others: func(int) {}}
			g := openRegister(t, b, ringOf(t, two, one))
			tt.begin(b, other)
			n, err := g.Rotate(t.Context())
			require.ErrorIs(t, err, tt.is)
			require.ErrorContains(t, err, tt.want)
			assert.Equal(t, tt.n, n)
			assert.LessOrEqual(t, b.passes, 12, "it ends")
			_, _, err = register.Open(t.Context(), s, ringOf(t, one))
			_, wrong := errors.AsType[*register.WrongRingError](err)
			assert.False(t, wrong, "the canary of the old key is there: %v", err)

			b.others, b.full = func(int) {}, false
			n, err = g.Rotate(t.Context())
			require.NoError(t, err)
			assert.Equal(t, len(some())-tt.n, n)
			_, list, err := register.Open(t.Context(), s, ringOf(t, two))
			require.NoError(t, err)
			assert.Len(t, list, len(some()))
			_, _, err = register.Open(t.Context(), s, ringOf(t, one))
			require.ErrorAs(t, err, new(*register.WrongRingError))
			require.ErrorIs(t, err, secret.ErrUnknownKey)
		})
	}
}
