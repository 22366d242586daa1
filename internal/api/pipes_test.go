package api_test

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/openapi"
)

// pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// listen serves the site over pipes, through net/http, until the test ends.
func (s *site) listen() *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: s.handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(p) })
	s.t.Cleanup(func() {
		_ = server.Close()
		wg.Wait()
	})
	return p
}

// stream is an open answer and the client that reads it.
type stream struct {
	t    testing.TB
	head *http.Response
	in   *bufio.Reader
}

// client is a client on the pipes that holds every answer against the document.
func (p *pipes) client(t testing.TB, transport *http.Transport) *http.Client {
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx) }
	return &http.Client{Transport: &openapi.Transport{RoundTripper: transport, Document: document(), Report: func(err error) {
		assert.NoError(t, err, "not in docs/openapi.json")
	}}}
}

// open opens a stream; headers are pairs. Unless they say otherwise it is
// compressed, as for browsers, and the client takes that back.
func (s *site) open(p *pipes, path string, headers ...string) *stream {
	s.t.Helper()
	return openWith(s.t, p.client(s.t, &http.Transport{DisableKeepAlives: true}), "http://mikronec.test"+path, headers...)
}

func openWith(t testing.TB, client *http.Client, url string, headers ...string) *stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-Key", apiKey)
	req.Header.Set("Origin", "https://dash.example")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return &stream{t: t, head: resp, in: bufio.NewReader(resp.Body)}
}

// idAfter reads until an event with that text, and returns its id.
func (s *stream) idAfter(text string) string {
	s.t.Helper()
	for {
		if block := s.block(); strings.Contains(block, text) {
			id, _, _ := strings.Cut(strings.TrimPrefix(block, "id: "), "\n")
			return id
		}
	}
}

// block reads up to and with the next empty line; a hint when to come back and a
// comment, which end no event, are lines of their own.
func (s *stream) block() string {
	s.t.Helper()
	var text strings.Builder
	for {
		line, err := s.in.ReadString('\n')
		require.NoError(s.t, err, text.String())
		assert.NotContains(s.t, line, password)
		assert.NotContains(s.t, line, apiKey)
		text.WriteString(line)
		if line == "\n" || text.Len() == len(line) && (line[0] == ':' || strings.HasPrefix(line, "retry: ")) {
			return text.String()
		}
	}
}
