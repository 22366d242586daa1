package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
)

// frontDoor is a way to send a command to one router. lines tells
// that a refusal that concerns one router is a line of the answer.
type frontDoor struct {
	path, accept string
	body         func(id string, args []string) any
	lines        bool
}

func toOne(id string, args []string) any { return map[string]any{"router_id": id, "args": args} }
func toMany(id string, args []string) any {
	return map[string]any{"routers": []string{id}, "args": args}
}

var frontDoors = map[string]frontDoor{
	"whole":  {"/run", "", toOne, false},
	"ndjson": {"/run", "application/x-ndjson", toOne, false},
	"events": {"/run", "text/event-stream", toOne, false},
	"batch":  {"/run/batch", "", toMany, true},
}

// All ways to send a command refuse the same ones, with the same code, and leave one
// audit line for each router.
func TestEveryFrontDoorChecksTheSame(t *testing.T) {
	keys, err := access.Parse("name=noc role=viewer routers=in* hash=" + access.HashOf("noc").String() +
		"\nname=shop role=operator routers=in* hash=" + access.HashOf("shop").String() + " rule=/ip/address:print,getall rule=/ppp/**" +
		"\nname=gone role=operator routers=in* hash=" + access.HashOf("gone").String() + " expires=2001-01-01\n")
	require.NoError(t, err)
	ok := []string{"/ip/address/print"}
	for name, tc := range map[string]struct {
		key, id  string
		args     []string
		code     string // of the refusal, "" for none
		perLine  bool   // the refusal concerns the router only
		outcome  string
		readOnly bool
	}{
		"permitted":            {key: "shop", id: "in-1", args: ok, outcome: "ok"},
		"bad words":            {key: "shop", id: "in-1", args: []string{"/ip/address/print", "detail"}, code: "invalid_request", outcome: "failed"},
		"an empty word":        {key: "shop", id: "in-1", args: []string{"/ip/address/print", ""}, code: "invalid_request", outcome: "failed"},
		"no path":              {key: "shop", id: "in-1", args: []string{}, code: "invalid_request", outcome: "failed"},
		"a session command":    {key: "shop", id: "in-1", args: []string{"/quit"}, code: "invalid_request", outcome: "failed"},
		"unknown router":       {key: "shop", id: "in-9", args: ok, code: "unknown_router", perLine: true, outcome: "failed"},
		"out of scope":         {key: "shop", id: "out-1", args: ok, code: "unknown_router", perLine: true, outcome: "failed"},
		"the rules of a key":   {key: "shop", id: "in-1", args: []string{"/ip/address/remove", "=.id=*1"}, code: "command_denied", outcome: "denied"},
		"READ_ONLY":            {key: apiKey, id: "in-1", args: []string{"/ip/address/remove", "=.id=*1"}, code: "command_denied", outcome: "denied", readOnly: true},
		"rules before routers": {key: "shop", id: "in-9", args: []string{"/ip/address/remove", "=.id=*1"}, code: "command_denied", outcome: "denied"},
		"the router refuses":   {key: "shop", id: "in-1", args: []string{"/ppp/nowhere/print"}, code: "router_refused", perLine: true, outcome: "failed"},
		"a viewer":             {key: "noc", id: "in-1", args: ok, code: "forbidden", outcome: "denied"},
		"an expired key":       {key: "gone", id: "in-1", args: ok, code: "unauthorized", outcome: "denied"},
	} {
		for door, d := range frontDoors {
			t.Run(name+", "+door, func(t *testing.T) {
				set := access.NewKeySet(keys)
				defer set.Close()
				var written bytes.Buffer
				log, err := audit.Open("stdout", &written, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				s := newSite(t, map[string]sim.Options{"r.test": {}})
				s.connect("in-1", "r.test")
				s.connect("out-1", "r.test")
				s.rebuild(func(o *api.Options) {
					o.Keys, o.Audit = set, log
					if tc.readOnly {
						o.Rules = []*rules.Set{rules.ReadOnly()}
					}
				})
				got := s.send(http.MethodPost, d.path, marshal(t, d.body(tc.id, tc.args)), "X-API-Key", tc.key, "Accept", d.accept)
				log.Close(t.Context())

				streamed := tc.code == "" || tc.perLine && d.lines || tc.code == "router_refused" && d.accept != ""
				assert.Equal(t, streamed, got.Code == http.StatusOK, "%d: %s", got.Code, got.Body)
				if tc.code != "" && !(tc.code == "router_refused" && d.accept != "") { // which has a trap, and no code
					assert.Contains(t, got.Body.String(), `"code":"`+tc.code+`"`)
				}
				var lines []audit.Entry
				for line := range strings.Lines(written.String()) {
					var e audit.Entry
					require.NoError(t, json.Unmarshal([]byte(line), &e))
					lines = append(lines, e)
				}
				require.Len(t, lines, 1, "one audit line: %s", written.String())
				assert.Equal(t, tc.outcome, string(lines[0].Outcome))
				assert.Equal(t, tc.code, lines[0].Code)
				if tc.code == "unauthorized" {
					return // a wrong key is recorded as such, not as a command
				}
				if tc.code != "forbidden" { // which is found out before the body is read
					assert.Equal(t, tc.id, lines[0].Router)
					assert.Equal(t, len(tc.args), len(lines[0].Command))
				}
				assert.Equal(t, map[bool]audit.Action{false: audit.Run, true: audit.Batch}[d.lines], lines[0].Action)
			})
		}
	}
}

// A batch has an audit line for each router.
func TestABatchHasAnAuditLineForEachRouter(t *testing.T) {
	var written bytes.Buffer
	log, err := audit.Open("stdout", &written, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	for _, id := range []string{"a", "b", "c"} {
		s.connect(id, "r.test")
	}
	s.rebuild(func(o *api.Options) { o.Audit = log })
	s.send(http.MethodPost, "/run/batch", `{"routers":["a","b","c","a","none"],"args":["/ip/address/print"]}`)
	log.Close(t.Context())
	lines := strings.Split(strings.TrimSpace(written.String()), "\n")
	require.Len(t, lines, 4)
	for _, id := range []string{"a", "b", "c", "none"} {
		assert.Equal(t, 1, strings.Count(written.String(), `"router":"`+id+`"`), id)
	}
}

// A panic on one router of a batch is an error of this router, and the program goes on.
func TestABatchOutlivesAPanic(t *testing.T) {
	s := newStub(t, panics{value: "the secret of the stack"})
	got := s.send(http.MethodPost, "/run/batch", `{"routers":["a","b"],"args":["/system/identity/print"]}`)
	assert.Equal(t, http.StatusOK, got.Code)
	for _, line := range []string{`{"router_id":"a",`, `{"router_id":"b",`, `"code":"internal"`, `"summary":{"routers":2,"ok":0,"failed":2,"skipped":0,`} {
		assert.Contains(t, got.Body.String(), line)
	}
	assert.NotContains(t, got.Body.String(), "secret")
	assert.Contains(t, s.log.String(), "the secret of the stack")
}

// A command that was executed is recorded as that before the client can tell, also if
// the client does not read the answer.
func TestTheAuditEntryComesBeforeTheAnswer(t *testing.T) {
	for name, d := range frontDoors {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var written bytes.Buffer
				log, err := audit.Open("stdout", &written, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 10}}, func(o *api.Options) { o.WriteTimeout = time.Minute })
				s.connect("in-1", "r.test")
				s.rebuild(func(o *api.Options) { o.Audit = log })
				conn, err := s.listen().dial(t.Context())
				require.NoError(t, err)
				body := marshal(t, d.body("in-1", []string{"/system/identity/set", "=name=x"}))
				_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nAccept: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					d.path, apiKey, d.accept, len(body), body)
				require.NoError(t, err)
				if d.accept != "" || d.lines { // the head comes before the command is over
					_, err = http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
					require.NoError(t, err)
				}
				synctest.Wait() // the rest of the answer waits for its reader
				assert.Contains(t, written.String(), `"outcome":"ok"`)
				_ = conn.Close()
				log.Close(t.Context())
			})
		})
	}
}
