package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/ticket"
)

const dashboard = "https://dash.example" // where the page of the browser is from

// browser asks as EventSource does: nothing but the URL. The request ends with
// the test, so that a stream which should have been refused ends, too.
func (p *program) browser(method, path string, header ...string) *http.Response {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	p.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, nil)
	require.NoError(p.t, err)
	req.Header.Set("Origin", dashboard)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: inDocument(&http.Transport{DisableKeepAlives: true})}).Do(req)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// watch opens a stream without the key.
func (p *program) watch(path string) *stream {
	p.t.Helper()
	resp := p.browser(http.MethodGet, path)
	require.Equal(p.t, http.StatusOK, resp.StatusCode, path)
	require.Equal(p.t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &stream{t: p.t, cancel: func() {}, body: resp.Body, lines: bufio.NewReaderSize(resp.Body, 64<<10)}
}

// refused asks without the key and wants a refusal, which it returns.
func (p *program) refused(status int, code, method, path string, header ...string) string {
	p.t.Helper()
	resp := p.browser(method, path, header...)
	require.Equal(p.t, status, resp.StatusCode, path)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	var body struct {
		Success bool
		Error   string
		Code    string
	}
	require.NoError(p.t, json.Unmarshal(raw, &body), "%s", raw)
	assert.False(p.t, body.Success)
	assert.Equal(p.t, code, body.Code, path)
	return body.Error
}

type issued struct {
	Ticket     string
	Expires    int64
	URLExample string `json:"url_example"`
}

func (p *program) ticket(body string) issued {
	p.t.Helper()
	var got issued
	p.post("/tickets", body).data(p.t, &got)
	return got
}

// ticketSecret is the TICKET_SECRET of tests that sign tickets by themselves.
const ticketSecret = "a secret for tickets only"

// ticketing is quick with ticketSecret.
func ticketing() map[string]string {
	env := maps.Clone(quick)
	env["TICKET_SECRET"] = ticketSecret
	return env
}

// sign makes a ticket for everything by itself, as another instance with the owner's key
// does.
func sign(t *testing.T, secret string, from, to time.Duration) string {
	t.Helper()
	now := time.Now()
	signer := ticket.New([]byte(secret))
	token, err := signer.Issue(ticket.Claims{
		Routers: ticket.All(), Topics: ticket.All(), Issued: now.Add(from), Expires: now.Add(to), Key: signer.Tags(testKey)[0],
	})
	require.NoError(t, err)
	return token
}

func TestATicketOpensTheStreamsOfItsRouters(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "ALLOWED_ORIGINS": dashboard})
	for _, id := range []string{"a", "b", "c ü", "d"} {
		_, addr := device(t, sim.Options{})
		p.connect(id, addr)
	}
	one := p.ticket(`{"routers":["a"]}`)
	assert.Equal(t, "/sse/a?ticket="+one.Ticket, one.URLExample)
	assert.Equal(t, "a", p.watch(one.URLExample).snapshot()["router_id"])
	assert.Equal(t, "a", p.watch(one.URLExample).snapshot()["router_id"], "again, while it lasts")
	assert.Equal(t, dashboard, p.browser(http.MethodGet, one.URLExample).Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, `the ticket does not permit the router_id "b"`,
		p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse/b?ticket="+one.Ticket))
	p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse?router=a&router=b&ticket="+one.Ticket)
	p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse/nobody?ticket="+one.Ticket) // not 404: it may not find out
	p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse/b?ticket="+one.Ticket, "X-API-Key", testKey)

	odd := p.ticket(`{"routers":["c ü"]}`)
	assert.Equal(t, "/sse/c%20%C3%BC?ticket="+odd.Ticket, odd.URLExample)
	assert.Equal(t, "c ü", p.watch(odd.URLExample).snapshot()["router_id"])

	two := p.ticket(`{"routers":["a","b","later"]}`)
	assert.Equal(t, "/sse?router=*&ticket="+two.Ticket, two.URLExample)
	s := p.watch(two.URLExample)
	seen := make(map[any]int)
	for seen["a"] < 3 || seen["b"] < 3 {
		seen[s.snapshot()["router_id"]]++
	}
	_, addr := device(t, sim.Options{})
	p.connect("other", addr)
	p.connect("later", addr)
	for seen["later"] < 2 {
		seen[s.snapshot()["router_id"]]++
	}
	assert.Len(t, seen, 3, "of all routers those of the ticket, whenever they come")

	all := p.ticket(`{"routers":"all"}`)
	assert.Equal(t, "/sse?router=*&ticket="+all.Ticket, all.URLExample)
	assert.Equal(t, "b", p.watch("/sse/b?ticket=" + all.Ticket).snapshot()["router_id"])
	everyone := p.watch(all.URLExample)
	seen = make(map[any]int)
	for len(seen) < 6 {
		seen[everyone.snapshot()["router_id"]]++
	}
	p.refused(http.StatusNotFound, "unknown_router", http.MethodGet, "/sse/nobody?ticket="+all.Ticket)
}

