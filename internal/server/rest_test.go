package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// restAnswer is an answer of /routers/{id}/rest.
type restAnswer struct {
	status int
	header http.Header
	raw    string
}

// row decodes an object.
func (a restAnswer) row(t testing.TB) (row map[string]string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.raw), &row), a.raw)
	return row
}

// rows decodes an array.
func (a restAnswer) rows(t testing.TB) (rows []map[string]string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.raw), &rows), a.raw)
	require.NotNil(t, rows, a.raw)
	return rows
}

// failed asserts the form of an error, and its status and detail.
func (a restAnswer) failed(t testing.TB, status int, detail, code string) {
	t.Helper()
	var body struct {
		Error           int
		Message         string
		Detail          *string
		Code, RequestID string
	}
	require.NoError(t, json.Unmarshal([]byte(a.raw), &body), a.raw)
	assert.Equal(t, status, a.status, a.raw)
	assert.Equal(t, status, body.Error, a.raw)
	assert.Equal(t, http.StatusText(status), body.Message, a.raw)
	assert.Equal(t, code, body.Code, a.raw)
	if detail == "" {
		assert.Nil(t, body.Detail, a.raw)
		return
	}
	if assert.NotNil(t, body.Detail, a.raw) {
		assert.Equal(t, detail, *body.Detail)
	}
}

// rest sends a request as clients of RouterOS's REST do, with the key as the password.
func (p *program) rest(method, path, body string, header ...string) restAnswer {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+"/routers/r/rest"+path, strings.NewReader(body))
	require.NoError(p.t, err)
	req.SetBasicAuth("terraform", testKey)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Del(header[i])
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return restAnswer{resp.StatusCode, resp.Header, string(raw)}
}

// restPersonalities are the routers of the tests of REST: one that has REST itself, and one
// that never had.
var restPersonalities = map[string]func() sim.Personality{"RouterOS 6": sim.HAP, "RouterOS 7": sim.CCR2004}

// onBoth runs a test on a router of each version.
func onBoth(t *testing.T, env map[string]string, test func(t *testing.T, p *program, d *sim.Device)) {
	t.Helper()
	for name, personality := range restPersonalities {
		t.Run(name, func(t *testing.T) {
			d, addr := device(t, sim.Options{Personality: personality(), Identity: "branch"})
			p := start(t, env)
			require.Equal(t, http.StatusOK, p.connect("r", addr).status)
			test(t, p, d)
		})
	}
}

