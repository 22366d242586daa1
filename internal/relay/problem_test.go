package relay_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// failing is a router whose every command has the same error.
type failing struct{ err error }

func (f *failing) Run(context.Context, string, []string) (*routeros.Reply, error) { return nil, f.err }
func (f *failing) Info(context.Context, string) (device.Info, error)              { return device.Info{}, f.err }
func (f *failing) Retry(context.Context) error                                    { return f.err }
func (f *failing) Start(context.Context, string, []string) (device.Stream, error) { return nil, f.err }

// only is a manager with one router, of which commands alone are used.
type only struct {
	api.Routers
	manager.Device

	relay.Router
}

func (o only) Get(id string) (manager.Router, error) { return manager.Router{ID: id, Device: o}, nil }
func (only) Paths() device.Paths                     { return device.Paths{} }
func (o only) Run(ctx context.Context, owner string, args []string) (*routeros.Reply, error) {
	return o.Router.Run(ctx, owner, args)
}

func (o only) Start(ctx context.Context, owner string, args []string) (device.Stream, error) {
	return o.Router.Start(ctx, owner, args)
}

func (o only) Retry(ctx context.Context) error { return o.Router.Retry(ctx) }

func (o only) Info(ctx context.Context, owner string) (device.Info, error) {
	return o.Router.Info(ctx, owner)
}

const apiKey = "the-key-of-the-owner"

func handler(router relay.Router) http.Handler {
	ready := func() error { return nil }
	return api.New(only{Router: router}, api.Options{
		APIKey: apiKey, Tickets: ticket.New([]byte("secret")), InfoTimeout: time.Minute, RunTimeout: time.Minute, MaxRunTimeout: time.Minute,
		WriteTimeout: time.Minute, Streams: sse.New(sse.Options{Stopping: func() bool { return false }, Wrote: func(int) {}}),
		Ready: ready, Log: slog.New(slog.DiscardHandler),
	})
}

// deadlines is a recorder that takes deadlines, as a connection does.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetReadDeadline(time.Time) error  { return nil }
func (deadlines) SetWriteDeadline(time.Time) error { return nil }

var varying = regexp.MustCompile(`"request_id":"[A-Z0-9]+"|"took_ms":[0-9.]+|next attempt in [0-9hms]+`)

// answer is the status and the body of an answer, without what depends on when it was given:
// the id of the request, its duration, and how long it is until an attempt.
func answer(t *testing.T, h http.Handler, method, path, accept, body string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("X-API-Key", apiKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	w := deadlines{httptest.NewRecorder()}
	h.ServeHTTP(w, r)
	all, _ := io.ReadAll(w.Body)
	return w.Code, varying.ReplaceAllString(string(all), "")
}

// A client gets the same answer to an error, whichever instance it asks.
func TestAnswersToErrorsAreTheSame(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	router := &failing{}
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.HandleCommands(commands(router, 7)) })
	remote, _, _ := f.remote(relay.Target{Instance: "b", Epoch: 7})
	near, far := handler(router), handler(remote)
	for name, err := range relay.Failures {
		router.err = err
		for what, request := range map[string][4]string{
			"run":    {http.MethodPost, "/run", "application/json", `{"router_id":"` + routerID + `","args":["/ip/address/print"]}`},
			"stream": {http.MethodPost, "/run", "application/x-ndjson", `{"router_id":"` + routerID + `","args":["/ip/address/print"]}`},
			"batch":  {http.MethodPost, "/run/batch", "application/x-ndjson", `{"routers":["` + routerID + `"],"args":["/ip/address/print"]}`},
			"info":   {http.MethodGet, "/system-info?router_id=" + routerID, "application/json", ""},
			"rest":   {http.MethodPut, "/routers/" + routerID + "/rest/ip/address", "application/json", `{"address":"192.0.2.1/24"}`},
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				status, want := answer(t, near, request[0], request[1], request[2], request[3])
				code, got := answer(t, far, request[0], request[1], request[2], request[3])
				assert.Equal(t, status, code)
				assert.Equal(t, want, got)
			})
		}
	}
}
