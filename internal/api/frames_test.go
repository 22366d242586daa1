package api_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
)

// streamGrammar is a whole stream: fields of an event end with a blank line, and nothing
// else has one. fetch-event-source takes every blank line for a message.
var streamGrammar = regexp.MustCompile(`^retry: \d+\n(:\n|retry: \d+\n|(id: \S+\n)?(event: \w+\n)?data: \{.*\}\n\n)*$`)

// On every way to the client, compressed or not, a blank line ends an event and nothing
// else: not the hint at the beginning and before the end, not a heart-beat.
func TestABlankLineEndsAnEventAndNothingElse(t *testing.T) {
	for way, start := range ways {
		for _, coding := range []string{"identity", "gzip"} {
			for _, beat := range []string{"comment", "event"} {
				t.Run(way+", "+coding+", "+beat, func(t *testing.T) {
					t.Parallel() // most of the time they wait for heart-beats
					s, server := gzipSite(t, start)
					st := openWith(t, server.Client(), server.URL+"/sse/r?topics=health,sessions&mode=delta&heartbeat="+beat,
						"Accept-Encoding", coding, "Last-Event-ID", "AAAAAAAAAAAAAAAAAAAAAA")
					require.False(t, st.head.Uncompressed, "the test does that")
					var in io.Reader = st.in
					if coding == "gzip" {
						z, err := gzip.NewReader(st.in)
						require.NoError(t, err)
						in = z
					}
					var text strings.Builder
					buf := make([]byte, 1000)
					mark := map[string]string{"comment": ":\n", "event": "event: heartbeat\ndata: {\"ts\":"}[beat]
					for strings.Count(text.String(), mark) < 3 {
						n, err := in.Read(buf)
						require.NoError(t, err)
						text.Write(buf[:n])
					}
					s.json(http.MethodPost, "/disconnect", `{"router_id":"r"}`)
					rest, err := io.ReadAll(in)
					require.NoError(t, err)
					text.Write(rest)
					assert.Regexp(t, streamGrammar, text.String())
					for _, part := range []string{"event: reset\n", "event: status\n", "event: end\n", "\"snapshot\""} {
						assert.Contains(t, text.String(), part)
					}
					assert.NotContains(t, text.String(), "\n\n\n")
				})
			}
		}
	}
}

// What EventSource and its polyfills ask before they open a stream of another origin.
func TestThePreflightOfStreams(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) { o.AllowedOrigins = []string{"https://dash.example"} })
	for _, path := range []string{"/sse", "/sse/r", "/sse?router=*&lastEventId=AAAAAAAAAAAAAAAAAAAAAA"} {
		for _, headers := range []string{
			"x-api-key", "last-event-id", "cache-control,last-event-id,x-api-key", "Cache-Control, Last-Event-ID, X-API-Key",
			"traceparent,x-api-key,x-request-id",
		} {
			got := s.send(http.MethodOptions, path, "", "X-API-Key", "", "Origin", "https://dash.example",
				"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", headers)
			assert.Equal(t, http.StatusOK, got.Code)
			assert.Equal(t, "https://dash.example", got.Header().Get("Access-Control-Allow-Origin"), headers)
			assert.Equal(t, "GET", got.Header().Get("Access-Control-Allow-Methods"))
			granted := strings.ToLower(got.Header().Get("Access-Control-Allow-Headers"))
			for header := range strings.SplitSeq(strings.ToLower(headers), ",") {
				assert.Contains(t, granted, strings.TrimSpace(header))
			}
		}
	}
}
