package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/sse"
)

// ways are how a stream can reach its client: on a connection that was taken over,
// with TLS or without, and as a stream of HTTP/2.
var ways = map[string]func(*httptest.Server){
	"HTTP/1":           (*httptest.Server).Start,
	"HTTP/1, with TLS": (*httptest.Server).StartTLS,
	"HTTP/2": func(server *httptest.Server) {
		server.EnableHTTP2 = true
		server.StartTLS()
	},
}

// gzipSite is a router that is watched, on real sockets.
func gzipSite(t *testing.T, start func(*httptest.Server)) (*site, *httptest.Server) {
	t.Helper()
	s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 40, Seed: 7}}, allowed, func(o *api.Options) {
		beating := streaming(o.Ready)
		beating.Heartbeat = 400 * time.Millisecond
		o.Streams = sse.New(beating)
		t.Cleanup(func() { o.Streams.Close(time.Second) })
	})
	s.connect("r", "r.test")
	server := httptest.NewUnstartedServer(s.handler)
	start(server)
	t.Cleanup(server.Close)
	return s, server
}

var uptimes = regexp.MustCompile(`"(uptime|uptime-seconds|ts)":("[^"]*"|\d+),?`)

const gzipWatch = "/sse/r?topics=sessions,ppp_active&mode=delta"

// event is the next block that is not a comment, without what is random.
func (s *stream) event() string {
	for {
		if b := s.block(); b != ":\n" && !retryLine.MatchString(b) {
			return b
		}
	}
}

// A client with gzip and one without read the same events, each as soon as it is
// there: the next one is caused only when both have it.
func TestGzipStreams(t *testing.T) {
	for way, start := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel() // most of the time they wait for the next poll
			s, server := gzipSite(t, start)
			zipped := openWith(t, server.Client(), server.URL+gzipWatch)
			assert.True(t, zipped.head.Uncompressed, "it was compressed, and the client took that back")
			assert.Equal(t, way == "HTTP/2", zipped.head.ProtoMajor == 2)
			plain := openWith(t, server.Client(), server.URL+gzipWatch, "Accept-Encoding", "gzip;q=0")
			assert.Empty(t, plain.head.Header.Get("Content-Encoding"))
			for _, st := range []*stream{zipped, plain} {
				assert.Contains(t, st.head.Header.Values("Vary"), "Accept-Encoding")
				assert.Equal(t, "text/event-stream", st.head.Header.Get("Content-Type"))
				assert.Equal(t, int64(-1), st.head.ContentLength)
			}
			// Between the two the router may have been polled: then the later one has
			// later uptimes, under the same id, since those are no changes.
			last := plain.event()
			require.Equal(t, uptimes.ReplaceAllString(last, ""), uptimes.ReplaceAllString(zipped.event(), ""), "the state")
			router := s.devices["r.test:8728"]
			for _, name := range []string{"budi", "siti", "agus"} {
				router.AddPPP(name)
				for range 2 { // up, and the change of the table
					last = plain.event()
					require.Equal(t, last, zipped.event())
				}
			}
			time.Sleep(600 * time.Millisecond) // a heart-beat puts them out of step
			router.RemovePPP("siti")
			for range 2 {
				last = plain.event()
				require.Equal(t, last, zipped.event())
			}

			id, _, _ := strings.Cut(strings.TrimPrefix(last, "id: "), "\n")
			router.RemovePPP("agus")
			for range 2 {
				last = plain.event()
				require.Equal(t, last, zipped.event())
			}
			back := openWith(t, server.Client(), server.URL+gzipWatch, "Last-Event-ID", id)
			require.True(t, back.head.Uncompressed)
			back.event()
			require.Equal(t, last, back.event(), "what was missed, with the same ids")

			s.json(http.MethodPost, "/disconnect", `{"router_id":"r"}`)
			for _, st := range []*stream{plain, zipped, back} {
				for st.block() != "event: end\ndata: {\"reason\":\"disconnected\"}\n\n" {
				}
				_, err := st.in.ReadByte()
				assert.ErrorIs(t, err, io.EOF, "the stream ends cleanly, with a checksum that is right")
			}
		})
	}
}

func TestContentEncodingOfStreams(t *testing.T) {
	for way, start := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel() // most of the time they wait for the next poll
			_, server := gzipSite(t, start)
			for accept, want := range map[string]string{
				"gzip, deflate, br, zstd":   "gzip",
				"br;q=1, gzip;q=0.8, *;q=0": "gzip",
				"gzip;q=0":                  "",
				"identity":                  "",
				"br":                        "",
			} {
				st := openWith(t, server.Client(), server.URL+gzipWatch, "Accept-Encoding", accept)
				assert.Equal(t, want, st.head.Header.Get("Content-Encoding"), accept)
				if want == "gzip" {
					z, err := gzip.NewReader(st.in)
					require.NoError(t, err)
					st.in = bufio.NewReader(z)
				}
				assert.Regexp(t, retryLine, st.block(), accept)
				_ = st.head.Body.Close()
			}
			st, err := server.Client().Get(server.URL + "/sse/nobody") //nolint:noctx // ends at once
			require.NoError(t, err)
			require.NoError(t, st.Body.Close())
			assert.Empty(t, st.Header.Get("Content-Encoding"), "errors are not compressed")
			assert.False(t, st.Uncompressed)
		})
	}
}

// Other programs read the streams, too: curl event by event, and gunzip what was
// recorded.
func TestGzipStreamsInOtherPrograms(t *testing.T) {
	for way, start := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel() // most of the time they wait for the next poll
			s, server := gzipSite(t, start)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			curl := exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--insecure", "--no-buffer", "--compressed",
				"--header", "X-API-Key: "+apiKey, server.URL+gzipWatch)
			var problems bytes.Buffer
			curl.Stderr = &problems
			out, err := curl.StdoutPipe()
			require.NoError(t, err)
			if err := curl.Start(); err != nil {
				t.Logf("not shown for curl: %v", err)
				return
			}
			shown := &stream{t: t, in: bufio.NewReader(out)}
			recorded := openWith(t, server.Client(), server.URL+gzipWatch, "Accept-Encoding", "gzip")

			var text strings.Builder
			text.WriteString(shown.event())
			for _, name := range []string{"budi", "siti"} {
				s.devices["r.test:8728"].AddPPP(name)
				text.WriteString(shown.event() + shown.event())
			}
			assert.Contains(t, text.String(), `"name":"siti"`)
			s.json(http.MethodPost, "/disconnect", `{"router_id":"r"}`)
			rest, err := io.ReadAll(shown.in)
			require.NoError(t, err)
			require.NoError(t, curl.Wait(), problems.String())
			assert.True(t, strings.HasSuffix(string(rest), "event: end\ndata: {\"reason\":\"disconnected\"}\n\n"))

			gunzip := exec.CommandContext(ctx, "gunzip", "-c")
			gunzip.Stdin = recorded.in
			got, err := gunzip.Output()
			require.NoError(t, err, "the checksum is right")
			assert.True(t, strings.HasSuffix(string(got), string(rest[len(rest)-40:])))
			assert.Contains(t, string(got), `"name":"siti"`)
		})
	}
}
