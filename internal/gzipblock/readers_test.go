package gzipblock_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

const patience = 20 * time.Second // before a test is given up

// Other programs read it too, where they are installed.
func TestGunzip(t *testing.T) {
	var blocks []gzipblock.Block
	var want []byte
	for _, s := range streamOf(t) {
		blocks = append(blocks, s.block)
		want = append(want, s.plain...)
	}
	data := member(blocks...)
	requirePlain(t, string(want), data)
	if _, err := exec.LookPath("gunzip"); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "gunzip", "-c")
	cmd.Stdin = bytes.NewReader(data)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	got, err := cmd.Output()
	require.NoError(t, err, problems.String())
	assert.Empty(t, problems.String())
	assert.True(t, bytes.Equal(want, got))
}

// Clients of HTTP show each event before the next is sent.
func TestHTTPClients(t *testing.T) {
	t.Run("net/http", func(t *testing.T) {
		testClient(t, func(ctx context.Context, url string) io.Reader {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
			require.NoError(t, err)
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			require.NoError(t, err)
			t.Cleanup(func() { _ = resp.Body.Close() })
			assert.True(t, resp.Uncompressed)
			return resp.Body
		})
	})
	if _, err := exec.LookPath("curl"); err != nil {
		return
	}
	t.Run("curl", func(t *testing.T) {
		testClient(t, func(ctx context.Context, url string) io.Reader {
			cmd := exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--no-buffer", "--compressed", url)
			var problems bytes.Buffer
			cmd.Stderr = &problems
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			t.Cleanup(func() { assert.NoError(t, cmd.Wait(), problems.String()) })
			return out
		})
	})
}

// testClient lets the server send the next event when the client has shown the
// one before.
func testClient(t *testing.T, get func(ctx context.Context, url string) io.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel) // after the client has ended
	next := make(chan gzipblock.Block)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Encoding", "gzip")
		var m gzipblock.Member
		_, _ = w.Write(gzipblock.Header())
		_ = http.NewResponseController(w).Flush()
		for b := range next {
			_, _ = w.Write(b.Data)
			_ = http.NewResponseController(w).Flush()
			m.Add(b)
		}
		_, _ = w.Write(m.Trailer())
	}))
	t.Cleanup(server.Close)
	end := sync.OnceFunc(func() { close(next) })
	t.Cleanup(end) // so that the server can close

	shown := get(ctx, server.URL)
	for _, s := range streamOf(t) {
		select {
		case next <- s.block:
		case <-ctx.Done():
			require.NoError(t, ctx.Err())
		}
		got := make([]byte, len(s.plain))
		_, err := io.ReadFull(shown, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(s.plain, got))
	}
	end()
	rest, err := io.ReadAll(shown)
	require.NoError(t, err)
	assert.Empty(t, rest)
}
