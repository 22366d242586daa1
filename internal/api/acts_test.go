package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
)

// versions are routers of both versions of RouterOS.
var versions = map[string]sim.Personality{"version 6": sim.HAP(), "version 7": sim.CCR2004()}

// kinds are the services of users: where a router has those who are connected and all, and
// how the simulator adds one.
var kinds = map[string]struct {
	active, name, accounts string
	add                    func(*sim.Device, string) string
}{
	"ppp":     {"/ppp/active", "name", "/ppp/secret", (*sim.Device).AddPPP},
	"hotspot": {"/ip/hotspot/active", "user", "/ip/hotspot/user", (*sim.Device).AddHotspot},
}

func act(s *site, what, service, id, name string, header ...string) response {
	return s.json(http.MethodPost, "/routers/a/users/"+what, marshal(s.t, map[string]string{"service": service, ".id": id, "name": name}), header...)
}

// rowsOf are rows of a router as /run shows them.
func rowsOf(s *site, words ...string) (rows []map[string]string) {
	s.t.Helper()
	got := s.run("a", words...)
	require.Equal(s.t, http.StatusOK, got.Code, got.Body)
	require.NoError(s.t, json.Unmarshal(got.body.Data, &rows))
	return rows
}

func TestActsOnUsers(t *testing.T) {
	for version, personality := range versions {
		for service, kind := range kinds {
			t.Run(version+" "+service, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"a.test": {Personality: personality}})
				require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
				d := s.devices["a.test:8728"]
				require.Equal(t, http.StatusOK, s.run("a", kind.accounts+"/add", "=name=budi", "=password=x").Code)
				online := func(name string) int { return len(rowsOf(s, kind.active+"/print", "?"+kind.name+"="+name)) }
				disabled := func() string { return rowsOf(s, kind.accounts+"/print", "?name=budi")[0]["disabled"] }

				id := kind.add(d, "budi")
				got := act(s, "disconnect", service, id, "andi")
				assert.Equal(t, http.StatusConflict, got.Code)
				assert.Equal(t, "changed", got.body.Code)
				assert.Contains(t, got.body.Error, `"budi", not of "andi"`)
				assert.Equal(t, 1, online("budi"), "another name changes nothing")

				got = act(s, "disconnect", service, id, "budi")
				require.Equal(t, http.StatusOK, got.Code, got.Body)
				assert.JSONEq(t, fmt.Sprintf(`{"router_id":"a","service":%q,".id":%q,"name":"budi","disconnected":true,"disabled":false}`, service, id), string(got.body.Data))
				assert.Zero(t, online("budi"))
				assert.Equal(t, "false", disabled())

				got = act(s, "disconnect", service, id, "budi")
				assert.Equal(t, "changed", got.body.Code, "nobody has the id now")

				id = kind.add(d, "budi")
				got = act(s, "disable", service, id, "budi")
				require.Equal(t, http.StatusOK, got.Code, got.Body)
				assert.Contains(t, string(got.body.Data), `"disabled":true`)
				assert.Zero(t, online("budi"))
				assert.Equal(t, "true", disabled())

				id = kind.add(d, "of-radius")
				got = act(s, "disable", service, id, "of-radius")
				assert.Equal(t, http.StatusConflict, got.Code)
				assert.Contains(t, got.body.Error, "no account")
				assert.Equal(t, 1, online("of-radius"), "nothing was changed")
			})
		}
	}
}

// An account of another service with the same name is not the one of the session.
func TestDisableLeavesAccountsOfOtherServices(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {Personality: sim.CCR2004()}})
	s.connect("a", "a.test")
	require.Equal(t, http.StatusOK, s.run("a", "/ppp/secret/add", "=name=budi", "=service=l2tp").Code)
	id := s.devices["a.test:8728"].AddPPP("budi") // over PPPoE
	got := act(s, "disable", "ppp", id, "budi")
	assert.Equal(t, "changed", got.body.Code, got.Body)
	assert.Equal(t, "false", rowsOf(s, "/ppp/secret/print", "?name=budi")[0]["disabled"])
}

func TestReboot(t *testing.T) {
	for version, personality := range versions {
		t.Run(version, func(t *testing.T) {
			s := newSite(t, map[string]sim.Options{"a.test": {Personality: personality, Identity: "Kantor"}})
			s.connect("a", "a.test")
			d := s.devices["a.test:8728"]
			got := s.json(http.MethodPost, "/routers/a/reboot", `{"confirm":"kantor"}`)
			assert.Equal(t, http.StatusConflict, got.Code)
			assert.Equal(t, "changed", got.body.Code)
			assert.Zero(t, d.Stats().Commands["/system/reboot"])
			got = s.json(http.MethodPost, "/routers/a/reboot", `{"confirm":"Kantor"}`)
			assert.Equal(t, http.StatusOK, got.Code, got.Body)
			assert.Equal(t, 1, d.Stats().Commands["/system/reboot"])
		})
	}
}

