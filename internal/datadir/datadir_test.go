package datadir_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

const word = "s3cr3t-word"

// fill registers n routers in a folder.
func fill(t *testing.T, dir string, keys datadir.Keys, n int) {
	t.Helper()
	g, _, err := datadir.Open(t.Context(), dir, keys)
	require.NoError(t, err)
	for i := range n {
		_, err = g.Put(t.Context(), register.Router{ID: fmt.Sprint(i), Key: pool.Key{Addr: "r:8728", User: "u", Password: secret.New(word)}})
		require.NoError(t, err)
	}
	require.NoError(t, g.Close())
}

// count opens a folder and returns the number of its routers.
func count(t *testing.T, dir string, keys datadir.Keys) int {
	t.Helper()
	g, list, err := datadir.Open(t.Context(), dir, keys)
	require.NoError(t, err)
	require.NoError(t, g.Close())
	for _, r := range list {
		assert.Equal(t, word, r.Key.Password.Reveal())
	}
	return len(list)
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(text)
}

func TestAFolderMakesItsKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	fill(t, dir, datadir.Keys{}, 3)
	assert.Equal(t, 3, count(t, dir, datadir.Keys{}))
	first := read(t, dir, "secrets.key")
	assert.NotContains(t, read(t, dir, "routers.db"), word)

	require.NoError(t, os.Remove(filepath.Join(dir, "secrets.key")))
	_, _, err := datadir.Open(t.Context(), dir, datadir.Keys{})
	require.ErrorContains(t, err, "restore "+filepath.Join(dir, "secrets.key"))
	assert.NoFileExists(t, filepath.Join(dir, "secrets.key"))
	assert.Equal(t, 3, count(t, dir, datadir.Keys{Text: first}), "the keys may be given instead")
}

// A first start that ended before the keys were made is none.
func TestAFirstStartThatWasInterrupted(t *testing.T) {
	dir := t.TempDir()
	f, err := register.OpenFile(filepath.Join(dir, "routers.db"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	fill(t, dir, datadir.Keys{}, 1)
	assert.Equal(t, 1, count(t, dir, datadir.Keys{}))
}

func TestNoFolder(t *testing.T) {
	g, list, err := datadir.Open(t.Context(), "", datadir.Keys{})
	require.NoError(t, err)
	assert.Empty(t, list)
	require.NoError(t, g.Close())
	_, _, err = datadir.Open(t.Context(), "", datadir.Keys{Text: "rubbish"})
	require.ErrorContains(t, err, "SECRETS_KEY")
	_, err = datadir.Rotate(t.Context(), t.TempDir(), datadir.Keys{})
	require.ErrorContains(t, err, "no register")
}

func TestRotateKeysInTheFolder(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, datadir.Keys{}, 3)
	old := read(t, dir, "secrets.key")
	done, err := datadir.Rotate(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	assert.Equal(t, 3, done.Passwords)
	assert.True(t, done.Made)
	fresh := read(t, dir, "secrets.key")
	assert.True(t, strings.HasPrefix(fresh, done.Key+"="))
	assert.Equal(t, 1, strings.Count(fresh, "\n"))
	assert.NotContains(t, fresh, old)
	assert.Equal(t, 3, count(t, dir, datadir.Keys{}))
	_, _, err = datadir.Open(t.Context(), dir, datadir.Keys{Text: old})
	require.ErrorIs(t, err, secret.ErrUnknownKey)
}

func TestRotateKeysThatAreGiven(t *testing.T) {
	dir := t.TempDir()
	one, two := secret.NewKey(time.Now()), "second="+strings.SplitN(secret.NewKey(time.Now()), "=", 2)[1]
	fill(t, dir, datadir.Keys{Text: one}, 3)
	assert.Equal(t, 3, count(t, dir, datadir.Keys{Text: two + ";" + one}), "before it is rotated")
	done, err := datadir.Rotate(t.Context(), dir, datadir.Keys{Text: two + ";" + one})
	require.NoError(t, err)
	assert.Equal(t, datadir.Rotated{Passwords: 3, Key: "second"}, done)
	assert.Equal(t, 3, count(t, dir, datadir.Keys{Text: two}))
	assert.NoFileExists(t, filepath.Join(dir, "secrets.key"))
}

// Wherever a rotation is interrupted, the keys in the folder open all of it.
func TestARotationThatIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, datadir.Keys{}, 3)
	old := read(t, dir, "secrets.key")
	_, err := datadir.Rotate(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	fresh := read(t, dir, "secrets.key")
	// The state in the middle: both keys, passwords under either of them.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secrets.key"), []byte(old+fresh), 0o600))
	g, list, err := datadir.Open(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	_, err = g.Put(t.Context(), list[0])
	require.NoError(t, err)
	require.NoError(t, g.Close())
	done, err := datadir.Rotate(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	assert.Equal(t, 3, done.Passwords)
	assert.Equal(t, 3, count(t, dir, datadir.Keys{}))
	assert.Equal(t, 1, strings.Count(read(t, dir, "secrets.key"), "\n"))
}

func TestRotateWhileTheFolderIsInUse(t *testing.T) {
	dir := t.TempDir()
	g, _, err := datadir.Open(t.Context(), dir, datadir.Keys{})
	require.NoError(t, err)
	_, err = datadir.Rotate(t.Context(), dir, datadir.Keys{})
	require.ErrorContains(t, err, "in use by another process")
	require.NoError(t, g.Close())
}
