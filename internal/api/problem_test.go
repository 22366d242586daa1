package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// refuses is routers on which every command fails with the error.
type refuses struct {
	api.Routers
	err error
}

func (r refuses) Get(id string) (manager.Router, error) {
	return manager.Router{ID: id, Device: failing{do: func() error { return r.err }}}, nil
}

// failing is a device on which every command does the same.
type failing struct {
	manager.Device
	do func() error
}

func (f failing) Run(context.Context, string, []string) (*routeros.Reply, error) { return nil, f.do() }

// panics is routers on which every command panics.
type panics struct {
	api.Routers
	value any
}

func (p panics) Get(id string) (manager.Router, error) {
	return manager.Router{ID: id, Device: failing{do: func() error { panic(p.value) }}}, nil
}
func (p panics) List() []manager.Router { panic(p.value) }

func TestErrorsOfRoutersHaveCodesAndStatuses(t *testing.T) {
	link := func(step string, err error) error { return &routeros.LinkError{Step: step, Err: err} }
	for _, tc := range []struct {
		name   string
		err    error
		status int
		code   string
		text   string // of the answer; the error's own where empty
	}{
		{"input", errcode.Field("host", "is empty"), 400, "invalid_request", "host is empty"},
		{"unknown router", manager.ErrUnknownRouter, 404, "unknown_router", ""},
		{"disconnected meanwhile", pool.ErrReleased, 404, "unknown_router", ""},
		{"trap", &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such item (4)"}, {Message: "second"}}}, 422, "router_refused", "no such item (4)"},
		{"login", &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}, 422, "login_failed", ""},
		{"login of a link that is down", &pool.DownError{Cause: &routeros.LoginError{User: "api", Reason: "cannot log in"}}, 422, "login_failed", ""},
		{"certificate", &routeros.CertificateError{Fingerprint: "ab", Reason: "another one is pinned"}, 422, "certificate_refused", ""},
		{"busy", routeros.ErrBusy, 429, "router_busy", ""},
		{"no memory", routeros.ErrNoMemory, 429, "too_much_in_flight", ""},
		{"too large", routeros.ErrReplyTooLarge, 502, "reply_too_large", ""},
		{"dial", link("dial", errors.New("connection refused")), 502, "router_unreachable", "dial: connection refused"},
		{"down", &pool.DownError{Cause: link("read", errors.New("reset by peer"))}, 502, "router_unreachable", ""},
		{"fatal", &routeros.FatalError{Reason: "not logged in"}, 502, "router_unreachable", ""},
		{"session closed", routeros.ErrClosed, 502, "router_unreachable", ""},
		{"timeout", routeros.ErrTimeout, 504, "timeout", ""},
		{"timeout of a step", link("login", context.DeadlineExceeded), 504, "timeout", ""},
		{"deadline", context.DeadlineExceeded, 504, "timeout", ""},
		{"down and out of time", &pool.DownError{GaveUp: context.DeadlineExceeded}, 504, "timeout", ""},
		{"closing", manager.ErrClosed, 503, "shutting_down", ""},
		{"pool closed", pool.ErrPoolClosed, 503, "shutting_down", ""},
		{"anything else", errors.New("open /etc/x: the server's own business"), 500, "internal", "internal error; the log of the server has the details"},
		{"cancelled by itself", context.Canceled, 500, "internal", "internal error; the log of the server has the details"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStub(t, refuses{err: tc.err})
			got := s.run("r", "/ip/address/print")
			assert.Equal(t, tc.status, got.Code)
			assert.Equal(t, tc.code, got.body.Code)
			if tc.text == "" {
				tc.text = tc.err.Error()
			}
			assert.Equal(t, tc.text, got.body.Error)
			if tc.code == "internal" {
				assert.Contains(t, s.log.String(), tc.err.Error(), "the operator learns what the client does not")
			} else {
				assert.Empty(t, s.log.String(), "what a client caused is not the operator's trouble")
			}
		})
	}
}

func TestNobodyIsAnsweredWhoHasLeft(t *testing.T) {
	s := newStub(t, refuses{err: context.Canceled})
	ctx, leave := context.WithCancelCause(t.Context())
	send := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/run", strings.NewReader(good["/run"]))
		r.Header.Set("X-API-Key", apiKey)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	leave(nil)
	assert.Empty(t, send().Body)
	assert.Empty(t, s.log.String())

	ctx, leave = context.WithCancelCause(t.Context())
	leave(manager.ErrClosed) // the server's doing: the client is still there
	assert.Equal(t, http.StatusServiceUnavailable, send().Code)
}

func TestErrorsThroughTheWholeServer(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}, "old.test": {Missing: []string{"/ip/hotspot"}}},
		func(o *api.Options) { o.RunTimeout = 50 * time.Millisecond })
	assert.Equal(t, http.StatusOK, s.connect("r", "r.test").Code)
	assert.Equal(t, http.StatusOK, s.connect("old", "old.test").Code)
	for _, tc := range []struct {
		name   string
		got    response
		status int
		code   string
		text   string
	}{
		{"unknown router", s.run("nobody", "/ip/address/print"), 404, "unknown_router", "POST /connect first"},
		{"unknown router, one", s.json(http.MethodGet, "/routers/nobody", ""), 404, "unknown_router", ""},
		{"unknown router, info", s.json(http.MethodGet, "/system-info?router=nobody", ""), 404, "unknown_router", ""},
		{"unknown router, stream", s.json(http.MethodGet, "/sse/nobody", ""), 404, "unknown_router", `"nobody"`},
		{"unknown router, disconnect", s.json(http.MethodPost, "/disconnect", `{"router_id":"nobody"}`), 404, "unknown_router", ""},
		{"no such menu", s.run("r", "/no/such/print"), 422, "router_refused", "no such command or directory (no)"},
		{"missing package", s.run("old", "/ip/hotspot/active/print"), 422, "router_refused", "(hotspot)"},
		{"no such item", s.run("r", "/ip/address/remove", "=.id=*FFFF"), 422, "router_refused", "no such item (4)"},
		{"too long", s.run("r", "/ping", "=address=192.0.2.1"), 504, "timeout", "the router did not finish within 50ms"},
		{"no such host", s.connect("x", "x.test"), 502, "router_unreachable", "no such host"},
		{"wrong password", s.json(http.MethodPost, "/connect", `{"router_id":"x","host":"r.test","user":"api","pass":"wr0ng"}`),
			422, "login_failed", "invalid user name or password"},
		{"no such topic", s.json(http.MethodGet, "/sse/r?topics=weather", ""), 400, "invalid_request", "weather"},
	} {
		assert.Equal(t, tc.status, tc.got.Code, "%s: %s", tc.name, tc.got.Body)
		assert.Equal(t, tc.code, tc.got.body.Code, tc.name)
		assert.Contains(t, tc.got.body.Error, tc.text, tc.name)
		assert.NotContains(t, tc.got.Body.String(), "wr0ng", tc.name)
	}
	assert.Len(t, s.manager.List(), 2, "what failed left nothing behind")
}
