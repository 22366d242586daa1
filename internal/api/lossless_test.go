package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
)

// A field that comes twice keeps both values, under the same keys wherever the row is
// shown.
func TestAFieldThatComesTwiceIsTheSameEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peers := re("=.id=*1", "=local-address=198.51.100.1", "=port=4500", "=remote-address=203.0.113.9", "=port=59061")
		s, _ := newScript(t, map[string]said{
			"/ip/ipsec/remote-peers/print": says(peers, doneWith()),
			"/system/resource/print":       says(re("=board-name=hAP ac^2", "=cpu-load=1", "=board-name=second", "=cpu-load=2"), doneWith()),
			"/system/identity/print":       says(re("=name=one", "=name=two"), doneWith()),
		})
		const want = `{".id":"*1","local-address":"198.51.100.1","port":"4500","remote-address":"203.0.113.9","port#2":"59061"}`
		for form, got := range s.inEveryForm("/ip/ipsec/remote-peers/print") {
			assert.Equal(t, http.StatusOK, got.Code, form)
			assert.Contains(t, got.Body.String(), want, form)
		}
		const hardware = `"board-name":"hAP ac^2","cpu-load":1,"board-name#2":"second","cpu-load#2":2`
		info := s.json(http.MethodGet, "/system-info?router=r", "")
		assert.Contains(t, info.Body.String(), hardware)
		assert.Contains(t, info.Body.String(), `"identity":"one","identity#2":"two"`)
		pipes := s.listen()
		for _, query := range []string{"", "?topics=hardware", "?topics=hardware&mode=delta"} {
			stream := s.open(pipes, "/sse/r"+query)
			stream.block()
			assert.Contains(t, stream.block(), hardware, query)
		}
	})
}

// A command after which a router hangs up succeeds in every form of answer, with the
// rows that came, and so it is in the audit log.
func TestARouterThatHangsUpAsItWasToldTo(t *testing.T) {
	for _, args := range [][]string{
		{"/system/reboot"},
		{"/system reboot"},
		{"/System/Reboot"},
		{"/system/shutdown"},
		{"/system/reset-configuration", "=no-defaults=yes"},
		{"/system/backup/load", "=name=x", "=password="},
		{"/system/package/downgrade"},
		{"/system/package/apply-changes"},
		{"/system/package/update/install"},
		{"/system/package/local-update/download-all", "=reboot-after-download=yes"},
		{"/system/upgrade/download-all", "=reboot-after-download=true"},
	} {
		t.Run(args[0], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := newScript(t, map[string]said{
					args[0]: {sentences: [][]string{re("=status=finding out"), re("=status=downloaded")}, hangsUp: true},
				})
				var written bytes.Buffer
				log, err := audit.Open("stdout", &written, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				s.rebuild(func(o *api.Options) { o.Audit = log })
				for form, got := range s.inEveryForm(args...) {
					text := got.Body.String()
					assert.Equal(t, http.StatusOK, got.Code, form)
					assert.NotContains(t, text, "error", form)
					assert.Contains(t, text, `{"status":"finding out"}`, form)
					assert.Contains(t, text, `{"status":"downloaded"}`, form)
					switch form {
					case "ndjson":
						assert.True(t, strings.HasSuffix(text, "{\"done\":{}}\n"), text)
					case "events":
						assert.True(t, strings.HasSuffix(text, "event: done\ndata: {}\n\n"), text)
					default:
						assert.Contains(t, text, `"success":true,"data":[{`, form)
					}
				}
				log.Close(t.Context())
				for line := range strings.Lines(written.String()) {
					var e audit.Entry
					require.NoError(t, json.Unmarshal([]byte(line), &e))
					assert.Equal(t, audit.OK, e.Outcome, line)
				}
				assert.Equal(t, len(frontDoors), strings.Count(written.String(), "\n"))
			})
		})
	}
}