// The rows of a table of requests and answers that was made from MikroTik's documentation,
// in its order. The sentences that they lead to are in TestTheSentences of package rest.
func TestREST(t *testing.T) {
	onBoth(t, nil, func(t *testing.T, p *program, d *sim.Device) {
		do := func(row, method, path, body string, check func(t *testing.T, a restAnswer)) {
			t.Run(row+" "+method+" "+path, func(t *testing.T) {
				a := p.rest(method, path, body)
				if method != http.MethodDelete || a.status != http.StatusNoContent {
					assert.Equal(t, "application/json", a.header.Get("Content-Type"))
				}
				check(t, a)
			})
		}
		list := func(check func(t *testing.T, rows []map[string]string)) func(*testing.T, restAnswer) {
			return func(t *testing.T, a restAnswer) {
				assert.Equal(t, http.StatusOK, a.status)
				check(t, a.rows(t))
			}
		}
		object := func(want map[string]string) func(*testing.T, restAnswer) {
			return func(t *testing.T, a restAnswer) {
				assert.Equal(t, http.StatusOK, a.status)
				assert.Subset(t, a.row(t), want)
			}
		}
		exactly := func(status int, want string) func(*testing.T, restAnswer) {
			return func(t *testing.T, a restAnswer) {
				assert.Equal(t, status, a.status)
				assert.JSONEq(t, want, a.raw)
			}
		}
		refused := func(status int, detail, code string) func(*testing.T, restAnswer) {
			return func(t *testing.T, a restAnswer) { a.failed(t, status, detail, code) }
		}
		var first string // id of an address
		do("1", "GET", "/ip/address", "", list(func(t *testing.T, rows []map[string]string) {
			require.NotEmpty(t, rows)
			first = rows[0][".id"]
			assert.NotEmpty(t, rows[0]["address"])
		}))
		do("2", "GET", "/ip/hotspot/active", "", exactly(200, `[]`))
		do("3", "GET", "/system/identity", "", exactly(200, `{"name":"branch"}`))
		do("4", "GET", "/interface?type=ether&running=true", "", list(func(t *testing.T, rows []map[string]string) {
			require.NotEmpty(t, rows)
			for _, row := range rows {
				assert.Equal(t, []string{"ether", "true"}, []string{row["type"], row["running"]})
			}
		}))
		do("5", "GET", "/ip/address?.proplist=address", "", list(func(t *testing.T, rows []map[string]string) {
			require.NotEmpty(t, rows)
			assert.Len(t, rows[0], 2)
			assert.Equal(t, first, rows[0][".id"])
		}))
		do("6", "GET", "/ip/address/"+first, "", func(t *testing.T, a restAnswer) {
			assert.Equal(t, first, a.row(t)[".id"])
		})
		do("6, encoded", "GET", "/ip/address/"+strings.ReplaceAll(first, "*", "%2A"), "", object(map[string]string{".id": first}))
		do("7", "GET", "/ip/address/*FFFF", "", refused(404, "", "not_found"))
		do("8", "GET", "/interface/ether1", "", object(map[string]string{"name": "ether1"}))
		do("8, again", "GET", "/interface/ether1", "", object(map[string]string{"name": "ether1"}))
		do("9", "GET", "/interface/nosuch", "", refused(400, "no such command or directory (nosuch)", "router_refused"))
		do("10", "GET", "/interface/ether1?.proplist=name,mtu", "", exactly(200, `{"name":"ether1","mtu":"1500"}`))
		do("11", "GET", "/file/hotspot%2Flogin.html", "", object(map[string]string{"name": "hotspot/login.html"}))
		do("12", "GET", "/no/such", "", refused(400, "no such command or directory (no)", "router_refused"))
		do("13", "GET", "/interface?.id=*1", "", list(func(t *testing.T, rows []map[string]string) {
			require.Len(t, rows, 1)
			assert.Equal(t, "*1", rows[0][".id"])
		}))
		do("13, none", "GET", "/interface?.id=*FFFF", "", exactly(200, `[]`))

		var made string
		do("14", "PUT", "/ip/address", `{"address":"10.0.0.1/24","interface":"ether2"}`, func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusCreated, a.status)
			assert.Subset(t, a.row(t), map[string]string{"address": "10.0.0.1/24", "interface": "ether2", "network": "10.0.0.0"})
			made = a.row(t)[".id"]
			assert.Equal(t, "/routers/r/rest/ip/address/"+made, a.header.Get("Location"))
		})
		d.Inject(sim.Fault{Kind: sim.Trap, Path: "/ppp/secret/print", Text: "not enough permissions (9)"})
		do("15", "PUT", "/ppp/secret", `{"name":"budi","password":"hush"}`, func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusCreated, a.status)
			assert.Len(t, a.row(t), 1)
			assert.Contains(t, a.row(t), ".id")
		})
		d.Clear()
		do("16", "PUT", "/ip/address", `{"address":"10.0.0.1/24","interface":"ether2"}`,
			refused(400, "failure: already have such address", "router_refused"))
		do("17", "PATCH", "/ip/address/"+made, `{"comment":"a","disabled":true}`, object(map[string]string{".id": made, "comment": "a", "disabled": "true"}))
		do("18", "PATCH", "/ip/address/"+made, `{"comment":null}`, func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusOK, a.status)
			assert.Empty(t, a.row(t)["comment"])
		})
		do("19", "PATCH", "/ip/address/*FFFF", `{"comment":"a"}`, refused(404, "", "not_found"))
		require.Equal(t, http.StatusCreated, p.rest("PUT", "/user", `{"name":"lab","group":"read","password":"hush"}`).status)
		do("20", "PATCH", "/user/lab", `{"comment":"x"}`, object(map[string]string{"name": "lab", "comment": "x"}))
		do("20, renamed", "PATCH", "/user/lab", `{"name":"lab2"}`, object(map[string]string{"name": "lab2", "comment": "x"}))
		before := d.Stats()
		do("21", "PATCH", "/system/identity", `{"name":"x"}`, refused(400, "missing or invalid resource identifier", "invalid_request"))
		assert.Equal(t, before.Commands, d.Stats().Commands, "21: nothing is sent")
		do("22", "DELETE", "/ip/address/"+made, "", func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusNoContent, a.status)
			assert.Empty(t, a.raw)
		})
		do("23", "DELETE", "/ip/address/"+made, "", refused(404, "", "not_found"))
		do("24", "DELETE", "/file/daily.backup", "", func(t *testing.T, a restAnswer) { assert.Equal(t, http.StatusNoContent, a.status) })
		do("24, again", "DELETE", "/file/daily.backup", "", refused(400, "no such command or directory (daily.backup)", "router_refused"))
		do("25", "POST", "/system/identity/set", `{"name":"x"}`, exactly(200, `[]`))
		do("25, read", "GET", "/system/identity", "", exactly(200, `{"name":"x"}`))
		do("26", "POST", "/interface/print", `{".proplist":["name"],".query":["type=ether","type=vlan","#|"]}`, list(func(t *testing.T, rows []map[string]string) {
			assert.Contains(t, rows, map[string]string{"name": "ether1"})
		}))
		do("27", "POST", "/ip/address/print", `{"count-only":""}`, func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusOK, a.status)
			assert.Regexp(t, `^[1-9][0-9]*$`, a.row(t)["ret"])
		})
		do("28", "POST", "/ip/address/add", `{"address":"10.0.1.1/24","interface":"ether2"}`, func(t *testing.T, a restAnswer) {
			assert.Equal(t, http.StatusOK, a.status)
			assert.Regexp(t, `^\*[0-9A-F]+$`, a.row(t)["ret"])
		})
		do("29", "POST", "/ping", `{"address":"10.0.0.1","count":"2","interval":"20ms"}`, list(func(t *testing.T, rows []map[string]string) { assert.Len(t, rows, 2) }))
		do("30", "POST", "/interface/monitor-traffic", `{"interface":"ether1","once":""}`, list(func(t *testing.T, rows []map[string]string) {
			require.Len(t, rows, 1)
			assert.Equal(t, "ether1", rows[0]["name"])
		}))
		do("32", "POST", "/interface/monitor-traffic", `{"interface":"ether1","duration":"1100ms"}`, list(func(t *testing.T, rows []map[string]string) {
			require.Greater(t, len(rows), 1)
			assert.NotEmpty(t, rows[0][".section"])
		}))
		do("33", "POST", "/execute", `{"script":":put 1","as-string":""}`, exactly(200, `{"ret":"1"}`))
		do("34", "POST", "/ip/address", `{"address":"10.0.2.1/24"}`, refused(400, "no such command", "router_refused"))
		do("35", "POST", "/ip/firewall/nat/move", `{"numbers":"*2","destination":"*1"}`, exactly(200, `[]`))
		do("35, order", "GET", "/ip/firewall/nat?.proplist=.id", "", exactly(200, `[{".id":"*2"},{".id":"*1"}]`))
		do("35, unknown", "POST", "/ip/firewall/nat/move", `{"numbers":"*FF","destination":"*1"}`, refused(404, "", "not_found"))
		d.Inject(sim.Fault{Kind: sim.Trap, Path: "/ip/address/print", Text: "not enough permissions (9)", Count: 1})
		do("36", "GET", "/ip/address", "", refused(500, "not enough permissions (9)", "router_refused"))
		do("37", "PUT", "/ip/address", "x", refused(400, "Failed to parse json", "invalid_request"))
		for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-16"} {
			a := p.rest("PUT", "/ip/address", `{"address":"10.0.3.1/24","interface":"ether2"}`, "Content-Type", kind)
			assert.Equal(t, http.StatusUnsupportedMediaType, a.status, "38: %s: %s", kind, a.raw)
		}
		a := p.rest("PUT", "/ip/address", `{"address":"10.0.3.1/24","interface":"ether2"}`, "Content-Type", "")
		assert.Equal(t, http.StatusCreated, a.status, "38: without one: %s", a.raw)
		assert.Equal(t, 1, d.Stats().Logins, "one session for all")
	})
}