func TestRetry(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {}})
	s.json(http.MethodPost, "/connect", `{"router_id":"off","host":"off.test","user":"x","pass":"","wait":false}`)
	got := s.json(http.MethodPost, "/routers/off/retry", "")
	assert.Equal(t, http.StatusBadGateway, got.Code, got.Body)
	assert.Equal(t, "router_unreachable", got.body.Code)
	assert.Contains(t, got.body.Error, "no such host", "what the attempt met")

	s.json(http.MethodPost, "/connect", `{"router_id":"wrong","host":"a.test","user":"api","pass":"not this","wait":false}`)
	got = s.json(http.MethodPost, "/routers/wrong/retry", "")
	assert.Equal(t, "login_failed", got.body.Code, got.Body)

	s.connect("a", "a.test")
	before := s.devices["a.test:8728"].Stats().Logins
	assert.Equal(t, http.StatusOK, s.json(http.MethodPost, "/routers/a/retry", "").Code)
	assert.Equal(t, before, s.devices["a.test:8728"].Stats().Logins, "it was connected")
	s.devices["a.test:8728"].DropSessions()
	got = s.json(http.MethodPost, "/routers/a/retry", "")
	assert.Equal(t, http.StatusOK, got.Code, got.Body)
	assert.JSONEq(t, `{"router_id":"a","connected":true}`, string(got.body.Data))
}

func TestMistakesInActs(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {}})
	s.connect("a", "a.test")
	for body, want := range map[string]string{
		`{}`: "missing: service, .id, name",
		`{"service":"wifi",".id":"*1","name":"x"}`:           "service must be ppp or hotspot",
		`{"service":"ppp",".id":"*1","name":"x","and":true}`: "unknown field",
	} {
		for _, what := range []string{"disconnect", "disable"} {
			got := s.json(http.MethodPost, "/routers/a/users/"+what, body)
			assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
			assert.Contains(t, got.body.Error, want)
		}
	}
	assert.Contains(t, s.json(http.MethodPost, "/routers/a/reboot", `{}`).body.Error, "missing: confirm")
	assert.Empty(t, s.devices["a.test:8728"].Stats().Commands)
}

// All sentences of an act are checked before the first is sent.
func TestRulesOfActs(t *testing.T) {
	for name, tc := range map[string]struct {
		set  *rules.Set
		sent map[string]bool // acts that are allowed
	}{
		"read only":          {rules.ReadOnly(), nil},
		"no remove":          {parsed(t, "!/ppp/active:remove", "!/system/reboot", "dangerous"), nil},
		"disconnecting only": {parsed(t, "/ppp/active:print,remove"), map[string]bool{"disconnect": true}},
		"no secrets": {parsed(t, "/ppp/**:print,remove", "/system/identity:print", "/system/reboot"),
			map[string]bool{"disconnect": true, "reboot": true}},
		"everything": {nil, map[string]bool{"disconnect": true, "disable": true, "reboot": true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, map[string]sim.Options{"a.test": {Identity: "a", PPPUsers: 2}}, func(o *api.Options) { o.Rules = []*rules.Set{tc.set} })
			s.connect("a", "a.test")
			d := s.devices["a.test:8728"]
			id, other := d.AddPPP("user-0001"), d.AddPPP("user-0000")
			for what, got := range map[string]func() response{
				"disconnect": func() response { return act(s, "disconnect", "ppp", id, "user-0001") },
				"disable":    func() response { return act(s, "disable", "ppp", other, "user-0000") },
				"reboot":     func() response { return s.json(http.MethodPost, "/routers/a/reboot", `{"confirm":"a"}`) },
			} {
				if what == "reboot" {
					continue // last
				}
				checkRuled(t, d, what, got, tc.sent[what])
			}
			checkRuled(t, d, "reboot", func() response { return s.json(http.MethodPost, "/routers/a/reboot", `{"confirm":"a"}`) }, tc.sent["reboot"])
		})
	}
}

func checkRuled(t *testing.T, d *sim.Device, what string, do func() response, allowed bool) {
	t.Helper()
	before := len(d.Stats().Commands)
	got := do()
	if allowed {
		assert.Equal(t, http.StatusOK, got.Code, "%s: %s", what, got.Body)
		return
	}
	assert.Equal(t, "command_denied", got.body.Code, what)
	assert.Len(t, d.Stats().Commands, before, "%s: nothing was sent", what)
}

// Each command of an act has a line, and so has what was refused.
func TestActsAreRecorded(t *testing.T) {
	var lines bytes.Buffer
	record, err := audit.Open("stdout", &lines, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s := newSite(t, map[string]sim.Options{"a.test": {Identity: "a"}}, func(o *api.Options) { o.Audit = record })
	s.connect("a", "a.test")
	id := s.devices["a.test:8728"].AddPPP("budi")
	s.run("a", "/ppp/secret/add", "=name=budi")
	lines.Reset()
	act(s, "disable", "ppp", id, "budi")
	act(s, "disconnect", "ppp", id, "")
	s.json(http.MethodPost, "/routers/a/retry", "")
	s.json(http.MethodPost, "/routers/a/reboot", `{"confirm":"a"}`)
	var got []string
	for line := range strings.Lines(lines.String()) {
		var e audit.Entry
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		assert.Equal(t, "a", e.Router)
		assert.Equal(t, "owner", e.Key)
		got = append(got, fmt.Sprintf("%s %s %v", e.Action, e.Outcome, e.Command))
	}
	assert.Equal(t, []string{
		"user_disable ok [/ppp/active/print =.proplist=.id,name,service ?.id=" + id + "]",
		"user_disable ok [/ppp/secret/print =.proplist=.id,name,service ?name=budi]",
		"user_disable ok [/ppp/secret/set =.id=*1 =disabled=yes]",
		"user_disable ok [/ppp/active/remove =.id=" + id + "]",
		"user_disconnect failed []",
		"retry ok []",
		"reboot ok [/system/identity/print]",
		"reboot ok [/system/reboot]",
	}, got)
}
