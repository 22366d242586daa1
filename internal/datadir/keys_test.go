package datadir_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/keys"
)

// withKeys opens a folder as the server does.
func withKeys(t *testing.T, dir string, use func(k *keys.Keys)) {
	t.Helper()
	g, _, err := datadir.Open(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	store, err := datadir.OpenKeys(dir)
	require.NoError(t, err)
	k, err := keys.Open(t.Context(), store, g.Ring(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	use(k)
	require.NoError(t, k.Close())
	require.NoError(t, g.Close())
}

func TestRotateSealsAPIKeysAgain(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, datadir.Keys{}, 1)
	var text, token string
	fields := func(name string) access.Fields {
		return access.Fields{Name: name, Role: "viewer", Routers: []string{"*"}}
	}
	withKeys(t, dir, func(k *keys.Keys) {
		var err error
		_, text, err = k.Create(t.Context(), access.Owner, fields("noc"))
		require.NoError(t, err)
		_, token, err = k.Invite(t.Context(), access.Owner, fields("guest"), time.Hour)
		require.NoError(t, err)
	})
	for range 2 {
		_, err := datadir.Rotate(t.Context(), dir, datadir.Keys{})
		require.NoError(t, err)
		withKeys(t, dir, func(k *keys.Keys) {
			_, err := k.Set().Find(text)
			require.NoError(t, err)
			assert.NoError(t, k.Invited(token))
		})
	}
}
