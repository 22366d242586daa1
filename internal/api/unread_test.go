package api_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
)

// smallBuffers are connections of TCP whose buffers hold little of an answer that
// nobody reads.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return conn, err
}

// unread is a server on TCP that tells when its connections close.
type unread struct {
	*httptest.Server

	closed chan net.Addr
}

// overTCP serves the site on TCP. It ends with the test, which fails when a handler
// does not return.
func (s *site) overTCP(h2 bool) *unread {
	s.t.Helper()
	u := &unread{Server: httptest.NewUnstartedServer(s.handler), closed: make(chan net.Addr, 100)}
	u.Listener = smallBuffers{u.Listener}
	u.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	u.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			u.closed <- c.RemoteAddr()
		}
	}
	if h2 {
		u.EnableHTTP2 = true
		u.StartTLS()
	} else {
		u.Start()
	}
	s.t.Cleanup(u.Close)
	return u
}

// dial connects with a small buffer.
func (u *unread) dial(t *testing.T) net.Conn {
	t.Helper()
	d := net.Dialer{}
	conn, err := d.DialContext(t.Context(), "tcp", u.Listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// large is a router whose table fills every buffer between it and a client.
var large = map[string]sim.Options{"r.test": {PPPUsers: 10_000}}

const largeCommand = `"args":["/ppp/active/print"]`

// done is an observer that hands on requests as they end.
type done struct {
	counted

	ended chan string
}

func (d *done) Request(method, route string, status int, _ time.Duration, _ bool) {
	if route != "/connect" {
		d.ended <- fmt.Sprint(method, " ", route, " ", status)
	}
}

// A client that reads nothing loses its answer, whatever it asked for, and the command
// behind it ends.
func TestAClientThatReadsNothing(t *testing.T) {
	for name, tc := range map[string]struct{ path, accept, body string }{
		"whole":  {"/run", "", `{"router_id":"in-1",` + largeCommand + `}`},
		"ndjson": {"/run", "application/x-ndjson", `{"router_id":"in-1",` + largeCommand + `}`},
		"events": {"/run", "text/event-stream", `{"router_id":"in-1",` + largeCommand + `}`},
		"batch":  {"/run/batch", "", `{"routers":["in-1"],` + largeCommand + `}`},
		"file":   {"/swagger/swagger-ui-bundle.js", "", ""}, // needs no key
	} {
		for _, h2 := range []bool{false, true} {
			for _, revoke := range []bool{false, true} {
				if revoke && tc.body == "" {
					continue
				}
				t.Run(fmt.Sprintf("%s, HTTP/2 %v, key ends %v", name, h2, revoke), func(t *testing.T) {
					t.Parallel()
					ring, withOperator := withKeys(t)
					over := &done{ended: make(chan string, 1)}
					impatient := func(o *api.Options) {
						o.Observer, o.WriteTimeout = over, time.Second // the machine is busy
						if revoke {
							o.WriteTimeout = time.Hour
						}
					}
					s := newSite(t, large, withOperator, impatient)
					s.sessions.ProbeTimeout = time.Minute // the routers have a busy processor here
					s.restart(withOperator, impatient)
					s.connect("in-1", "r.test")
					server := s.overTCP(h2)
					method, route := http.MethodPost, tc.path
					if tc.body == "" {
						method, route = http.MethodGet, "/swagger/*"
					}
					req, err := http.NewRequestWithContext(t.Context(), method, server.URL+tc.path, strings.NewReader(tc.body))
					require.NoError(t, err)
					req.Header.Set("Content-Type", "application/json")
					req.Header.Set("X-API-Key", "operator")
					req.Header.Set("Accept-Encoding", "identity")
					if tc.accept != "" {
						req.Header.Set("Accept", tc.accept)
					}
					transport := server.Client().Transport.(*http.Transport)
					transport.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: 64 << 10}
					transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return server.dial(t), nil }
					resp, err := server.Client().Do(req)
					require.NoError(t, err)
					defer func() { _ = resp.Body.Close() }()
					require.Equal(t, http.StatusOK, resp.StatusCode)
					if revoke {
						time.Sleep(100 * time.Millisecond) // most likely the write waits by then
						ring.Replace(nil)
					}
					assert.Equal(t, method+" "+route+" 200", <-over.ended)
					body, err := io.ReadAll(resp.Body)
					if err == nil { // it ended in time, and in order
						assert.Contains(t, string(body), `"code":"unauthorized"`)
					}
				})
			}
		}
	}
}