func TestATicketOpensItsTopics(t *testing.T) {
	_, addr := device(t, sim.Options{})
	p := start(t, quick)
	p.connect("r", addr)

	some := p.ticket(`{"routers":["r"],"topics":["interfaces","health"]}`)
	assert.Equal(t, "/sse/r?topics=interfaces,health&ticket="+some.Ticket, some.URLExample)
	p.watch(some.URLExample).topic("interfaces", "snapshot")
	p.watch("/sse/r?topics=health&ticket="+some.Ticket).topic("health", "snapshot")
	p.watch("/sse?router=*&topics=interfaces&mode=delta&ticket="+some.Ticket).topic("interfaces", "snapshot")
	for path, want := range map[string]string{
		"/sse/r?topics=interfaces,queues": `the ticket does not permit the topic "queues"`,
		"/sse/r?topics=sessions":          `the ticket does not permit the topic "sessions"`,
		"/sse/r?mode=delta":               `the ticket does not permit the topic "hardware"`,
		"/sse/r?":                         "a stream without the parameter topics has the topics hardware, hotspot_active, ppp_active, and the ticket does not permit all of them; add topics= with those of the ticket",
	} {
		assert.Equal(t, want, p.refused(http.StatusForbidden, "forbidden", http.MethodGet, path+"&ticket="+some.Ticket))
	}
	combined := p.ticket(`{"routers":["r"],"topics":["ppp_active","hotspot_active","hardware"]}`)
	assert.Contains(t, p.watch("/sse/r?ticket="+combined.Ticket).snapshot(), "hardware")
	p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse/r?topics=health&ticket="+combined.Ticket)
}

func TestTicketsThatAreRefused(t *testing.T) {
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"LOGIN_FAILURES": "0", "TICKET_SECRET": ticketSecret})
	p.connect("r", addr)
	good := p.ticket(`{"routers":"all"}`).Ticket
	p.watch("/sse/r?ticket=" + good)
	for name, tt := range map[string]struct{ token, code, want string }{
		"expired":         {sign(t, ticketSecret, -time.Hour, -time.Minute), "ticket_expired", "the ticket expired 1m0s ago; get a new one"},
		"of the future":   {sign(t, ticketSecret, 10*time.Minute, 20*time.Minute), "unauthorized", "the ticket is not valid yet for another "},
		"another secret":  {sign(t, ticketSecret+"!", 0, time.Minute), "unauthorized", "the ticket has an invalid signature: it was changed, or signed with another secret"},
		"changed":         {good[:40] + string(good[40]^1) + good[41:], "unauthorized", ""},
		"cut off":         {good[:len(good)-1], "unauthorized", ""},
		"with more":       {good + "A", "unauthorized", ""},
		"the key":         {testKey, "unauthorized", "malformed ticket"},
		"empty":           {"", "unauthorized", "malformed ticket"},
		"very long":       {strings.Repeat("A", 10_000), "unauthorized", "malformed ticket: longer than 4096 characters"},
		"of two the last": {"&ticket=" + good, "unauthorized", "malformed ticket"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/sse/r?ticket=", "/sse?router=*&ticket="} {
				text := p.refused(http.StatusUnauthorized, tt.code, http.MethodGet, path+tt.token)
				assert.Contains(t, regexp.MustCompile(`1m\ds`).ReplaceAllString(text, "1m0s"), tt.want) // seconds pass
				if tt.token != "" {
					assert.NotContains(t, text, tt.token)
				}
			}
		})
	}
	assert.Equal(t, "the header X-API-Key is missing or wrong", p.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, "/sse/r"))
}