// Rows 31 and 39: what does not end is ended, on the router too.
func TestRESTEndsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, map[string]string{"RUN_TIMEOUT": "1s"}, func(t *testing.T, p *program, d *sim.Device) {
		for _, once := range []string{`"false"`, "false"} {
			p.rest("POST", "/interface/monitor-traffic", `{"interface":"ether1","once":`+once+`}`).failed(t, 400, "Session closed", "timeout")
		}
		eventually(t, "the commands are cancelled", func() bool { return d.Stats().Cancels == 2 })
		d.Inject(sim.Fault{Kind: sim.Slow, Delay: time.Hour, Path: "/system/clock/print"})
		p.rest("GET", "/system/clock", "").failed(t, 400, "Session closed", "timeout")
	})
}

// Row 40.
func TestRESTOfARouterThatIsDown(t *testing.T) {
	onBoth(t, map[string]string{"RUN_TIMEOUT": "1s", "RECONNECT_MIN": "1h", "RECONNECT_MAX": "1h"}, func(t *testing.T, p *program, d *sim.Device) {
		d.Inject(sim.Fault{Kind: sim.ResetAtLogin})
		d.DropSessions()
		eventually(t, "the router is down", func() bool {
			a := p.rest("GET", "/system/clock", "")
			return a.status == http.StatusBadGateway && strings.Contains(a.raw, `"code":"router_unreachable"`) &&
				strings.Contains(a.raw, `"message":"Bad Gateway"`) && strings.Contains(a.raw, `"error":502`)
		})
	})
}

// A command that waits for a session in vain was not sent, and is not said to be closed.
func TestRESTOfARouterThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	env := map[string]string{"RUN_TIMEOUT": "500ms", "LOGIN_TIMEOUT": "1h", "DIAL_TIMEOUT": "1h"}
	onBoth(t, env, func(t *testing.T, p *program, d *sim.Device) {
		d.Inject(sim.Fault{Kind: sim.MuteAtLogin})
		d.DropSessions()
		eventually(t, "a command waits", func() bool {
			a := p.rest("GET", "/system/clock", "")
			return a.status == http.StatusGatewayTimeout && strings.Contains(a.raw, `"message":"Gateway Timeout"`) && !strings.Contains(a.raw, "Session closed")
		})
	})
}