// Requests without a key, sent one after the other by a client that reads no answer,
// do not hold a connection either.
func TestPipelinedRequestsOfAClientThatReadsNothing(t *testing.T) {
	for _, path := range []string{"/assets/main.js", "/swagger/swagger-ui-bundle.js", "/swagger/doc.json", "/nowhere", "/healthz"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, nil, func(o *api.Options) { o.WriteTimeout = 100 * time.Millisecond })
			server := s.overTCP(false)
			conn := server.dial(t)
			var wg sync.WaitGroup
			wg.Go(func() { // until the server closes the connection
				request := "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"
				for {
					if _, err := io.WriteString(conn, request); err != nil {
						return
					}
				}
			})
			assert.Equal(t, conn.LocalAddr().String(), (<-server.closed).String())
			_ = conn.Close()
			wg.Wait()
		})
	}
}

// A client that reads slowly but steadily gets a large answer whole, also when that
// takes many times the write timeout.
func TestASlowClientGetsAllOfItsAnswer(t *testing.T) {
	post := func(path, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			path, apiKey, len(body), body)
	}
	for name, request := range map[string]string{
		"rows": post("/run", `{"router_id":"in-1",`+largeCommand+`}`),
		"line": post("/run/batch", `{"routers":["in-1"],`+largeCommand+`}`),
		"file": "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"page": "GET /swagger/doc.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, large, func(o *api.Options) { o.WriteTimeout = 100 * time.Second })
				s.connect("in-1", "r.test")
				conn, err := s.listen().dial(t.Context())
				require.NoError(t, err)
				_, err = io.WriteString(conn, request)
				require.NoError(t, err)
				var answer []byte
				buf := make([]byte, 1<<10)
				for n := 0; err == nil; {
					time.Sleep(time.Second)
					n, err = conn.Read(buf)
					answer = append(answer, buf[:n]...)
				}
				require.ErrorIs(t, err, io.EOF)
				resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
				require.NoError(t, err)
				defer func() { _ = resp.Body.Close() }()
				_, err = io.Copy(io.Discard, resp.Body)
				assert.NoError(t, err, "the whole answer")
			})
		})
	}
}

// With HTTP/2 a deadline that passes ends the stream, also when nothing waits to be
// written; rows that are far apart must not run into it.
func TestRowsThatAreFarApart(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}}, func(o *api.Options) { o.WriteTimeout = 200 * time.Millisecond })
	s.connect("r", "r.test")
	server := s.overTCP(true)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/run",
		strings.NewReader(`{"router_id":"r","args":["/ping","=address=192.0.2.1","=count=3"]}`))
	require.NoError(t, err)
	req.Header.Set("X-API-Key", apiKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/x-ndjson")
	resp, err := server.Client().Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, 2, resp.ProtoMajor)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), `{"done":`)
}

// Half an answer is never continued with an error: the connection is aborted.
func TestAPanicInTheMiddleOfAnAnswer(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) {
		o.Metrics = func(func(string) bool) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic("a defect")
			})
		}
	})
	for _, h2 := range []bool{false, true} {
		server := s.overTCP(h2)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/metrics", nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", apiKey)
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		require.Error(t, err)
		assert.Equal(t, "half", string(body))
		server.Close()
		assert.Contains(t, s.log.String(), "a defect")
	}
}

// When a key ends, nothing more of an answer is sent that was being sent, however fast
// its client reads; with rows, the last line says why.
func TestAnAnswerEndsWithItsKey(t *testing.T) {
	for name, tc := range map[string]struct {
		path, accept, body string
		reason             bool // is told
	}{
		"whole":  {"/run", "", `{"router_id":"in-1",` + largeCommand + `}`, false},
		"ndjson": {"/run", "application/x-ndjson", `{"router_id":"in-1",` + largeCommand + `}`, true},
		"events": {"/run", "text/event-stream", `{"router_id":"in-1",` + largeCommand + `}`, true},
		"batch":  {"/run/batch", "", `{"routers":["in-1"],` + largeCommand + `}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, withOperator := withKeys(t)
				s := newSite(t, large, withOperator)
				s.connect("in-1", "r.test")
				pipes := s.listen()
				client := &http.Client{Transport: &http.Transport{
					DisableKeepAlives: true,
					DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return pipes.dial(ctx) },
				}}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mikronec.test"+tc.path, strings.NewReader(tc.body))
				require.NoError(t, err)
				req.Header.Set("X-API-Key", "operator")
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Accept", tc.accept)
				resp, err := client.Do(req)
				require.NoError(t, err)
				_, err = io.CopyN(io.Discard, resp.Body, 1<<10)
				require.NoError(t, err)
				synctest.Wait() // a write is under way
				ring.Replace(nil)
				synctest.Wait()
				rest, err := io.ReadAll(resp.Body)
				assert.Less(t, len(rest), 256<<10, "of more than 1 MiB")
				if tc.reason {
					require.NoError(t, err)
					assert.Contains(t, string(rest[max(0, len(rest)-300):]), `"code":"unauthorized"`)
				} else {
					assert.Error(t, err, "it is not complete")
				}
				_ = resp.Body.Close()
			})
		})
	}
}