func TestInstancesWithOneSecretTakeEachOthersTickets(t *testing.T) {
	_, addr := device(t, sim.Options{})
	start := func(env map[string]string) *program {
		p := start(t, env)
		if env["MY_API_KEY"] == "" { // p uses testKey
			p.connect("r", addr)
		}
		return p
	}
	plain := start(nil)
	same := start(nil)
	signing := start(map[string]string{"TICKET_SECRET": ticketSecret})
	sharing := start(map[string]string{"TICKET_SECRET": ticketSecret})
	other := start(map[string]string{"TICKET_SECRET": ticketSecret, "MY_API_KEY": "another-key-0123456789"})

	random, bySecret := plain.ticket(`{"routers":["r"]}`), signing.ticket(`{"routers":["r"]}`)
	plain.watch(random.URLExample).snapshot()
	for _, p := range []*program{same, signing, other} { // each secret of a process is its own
		p.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, random.URLExample)
	}
	plain.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, bySecret.URLExample)
	signing.watch(bySecret.URLExample).snapshot()
	sharing.watch(bySecret.URLExample).snapshot()
	text := other.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, bySecret.URLExample)
	assert.Contains(t, text, "was changed", "the key that asked for it is another one there, as after a change")
}

// Whoever has a ticket cannot test guesses of the owner's key with it.
func TestATicketIsNoTestForTheKey(t *testing.T) {
	p := start(t, map[string]string{"MY_API_KEY": testKey})
	token := p.ticket(`{"routers":"all"}`).Ticket
	_, err := ticket.New([]byte(testKey)).Verify(token, time.Now())
	require.ErrorIs(t, err, ticket.ErrForged)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	for _, hash := range [][]byte{hashOf(testKey), hashOf("key " + testKey), hashOf("owner " + testKey)} {
		assert.False(t, bytes.Contains(raw, hash[:8]))
	}
}

func hashOf(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }

// A ticket ends when the key that asked for it is changed in any way, or removed, on
// every instance that has the change.
func TestATicketEndsWithAChangeOfItsKey(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	path := filepath.Join(t.TempDir(), "keys")
	secret := access.NewSecret()
	hash := "hash=" + access.HashOf(secret).String()
	file := func(lines ...string) {
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	}
	const before = "name=noc role=operator routers=r,s expires=2099-01-31 "
	for name, line := range map[string]string{
		"role": "name=noc role=viewer routers=r,s expires=2099-01-31 " + hash, "routers": "name=noc role=operator routers=* expires=2099-01-31 " + hash,
		"fewer routers": "name=noc role=operator routers=r expires=2099-01-31 " + hash, "expiry": "name=noc role=operator routers=r,s expires=2099-02-01 " + hash,
		"a rule": before + hash + " rule=/ip/**", "name": "name=other role=operator routers=r,s expires=2099-01-31 " + hash,
		"hash": before + "hash=" + access.HashOf("mk_other").String(), "removed": "# nobody",
	} {
		t.Run(name, func(t *testing.T) {
			file(before + hash)
			p := start(t, map[string]string{"API_KEYS_FILE": path, "TICKET_SECRET": ticketSecret})
			p.connect("r", addr)
			status, text := p.as(secret, http.MethodPost, "/tickets", `{"routers":["r"]}`)
			require.Equal(t, http.StatusOK, status, text)
			var got struct{ Data issued }
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			p.watch(got.Data.URLExample).snapshot()

			file(line, "name=more role=viewer routers=* hash="+access.HashOf("mk_more").String())
			changed := start(t, map[string]string{"API_KEYS_FILE": path, "TICKET_SECRET": ticketSecret})
			changed.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, got.Data.URLExample)

			file("# moved", before+hash)
			same := start(t, map[string]string{"API_KEYS_FILE": path, "TICKET_SECRET": ticketSecret})
			same.refused(http.StatusNotFound, "unknown_router", http.MethodGet, got.Data.URLExample) // taken; it has no router
		})
	}
}

