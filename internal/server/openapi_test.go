package server_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/openapi"
)

// apiDocument is what everything that the program says has to be in.
var apiDocument = sync.OnceValue(func() *openapi.Document {
	d, err := openapi.Parse(docs.OpenAPI)
	if err != nil {
		panic(err)
	}
	return d
})

// programs are the tests of the programs that run, by their hosts.
var programs struct {
	mu    sync.Mutex
	tests map[string]testing.TB // guarded by mu
}

// describe has the answers of a program held against the document until the test ends. The
// test fails for one that is not in it.
func describe(t testing.TB, host string) {
	set := func(t testing.TB) {
		programs.mu.Lock()
		defer programs.mu.Unlock()
		if programs.tests == nil {
			programs.tests = make(map[string]testing.TB)
		}
		programs.tests[host] = t
	}
	set(t)
	t.Cleanup(func() { set(nil) })
}

// described holds the answers of programs against the document.
type described struct{ http.RoundTripper }

// inDocument returns a RoundTripper that holds the answers of programs against the document.
func inDocument(base http.RoundTripper) http.RoundTripper { return described{base} }

func (d described) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Host
	programs.mu.Lock()
	known := programs.tests[host] != nil
	programs.mu.Unlock()
	if !known {
		return d.RoundTripper.RoundTrip(r)
	}
	own := ownRefusals{RoundTripper: d.RoundTripper}
	checked := openapi.Transport{RoundTripper: &own, Document: apiDocument(), Report: func(err error) {
		if own.refused {
			return
		}
		programs.mu.Lock()
		defer programs.mu.Unlock()
		if t := programs.tests[host]; t != nil {
			assert.NoError(t, err, "not in docs/openapi.json")
		}
	}}
	return checked.RoundTrip(r)
}

// ownRefusals notes that net/http itself refused a request, which is in no document.
type ownRefusals struct {
	http.RoundTripper

	refused bool
}

func (o *ownRefusals) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.RoundTripper.RoundTrip(r)
	if err == nil && resp.Header.Get("X-Request-Id") == "" {
		o.refused = slices.Contains([]int{http.StatusBadRequest, http.StatusExpectationFailed, http.StatusRequestHeaderFieldsTooLarge}, resp.StatusCode)
	}
	return resp, err
}

func (d described) CloseIdleConnections() {
	if other, ok := d.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		other.CloseIdleConnections()
	}
}
