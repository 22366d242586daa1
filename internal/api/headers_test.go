package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// Answers about routers are not stored, errors as well, and are compressed for those who
// ask; HEAD has the same header.
func TestAnswersAreNotStoredAndCompressedWhereAsked(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for path, status := range map[string]int{
		"/routers": 200, "/routers/r": 200, "/routers/none": 404, "/system-info?router=r": 200, "/system-info?router=none": 404,
		"/system-info": 400, "/whoami": 200, "/routers/caf%e9": 400,
	} {
		for _, key := range []string{apiKey, "", "wrong"} {
			want := status
			if key != apiKey {
				want = http.StatusUnauthorized
			}
			for accept, zipped := range map[string]bool{
				"": false, "gzip": true, "gzip, deflate, br": true, "*": true, "gzip;q=0": false, "gzip;q=0, *": false, "identity": false,
				"identity;q=0, gzip;q=0.1": true, "br": false, "gzip;q=0.5, identity": false,
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					name := method + " " + path + " " + key + " " + accept
					got := s.send(method, path, "", "X-API-Key", key, "Accept-Encoding", accept, "Origin", "https://dash.example")
					assert.Equal(t, want, got.Code, name)
					assert.Equal(t, "no-store", got.Header().Get("Cache-Control"), name)
					assert.Contains(t, got.Header().Values("Vary"), "Accept-Encoding", name)
					assert.Contains(t, got.Header().Values("Vary"), "Origin", name)
					assert.Equal(t, "application/json", got.Header().Get("Content-Type"), name)
					assert.Equal(t, strconv.Itoa(got.Body.Len()), got.Header().Get("Content-Length"), name)
					if zipped && want == http.StatusOK {
						assert.Equal(t, "gzip", got.Header().Get("Content-Encoding"), name)
						in, err := gzip.NewReader(got.Body)
						require.NoError(t, err)
						text, err := io.ReadAll(in)
						require.NoError(t, err)
						got.Body = bytes.NewBuffer(text)
					} else {
						assert.Empty(t, got.Header().Get("Content-Encoding"), name)
					}
					assert.True(t, json.Valid(got.Body.Bytes()), name)
				}
			}
		}
	}
}

// The form of an answer of /run depends on Accept.
func TestAnswersOfRunVaryOnAccept(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for accept, kind := range map[string]string{
		"":                     "application/json",
		"application/x-ndjson": "application/x-ndjson",
		"application/json;q=0.5, application/x-ndjson": "application/x-ndjson",
		"application/x-ndjson;q=0.5, application/json": "application/json",
		"text/event-stream;q=0, */*":                   "application/json",
		"*/*, text/event-stream":                       "text/event-stream",
	} {
		got := s.send(http.MethodPost, "/run", good["/run"], "Accept", accept)
		assert.Equal(t, kind, got.Header().Get("Content-Type"), accept)
		assert.Contains(t, got.Header().Values("Vary"), "Accept", accept)
		got = s.send(http.MethodPost, "/run", `{}`, "Accept", accept)
		assert.Equal(t, http.StatusBadRequest, got.Code)
		assert.Contains(t, got.Header().Values("Vary"), "Accept", accept)
		assert.Equal(t, "no-store", got.Header().Get("Cache-Control"))
	}
}

// The page is not compressed for those who refuse gzip.
func TestThePageGoesByWeights(t *testing.T) {
	s := newSite(t, nil)
	for accept, want := range map[string]string{"gzip": "gzip", "gzip;q=0": "", "*": "gzip", "gzip;q=0.1, identity": "", "x-gzip": "gzip", "": ""} {
		got := s.send(http.MethodGet, "/", "", "Accept-Encoding", accept, "Origin", "https://dash.example")
		assert.Equal(t, want, got.Header().Get("Content-Encoding"), accept)
		assert.Contains(t, got.Header().Values("Vary"), "Origin", accept)
	}
}
