package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
)

// Commands under way end with their key, on the router as well, and the answer
// says so instead of telling of an error in the server.
func TestCommandsEndWithTheirKey(t *testing.T) {
	for name, tc := range map[string]struct {
		path, accept, body string
		status             int
	}{
		"whole":       {"/run", "", `{"router_id":"in-1","args":["/ping","=address=192.0.2.1"]}`, http.StatusUnauthorized},
		"shared read": {"/run", "", `{"router_id":"in-1","args":["/interface/print"]}`, http.StatusUnauthorized},
		"ndjson":      {"/run", "application/x-ndjson", `{"router_id":"in-1","args":["/ping","=address=192.0.2.1"]}`, http.StatusOK},
		"events":      {"/run", "text/event-stream", `{"router_id":"in-1","args":["/ping","=address=192.0.2.1"]}`, http.StatusOK},
		"batch":       {"/run/batch", "", `{"routers":"all","args":["/ping","=address=192.0.2.1"]}`, http.StatusOK},
		"information": {"/system-info?router=in-1", "", "", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, keys := withKeys(t)
				s := newSite(t, map[string]sim.Options{"r.test": {}}, keys)
				s.connect("in-1", "r.test")
				device := s.devices["r.test:8728"]
				for _, path := range []string{"/interface/print", "/system/resource/print"} {
					device.Inject(sim.Fault{Kind: sim.Slow, Path: path, Delay: 10 * time.Second})
				}
				var got response
				var wg sync.WaitGroup
				wg.Go(func() {
					method := http.MethodPost
					if tc.body == "" {
						method = http.MethodGet
					}
					got = s.send(method, tc.path, tc.body, "X-API-Key", "operator", "Accept", tc.accept)
				})
				time.Sleep(2500 * time.Millisecond)
				ring.Replace(nil)
				began := time.Now()
				wg.Wait()
				assert.Zero(t, time.Since(began), "at once")
				time.Sleep(time.Second)
				synctest.Wait()
				assert.Positive(t, device.Stats().Cancels, "the router is told to stop")
				assert.Equal(t, tc.status, got.Code, got.Body)
				assert.Contains(t, got.Body.String(), `"code":"unauthorized"`)
				assert.Contains(t, got.Body.String(), access.ErrChanged.Error())
				assert.NotContains(t, s.log.String(), "request failed")
			})
		})
	}
}

// Who has a stream when the key expires is told why, and cannot return.
func TestAStreamEndsWhenItsKeyExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, err := access.Parse("name=noc role=viewer routers=in* hash=" + access.HashOf("noc").String() +
			" expires=" + time.Now().Add(time.Minute).UTC().Format(time.RFC3339))
		require.NoError(t, err)
		ring := access.NewKeySet(keys)
		defer ring.Close()
		s := newSite(t, map[string]sim.Options{"r.test": {}}, func(o *api.Options) { o.Keys = ring })
		s.connect("in-1", "r.test")
		stream := s.open(s.listen(), "/sse/in-1", "X-API-Key", "noc")
		began := time.Now()
		var last string
		for !strings.HasPrefix(last, "event: end") {
			last = stream.block()
		}
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, "event: end\ndata: {\"reason\":\"revoked\"}\n\n", last)
		for _, path := range []string{"/sse/in-1", "/routers"} {
			got := s.json(http.MethodGet, path, "", "X-API-Key", "noc")
			assert.Equal(t, http.StatusUnauthorized, got.Code)
			assert.Contains(t, got.body.Error, "expired on ")
		}
	})
}

// A router that another id shares tells nobody who does not see that id.
func TestSharingDoesNotShow(t *testing.T) {
	ring, keys := withKeys(t)
	defer ring.Close()
	s := newSite(t, map[string]sim.Options{"r.test": {}, "other.test": {}}, keys)
	body := func(id, host string) string {
		return marshal(t, map[string]string{"router_id": id, "host": host, "user": user, "pass": password})
	}
	ask := func(path, body string) (data map[string]any) {
		got := s.json(http.MethodPost, path, body, "X-API-Key", "admin")
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		require.NoError(t, json.Unmarshal(got.body.Data, &data))
		delete(data, "router_id")
		return data
	}
	alone := ask("/connect", body("in-1", "other.test"))
	s.connect("out-1", "r.test")
	assert.Equal(t, alone, ask("/connect", body("in-2", "r.test")), "as if nobody else were there")
	aloneGone := ask("/disconnect", `{"router_id":"in-1"}`)
	assert.Equal(t, aloneGone, ask("/disconnect", `{"router_id":"in-2"}`))

	ask("/connect", body("in-3", "r.test"))
	assert.Equal(t, true, ask("/connect", body("in-4", "r.test"))["shared"], "with one that is seen")
	assert.Equal(t, false, ask("/disconnect", `{"router_id":"in-4"}`)["router_closed"])
	assert.Contains(t, s.json(http.MethodGet, "/routers/out-1", "").Body.String(), "in-3", "the owner sees all")
}

// A batch that breaks off in the middle of a line leaves no worker behind.
func TestABatchThatPanicsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		for _, id := range []string{"a", "b", "c"} {
			s.connect(id, "r.test")
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/run/batch",
			strings.NewReader(`{"routers":"all","args":["/system/identity/print"]}`))
		r.Header.Set("X-API-Key", apiKey)
		r.Header.Set("Content-Type", "application/json")
		func() {
			defer func() { _ = recover() }()
			s.handler.ServeHTTP(breaking{httptest.NewRecorder()}, r)
		}()
		synctest.Wait() // with a worker that waits the bubble would not end
	})
}

// breaking is a client whose first byte breaks the handler.
type breaking struct{ *httptest.ResponseRecorder }

func (breaking) Write([]byte) (int, error) { panic(http.ErrAbortHandler) }