func TestNoKeyInAURL(t *testing.T) {
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"LOGIN_FAILURES": "0"})
	p.connect("r", addr)
	good := p.ticket(`{"routers":"all"}`).Ticket
	for _, name := range []string{"api_key", "X-API-Key", "x-api-key", "apikey", "API_KEY", "x_api_key", "MY_API_KEY"} {
		for _, path := range []string{"/sse/r?", "/sse?router=*&", "/routers?", "/system-info?router=r&", "/sse/r?ticket=" + good + "&"} {
			for _, header := range [][]string{nil, {"X-API-Key", testKey}} {
				text := p.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, path+url.QueryEscape(name)+"="+testKey, header...)
				assert.Contains(t, text, "open a stream with a ticket from POST /tickets")
				assert.NotContains(t, text, testKey)
			}
		}
	}
}

func TestATicketOpensStreamsOnly(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	good := p.ticket(`{"routers":"all"}`).Ticket
	for _, request := range []string{
		"POST /connect", "POST /disconnect", "POST /run", "POST /run/batch", "POST /tickets",
		"GET /routers", "GET /routers/r", "GET /system-info", "GET /whoami",
	} {
		method, path, _ := strings.Cut(request, " ")
		for _, header := range [][]string{nil, {"X-API-Key", good}} {
			text := p.refused(http.StatusUnauthorized, "unauthorized", method, path+"?ticket="+good, header...)
			assert.Equal(t, "the header X-API-Key is missing or wrong", text, request)
		}
	}
}

func TestIssuingTickets(t *testing.T) {
	p := start(t, map[string]string{"TICKET_SECRET": ticketSecret})
	for name, tt := range map[string]struct {
		body string
		ttl  int64
	}{
		"a minute without ttl": {`{"routers":["a"]}`, 60},
		"the shortest":         {`{"routers":["a"],"ttl":1}`, 1},
		"the longest":          {`{"routers":"all","topics":null,"ttl":3600}`, 3600},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now().Unix()
			got := p.ticket(tt.body)
			assert.GreaterOrEqual(t, got.Expires, before+tt.ttl)
			assert.LessOrEqual(t, got.Expires, time.Now().Unix()+tt.ttl)
			claims, err := ticket.New([]byte(ticketSecret)).Verify(got.Ticket, time.Now())
			require.NoError(t, err)
			assert.Equal(t, got.Expires, claims.Expires.Unix())
		})
	}
	many, err := json.Marshal(map[string]any{"routers": strings.Split(strings.Repeat("r,", 4000)+"r", ",")})
	require.NoError(t, err)
	p.ticket(string(many)) // one router, many times

	var long []string
	for id := 'a'; id <= 'z'; id++ {
		long = append(long, strings.Repeat(string(id), 128))
	}
	tooLong, err := json.Marshal(map[string]any{"routers": long})
	require.NoError(t, err)
	for name, tt := range map[string]struct{ body, want string }{
		"no routers":      {`{}`, "missing: routers"},
		"null":            {`{"routers":null}`, "missing: routers"},
		"an empty list":   {`{"routers":[]}`, "missing: routers"},
		"one in a string": {`{"routers":"a"}`, `routers must be a list of router_ids or "all"`},
		"an empty id":     {`{"routers":["a",""]}`, "routers has an empty router_id"},
		"the star":        {`{"routers":["*"]}`, `"*" is not a router_id; for all routers send "routers":"all"`},
		"no topics":       {`{"routers":"all","topics":[]}`, "topics is empty; omit it for all topics"},
		"unknown topic":   {`{"routers":"all","topics":["health","weather"]}`, `unknown topic "weather"; the topics are hardware, `},
		"topics as text":  {`{"routers":"all","topics":"all"}`, "topics must be a list of strings, not string"},
		"ttl negative":    {`{"routers":"all","ttl":-1}`, "ttl must be from 1 to 3600 seconds"},
		"ttl too long":    {`{"routers":"all","ttl":3601}`, "ttl must be from 1 to 3600 seconds"},
		"ttl as text":     {`{"routers":"all","ttl":"60"}`, "ttl must be a whole number, not string"},
		"ttl broken":      {`{"routers":"all","ttl":1.5}`, "ttl must be a whole number, not number 1.5"},
		"unknown field":   {`{"routers":"all","user":"me"}`, `unknown field "user"`},
		"two objects":     {`{"routers":"all"}{}`, "more than one JSON object"},
		"too many":        {string(tooLong), "the ticket would be longer than 4096 characters; name fewer routers, or all of them"},
	} {
		t.Run(name, func(t *testing.T) {
			a := p.post("/tickets", tt.body)
			assert.Equal(t, http.StatusBadRequest, a.status)
			assert.Equal(t, "invalid_request", a.body.Code)
			assert.Contains(t, a.body.Error, tt.want)
		})
	}
}