// What else ends a command is an error in every form of answer.
func TestAHangUpThatNobodyAskedFor(t *testing.T) {
	hangsUp := said{sentences: [][]string{re("=a=1")}, hangsUp: true}
	for name, tc := range map[string]struct {
		args []string
		says said
		code string
	}{
		"another command":    {[]string{"/ip/address/print"}, hangsUp, "router_unreachable"},
		"a firmware upgrade": {[]string{"/system/routerboard/upgrade"}, hangsUp, "router_unreachable"},
		"only a download":    {[]string{"/system/package/update/download"}, hangsUp, "router_unreachable"},
		"a download without reboot": {[]string{"/system/package/local-update/download-all", "=reboot-after-download=no"},
			hangsUp, "router_unreachable"},
		"refused, then a hang-up": {[]string{"/system/reboot"},
			said{sentences: [][]string{trap("=message=not enough permissions (9)")}, hangsUp: true}, "not enough permissions (9)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := newScript(t, map[string]said{tc.args[0]: tc.says})
				for form, got := range s.inEveryForm(tc.args...) {
					assert.Contains(t, got.Body.String(), tc.code, form)
					assert.NotContains(t, got.Body.String(), "success\":true", form)
					assert.NotContains(t, got.Body.String(), "done", form)
				}
			})
		})
	}
}

// Rows before a trap, all traps and all attributes of !done reach the client in every
// form of answer.
func TestNothingOfARefusedAnswerIsLost(t *testing.T) {
	rows := [][]string{re("=message=step one done"), re("=status=created", "=.id=*7")}
	script := trap("=category=4", "=message=failure: script stopped")
	for name, tc := range map[string]struct {
		says  said
		whole string // behind the request_id
		lines []string
	}{
		"rows, one trap": {says(append(slices.Clone(rows), script, doneWith())...),
			`"traps":[{"message":"failure: script stopped","category":4}],"data":[{"message":"step one done"},{"status":"created",".id":"*7"}]}`,
			[]string{`{"message":"step one done"}`, `{"message":"failure: script stopped","traps":[{"message":"failure: script stopped","category":4}]}`}},
		"no rows": {says(script, trap("=message=second", "=category=0"), trap("=message=third"), doneWith()),
			`"traps":[{"message":"failure: script stopped","category":4},{"message":"second","category":0},{"message":"third"}]}`,
			[]string{`{"message":"failure: script stopped","traps":[{"message":"failure: script stopped","category":4},{"message":"second","category":0},{"message":"third"}]}`}},
		"rows on both sides": {says(rows[0], script, rows[1], doneWith("=ret=*5")),
			`"traps":[{"message":"failure: script stopped","category":4}],"data":[{"message":"step one done"},{"status":"created",".id":"*7"}],"ret":"*5"}`,
			[]string{`{"status":"created",".id":"*7"}`, `"traps":[{"message":"failure: script stopped","category":4}],"done":{"ret":"*5"}}`}},
		"attributes of done": {says(script, doneWith("=exit-code=1", "=output=caf\xe9")),
			`"traps":[{"message":"failure: script stopped","category":4}],"done":{"exit-code":"1","output":"café"}}`,
			[]string{`"done":{"exit-code":"1","output":"café"}}`}},
		"a trap alone": {says(rows[0], script), // and then silence
			`"traps":[{"message":"failure: script stopped","category":4}],"data":[{"message":"step one done"}]}`,
			[]string{`{"message":"step one done"}`, `"traps":[{"message":"failure: script stopped","category":4}]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := newScript(t, map[string]said{"/system/script/run": tc.says})
				began := time.Now()
				for form, got := range s.inEveryForm("/system/script/run", "=number=x") {
					text := got.Body.String()
					switch form {
					case "whole":
						assert.Equal(t, http.StatusUnprocessableEntity, got.Code)
						assert.Contains(t, text, `{"success":false,"error":"failure: script stopped","code":"router_refused","request_id":"`)
						assert.True(t, strings.HasSuffix(text, tc.whole+"\n"), text)
						assert.True(t, json.Valid(got.Body.Bytes()))
					case "batch":
						line, _, _ := strings.Cut(text, "\n")
						assert.Equal(t, `{"router_id":"r","success":false,"error":"failure: script stopped","code":"router_refused",`+tc.whole, line)
					default:
						for _, want := range tc.lines {
							assert.Contains(t, text, want, form)
						}
					}
				}
				assert.Less(t, time.Since(began), 40*time.Second, "ten seconds for each")
			})
		})
	}
}

