package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// A router that keeps its connection, reads and answers nothing: with the defaults,
// every command that waits for it ends with router_unreachable within 15 s.
func TestASilentRouterIsUnreachableWithin15Seconds(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)
	d.Inject(sim.Fault{Kind: sim.Deaf})
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	send := func(method, path, body, accept string) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		req.Header.Set("X-API-Key", testKey)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
	const whole, lines = "application/json", "application/x-ndjson"
	for name, r := range map[string]struct{ method, path, body, accept string }{
		"read":   {"POST", "/run", runBody("a", "/ip/address/print"), whole},
		"write":  {"POST", "/run", runBody("a", "/ip/address/add", "=address=192.0.2.1/24"), whole},
		"stream": {"POST", "/run", runBody("a", "/ppp/active/listen"), lines},
		"batch":  {"POST", "/run/batch", `{"routers":["a"],"args":["/ip/address/print"]}`, lines},
		"info":   {"GET", "/system-info?router=a", "", whole}, // three commands, one of which has to wait
	} {
		wg.Go(func() {
			raw, err := send(r.method, r.path, r.body, r.accept)
			assert.NoError(t, err, name)
			assert.Contains(t, raw, `"code":"router_unreachable"`, name)
			assert.Contains(t, raw, "no sign of life", name)
		})
	}
	wg.Wait()
}
