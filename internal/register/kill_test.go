package register_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// writerEnv makes the test program the writer that TestKilledBetweenWrites kills.
const writerEnv = "MIKRONEC_TEST_WRITER"

const writerRing = "k=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		if err := write(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func openFile(path string) (*register.Register, map[string]register.Router, error) {
	ring, err := secret.ParseRing(writerRing)
	if err != nil {
		return nil, nil, err
	}
	store, err := register.OpenFile(path)
	if err != nil {
		return nil, nil, err
	}
	g, list, err := register.Open(context.Background(), store, ring)
	if err != nil {
		return nil, nil, err
	}
	routers := make(map[string]register.Router)
	for _, r := range list {
		routers[r.ID] = r
	}
	return g, routers, nil
}

// write changes random routers until it is killed. It prints a line before each write and
// one after it has returned.
func write(path string) error {
	g, routers, err := openFile(path)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := fmt.Sprint("router-", rand.IntN(8))
		r, known := routers[id]
		if known && rand.IntN(3) == 0 {
			fmt.Printf("begin %s -\n", id)
			if err := g.Delete(context.Background(), id, r.Revision); err != nil {
				return err
			}
			delete(routers, id)
			fmt.Printf("done %s -\n", id)
			continue
		}
		word := strconv.FormatUint(rand.Uint64(), 36)
		r = register.Router{ID: id, Revision: r.Revision, Key: pool.Key{Addr: "192.0.2.1:8728", User: "api", Password: secret.New(word)}}
		fmt.Printf("begin %s %s\n", id, word)
		if r.Revision, err = g.Put(context.Background(), r); err != nil {
			return err
		}
		routers[id] = r
		fmt.Printf("done %s %s\n", id, word)
	}
}

// A process that is killed at any moment leaves what it had acknowledged, and of a write
// that had begun either nothing or all.
func TestKilledBetweenWrites(t *testing.T) {
	const kills = 200
	path := filepath.Join(t.TempDir(), "routers.db")
	state := make(map[string]string) // acknowledged passwords by router_id
	writes := 0
	for range kills {
		id, word, n := killWriter(t, path, state)
		writes += n
		g, routers, err := openFile(path)
		require.NoError(t, err)
		require.NoError(t, g.Close())
		got := make(map[string]string)
		for id, r := range routers {
			got[id] = r.Key.Password.Reveal()
		}
		if id != "" && got[id] == word { // the write that had begun was done
			put(state, id, word)
		}
		require.Equal(t, state, got)
	}
	assert.Greater(t, writes, kills, "the writer got to write")
}

// killWriter lets the writer run for a moment, keeps what it acknowledged in state, and
// returns the write that had begun and how many were done.
func killWriter(t *testing.T, path string, state map[string]string) (id, word string, writes int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) // #nosec G204 G702 -- this test program
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		parts := strings.Fields(lines.Text())
		if len(parts) != 3 {
			break // cut off by the kill
		}
		if writes++; writes == 1 {
			time.AfterFunc(rand.N(10*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
		if parts[0] == "begin" {
			id, word = parts[1], parts[2]
			continue
		}
		put(state, parts[1], parts[2])
		id = ""
	}
	require.Error(t, cmd.Wait())
	require.Equal(t, -1, cmd.ProcessState.ExitCode(), "killed, and did not end by itself")
	if word == "-" {
		word = ""
	}
	return id, word, writes
}

func put(state map[string]string, id, word string) {
	if word == "-" || word == "" {
		delete(state, id)
		return
	}
	state[id] = word
}
