package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
)

// ruled is a site with two routers and the rules of a server.
func ruled(t *testing.T, sets ...*rules.Set) *site {
	t.Helper()
	s := newSite(t, map[string]sim.Options{"a.test": {}, "b.test": {}}, func(o *api.Options) { o.Rules = sets })
	require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
	require.Equal(t, http.StatusOK, s.connect("b", "b.test").Code)
	return s
}

func parsed(t *testing.T, list ...string) *rules.Set {
	t.Helper()
	set, err := rules.Parse(list)
	require.NoError(t, err)
	return set
}

// Every way to a router refuses a denied command, however it is written, before
// anything is sent.
func TestADeniedCommandGoesNowhere(t *testing.T) {
	s := ruled(t, parsed(t, "!/ip/address:remove"))
	for name, words := range map[string]string{
		"as it is":            `["/ip/address/remove","=.id=*1"]`,
		"capitals":            `["/IP/Address/REMOVE","=.id=*1"]`,
		"slashes":             `["//ip/address//remove/","=.id=*1"]`,
		"spaces":              `["/ip address remove","=.id=*1"]`,
		"a newline":           `["/ip/address/print\n/ip/address/remove","=.id=*1"]`,
		"NUL":                 `["/ip/address/remove\u0000","=.id=*1"]`,
		"a default":           `["/system/reset-configuration"]`,
		"a script":            `["/ip/dhcp-server/set","=lease-script=/ip/address/remove"]`,
		"abbreviated":         `["/ip/addr/rem","=.id=*1"]`,
		"something behind it": `["/ip/address/remove/print"]`,
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			for way, got := range map[string]response{
				"run":    s.json(http.MethodPost, "/run", `{"router_id":"a","args":`+words+`}`),
				"ndjson": s.json(http.MethodPost, "/run", `{"router_id":"a","args":`+words+`}`, "Accept", "application/x-ndjson"),
				"events": s.json(http.MethodPost, "/run", `{"router_id":"a","args":`+words+`}`, "Accept", "text/event-stream"),
				"batch":  s.json(http.MethodPost, "/run/batch", `{"routers":["a","b"],"args":`+words+`}`),
				"all":    s.json(http.MethodPost, "/run/batch", `{"routers":"all","args":`+words+`}`),
			} {
				assert.Equal(t, http.StatusForbidden, got.Code, way)
				assert.Equal(t, "command_denied", got.body.Code, way)
				assert.Contains(t, got.body.Error, "not allowed: ", way)
			}
		})
	}
	for _, d := range s.devices {
		assert.Empty(t, d.Stats().Commands, "nothing was sent")
	}
	assert.Equal(t, http.StatusOK, s.run("a", "/ip/address/print").Code)
	assert.Equal(t, http.StatusBadRequest, s.run("a", "/ip/address/print", "", "/ip/address/remove").Code, "still no single command")
}

func TestEverySetOfRulesCounts(t *testing.T) {
	s := ruled(t, parsed(t, "/ip/**", "/system/identity"), nil, rules.ReadOnly())
	assert.Equal(t, http.StatusOK, s.run("a", "/ip/address/print").Code)
	assert.Equal(t, "command_denied", s.run("a", "/ppp/active/print").body.Code, "the first set")
	assert.Equal(t, "command_denied", s.run("a", "/system/identity/set", "=name=x").body.Code, "the last")
	assert.Equal(t, "command_denied", s.run("nobody", "/ppp/active/print").body.Code, "the rules come before the router")
	for _, d := range s.devices {
		assert.NotContains(t, d.Stats().Commands, "/system/identity/set")
	}
}

// Without rules the owner may run everything, as ever.
func TestTheOwnerMayRunEverything(t *testing.T) {
	s := ruled(t)
	got := s.run("a", "/system/reset-configuration")
	assert.NotEqual(t, http.StatusForbidden, got.Code)
	var sent int
	for _, d := range s.devices {
		sent += d.Stats().Commands["/system/reset-configuration"]
	}
	assert.Equal(t, 1, sent)
}

// What READ_ONLY leaves: watching, connecting and all that reads.
func TestReadOnly(t *testing.T) {
	s := ruled(t, rules.ReadOnly())
	assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/system-info?router=a", "").Code)
	assert.Equal(t, http.StatusOK, s.run("a", "/ip/address/getall").Code)
	assert.Equal(t, "command_denied", s.run("a", "/ip/address/print", "=file=x").body.Code)
	assert.Equal(t, http.StatusOK, s.json(http.MethodPost, "/disconnect", `{"router_id":"a"}`).Code)
	assert.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
}