// A refusal that the router does not finish holds up neither the stream nor the other
// menus.
func TestATrapWithoutDoneInWhatIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newScript(t, map[string]said{
			"/ppp/active/print":         says(trap("=message=odd (6)")),
			"/system/routerboard/print": says(trap("=message=odd (6)")),
			"/system/resource/print":    says(re("=board-name=hEX"), doneWith()),
			"/ip/hotspot/active/print":  says(re("=.id=*1", "=user=u"), doneWith()),
			"/system/identity/print":    says(re("=name=core"), doneWith()),
		})
		began := time.Now()
		info := s.json(http.MethodGet, "/system-info?router=r", "")
		assert.Equal(t, http.StatusOK, info.Code)
		assert.Contains(t, info.Body.String(), `"errors":{"routerboard":"odd (6)"}`)
		assert.Contains(t, info.Body.String(), `"board-name":"hEX"`)
		assert.Less(t, time.Since(began), 10*time.Second)

		stream := s.open(s.listen(), "/sse/r")
		stream.block()
		began = time.Now()
		for i := range 10 { // more than the commands that a session may have in flight
			event := stream.block()
			for strings.HasPrefix(event, ":") {
				event = stream.block()
			}
			assert.Contains(t, event, `"errors":{"ppp_active":"odd (6)"}`)
			assert.Contains(t, event, `"user":"u"`)
			if i == 0 { // then the poller asks less often
				assert.Less(t, time.Since(began), 10*time.Second)
			}
		}
		assert.GreaterOrEqual(t, r.commands("/ppp/active/print"), 10)
	})
}

// A refusal of a large table is sent in pieces, as its success is.
func TestManyRowsBeforeATrap(t *testing.T) {
	const n = 5000
	sentences := make([][]string, 0, n+2)
	for i := range n {
		sentences = append(sentences, re("=.id=*"+strconv.Itoa(i), "=name=a name of some length"))
	}
	s, _ := newScript(t, map[string]said{"/x/print": says(append(sentences, trap("=message=interrupted", "=category=2"), doneWith())...)})
	got := s.json(http.MethodPost, "/run", `{"router_id":"r","args":["/x/print"]}`)
	assert.Equal(t, http.StatusUnprocessableEntity, got.Code)
	var rows []map[string]string
	require.NoError(t, json.Unmarshal(got.body.Data, &rows))
	assert.Len(t, rows, n)
}

// All attributes of !done reach the client; an answer with ret alone is as before.
func TestAttributesOfDone(t *testing.T) {
	for name, tc := range map[string]struct {
		done  []string
		whole string // behind the rows
		line  string
	}{
		"none":         {doneWith(), `"data":[]}`, `{}`},
		"ret":          {doneWith("=ret=*5"), `"data":[],"ret":"*5"}`, `{"ret":"*5"}`},
		"an empty ret": {doneWith("=ret="), `"data":[],"ret":""}`, `{"ret":""}`},
		"more than ret": {doneWith("=ret=*5", "=exit-code=0", "=output=hello"),
			`"data":[],"ret":"*5","done":{"ret":"*5","exit-code":"0","output":"hello"}}`, `{"ret":"*5","exit-code":"0","output":"hello"}`},
		"without ret": {doneWith("=output=a\nb\"c"), `"data":[],"done":{"output":"a\nb\"c"}}`, `{"output":"a\nb\"c"}`},
		"ret twice":   {doneWith("=ret=1", "=ret=2"), `"data":[],"ret":"1","done":{"ret":"1","ret#2":"2"}}`, `{"ret":"1","ret#2":"2"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newScript(t, map[string]said{"/execute": says(tc.done)})
			for form, got := range s.inEveryForm("/execute", "=script=x") {
				text := got.Body.String()
				switch form {
				case "whole":
					assert.Equal(t, `{"success":true,`+tc.whole+"\n", text)
				case "batch":
					line, _, _ := strings.Cut(text, "\n")
					assert.Equal(t, `{"router_id":"r","success":true,`+tc.whole, line)
				case "ndjson":
					assert.Equal(t, `{"done":`+tc.line+"}\n", text)
				case "events":
					assert.Equal(t, "event: done\ndata: "+tc.line+"\n\n", text)
				}
			}
		})
	}
}
