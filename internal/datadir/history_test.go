package datadir_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/history"
)

func openHistory(t testing.TB, dir string, limit int64) *datadir.History {
	t.Helper()
	h, damaged, err := datadir.OpenHistory(dir, limit)
	require.NoError(t, err)
	require.NoError(t, damaged)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// blocks are those of an hour of some routers, as large as those of five interfaces.
func blocks(hour int64, routers int) (list []history.Block) {
	for i := range routers {
		list = append(list, history.Block{Router: fmt.Sprintf("router-%04d", i), Data: block(hour, i)})
	}
	return list
}

func block(hour int64, router int) []byte {
	return fmt.Append(bytes.Repeat([]byte{byte(hour), byte(router)}, 220), hour, " ", router)
}

func hours(t testing.TB, h *datadir.History, router int) (list []int64) {
	t.Helper()
	require.NoError(t, h.Load(fmt.Sprintf("router-%04d", router), 0, 1<<40, func(hour int64, data []byte) {
		list = append(list, hour)
		require.Equal(t, block(hour, router), data)
	}))
	return list
}

func TestTheHistoryIsInOneFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	h := openHistory(t, dir, datadir.MaxHistory)
	for hour := int64(100); hour < 110; hour++ {
		require.NoError(t, h.Save(hour, blocks(hour, 3)))
	}
	require.NoError(t, h.Save(105, blocks(105, 5)), "again")
	_, _, err := datadir.OpenHistory(dir, datadir.MaxHistory)
	require.Error(t, err, "one process can have it open")
	require.NoError(t, h.Close())
	h = openHistory(t, dir, datadir.MaxHistory)
	assert.Len(t, hours(t, h, 2), 10)
	assert.Equal(t, []int64{105}, hours(t, h, 4))
	assert.Empty(t, hours(t, h, 7))
	require.NoError(t, h.Prune(108))
	assert.Equal(t, []int64{108, 109}, hours(t, h, 0))
	require.NoError(t, h.Load("router-0000", 109, 109, func(hour int64, _ []byte) { assert.Equal(t, int64(109), hour) }))
}

// When the file is full, the oldest hours go. It does not grow beyond its bound.
func TestAFullHistoryLosesItsOldestHours(t *testing.T) {
	const limit = 2 << 20
	dir := t.TempDir()
	h := openHistory(t, dir, limit)
	const last = 100
	for hour := range int64(last) {
		require.NoError(t, h.Save(hour, blocks(hour, 100)))
		info, err := os.Stat(filepath.Join(dir, "history.db"))
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(limit))
	}
	kept := hours(t, h, 50)
	assert.Greater(t, len(kept), 20)
	assert.Less(t, len(kept), 45)
	for i, hour := range kept {
		assert.Equal(t, int64(last-len(kept)+i), hour, "the newest ones, without a gap")
	}
	assert.NoError(t, h.Save(last, blocks(last, 10_000)), "more than fits is kept alone")
}

func TestADamagedHistoryIsPutAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("rubbish "), 8192), 0o600))
	h, damaged, err := datadir.OpenHistory(dir, datadir.MaxHistory)
	require.NoError(t, err)
	require.Error(t, damaged)
	assert.FileExists(t, path+".damaged")
	require.NoError(t, h.Save(1, blocks(1, 1)))
	assert.Len(t, hours(t, h, 0), 1)
	require.NoError(t, h.Close())
}

// writer has this test program write hours, and say which ones are written.
const writer = "MIKRONEC_TEST_WRITE_HISTORY"

func TestMain(m *testing.M) {
	dir := os.Getenv(writer)
	if dir == "" {
		os.Exit(m.Run())
	}
	h, _, err := datadir.OpenHistory(dir, 1<<20)
	if err != nil {
		panic(err)
	}
	from, _ := strconv.ParseInt(os.Getenv(writer+"_FROM"), 10, 64)
	for hour := from; ; hour++ {
		if err := h.Save(hour, blocks(hour, 50)); err != nil {
			panic(err)
		}
		fmt.Println(hour)
	}
}

// A process that is killed at any moment leaves every hour that it has written, or has
// begun to.
func TestAHistoryWhoseWriterIsKilled(t *testing.T) {
	dir := t.TempDir()
	next := int64(1)
	for range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), writer+"="+dir, writer+"_FROM="+fmt.Sprint(next))
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		require.True(t, lines.Scan())
		time.AfterFunc(rand.N(30*time.Millisecond), cancel)
		written := next
		for more := true; more; more = lines.Scan() {
			if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil { // the last line may be cut
				written = max(written, n)
			}
		}
		_ = cmd.Wait()
		cancel()

		h := openHistory(t, dir, 1<<20)
		kept := hours(t, h, 49)
		require.NotEmpty(t, kept)
		last := kept[len(kept)-1]
		require.Contains(t, []int64{written, written + 1}, last, "the last that was told, or one that was not")
		require.Len(t, kept, int(last-kept[0])+1, "without a gap")
		require.NoError(t, h.Close())
		next = last + 1
	}
}