// A ticket bounds the opening of a stream: one that is open goes on.
func TestAStreamOutlivesItsTicket(t *testing.T) {
	t.Parallel() // it mostly waits
	_, addr := device(t, sim.Options{})
	p := start(t, ticketing())
	p.connect("r", addr)
	token := sign(t, ticketSecret, -time.Minute, 2*time.Second-ticket.Skew) // two seconds are left of the skew
	s := p.watch("/sse/r?ticket=" + token)
	eventually(t, "the ticket expires", func() bool {
		resp := p.browser(http.MethodGet, "/sse/r?ticket="+token)
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusUnauthorized
	})
	expired := float64(time.Now().Unix())
	s.until("an event of later", func(e event) bool { return e.Name == "" && e.decode(t)["ts"].(float64) > expired })
}

// Whatever becomes of a request, its ticket is not in the log.
func TestTicketsAreNotLogged(t *testing.T) {
	var p *program
	var tokens []string
	t.Cleanup(func() { // after the program has stopped
		require.Contains(t, p.log.String(), "stopping", "the log is that of the program, to its end")
		for _, token := range tokens {
			assert.NotContains(t, p.log.String(), token[:20])
			assert.NotContains(t, p.log.String(), token[len(token)-20:])
			assert.NotContains(t, p.log.String(), "ticket=")
		}
	})
	_, addr := device(t, sim.Options{})
	p = start(t, map[string]string{"TICKET_SECRET": "not-to-be-logged-either", "LOG_LEVEL": "debug"})
	t.Cleanup(func() { assert.NotContains(t, p.log.String(), "not-to-be-logged-either") })
	p.connect("r", addr)
	good := p.ticket(`{"routers":["r"]}`).Ticket
	forged := sign(t, "another secret altogether", 0, time.Minute)
	expired := sign(t, "not-to-be-logged-either", -time.Minute, -30*time.Second)
	tokens = []string{good, forged, expired}

	watched := p.watch("/sse/r?ticket=" + good)
	watched.snapshot()
	left := p.watch("/sse/r?ticket=" + good)
	require.NoError(t, left.body.Close())
	p.refused(http.StatusForbidden, "forbidden", http.MethodGet, "/sse/x?ticket="+good)
	p.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, "/sse/r?ticket="+forged)
	p.refused(http.StatusUnauthorized, "ticket_expired", http.MethodGet, "/sse/r?ticket="+expired)
	p.refused(http.StatusMethodNotAllowed, "method_not_allowed", http.MethodDelete, "/sse/r?ticket="+good)
	p.refused(http.StatusNotFound, "not_found", http.MethodGet, "/nowhere?ticket="+good)
	p.refused(http.StatusUnauthorized, "unauthorized", http.MethodGet, "/sse/r?x=1;y&ticket="+good+"&api_key=k")
	p.post("/disconnect", `{"router_id":"r"}`)
	watched.until("the end", func(e event) bool { return e.Name == "end" })
}

func TestAShortKeyIsWarnedOf(t *testing.T) {
	const warning = "MY_API_KEY detail=\"is shorter than 16 characters"
	short := map[string]string{"MY_API_KEY": "fifteen-bytes.."}
	assert.Contains(t, start(t, short).log.String(), warning)
	short["TICKET_SECRET"] = "sixteen-bytes..."
	assert.Contains(t, start(t, short).log.String(), warning, "it is about the key, not about tickets")
	assert.NotContains(t, start(t, nil).log.String(), warning)
}
