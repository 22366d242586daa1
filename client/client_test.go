package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/client"
)

func TestRequests(t *testing.T) {
	settings := client.Settings{Host: "192.0.2.1", User: "api", Pass: "x", TLS: &client.TLS{Mode: "insecure"}}
	user := client.User{Service: "ppp", ID: "*1", Name: "budi"}
	done := func(_ any, err error) error { return err }
	for name, tt := range map[string]struct {
		call        func(ctx context.Context, c *client.Client) error
		asked, body string
	}{
		"routers":    {func(ctx context.Context, c *client.Client) error { return done(c.Routers(ctx)) }, "GET /routers", ""},
		"router":     {func(ctx context.Context, c *client.Client) error { return done(c.Router(ctx, "a b")) }, "GET /routers/a%20b", ""},
		"connect":    {func(ctx context.Context, c *client.Client) error { return done(c.Connect(ctx, "a", settings)) }, "POST /connect", `{"router_id":"a","host":"192.0.2.1","user":"api","pass":"x","tls":{"mode":"insecure"}}`},
		"disconnect": {func(ctx context.Context, c *client.Client) error { return done(c.Disconnect(ctx, "a")) }, "POST /disconnect", `{"router_id":"a"}`},
		"put":        {func(ctx context.Context, c *client.Client) error { return done(c.PutRouter(ctx, "a", settings)) }, "PUT /routers/a", `{"host":"192.0.2.1","user":"api","pass":"x","tls":{"mode":"insecure"}}`},
		"change": {func(ctx context.Context, c *client.Client) error {
			return done(c.ChangeRouter(ctx, "a", client.Changes{Comment: new("")}))
		}, "PATCH /routers/a", `{"comment":""}`},
		"plain": {func(ctx context.Context, c *client.Client) error {
			return done(c.ChangeRouter(ctx, "a", client.Changes{Plain: true}))
		}, "PATCH /routers/a", `{"tls":null}`},
		"delete": {func(ctx context.Context, c *client.Client) error { return done(c.DeleteRouter(ctx, "a")) }, "DELETE /routers/a", ""},
		"retry":  {func(ctx context.Context, c *client.Client) error { return c.RetryRouter(ctx, "a") }, "POST /routers/a/retry", ""},
		"reboot": {func(ctx context.Context, c *client.Client) error { return c.RebootRouter(ctx, "a", "gw") }, "POST /routers/a/reboot", `{"confirm":"gw"}`},
		"users": {func(ctx context.Context, c *client.Client) error {
			return done(c.Users(ctx, "a", client.UsersQuery{Search: "budi x", Limit: 5}))
		}, "GET /routers/a/users?limit=5&q=budi+x", ""},
		"alerts":    {func(ctx context.Context, c *client.Client) error { return done(c.Alerts(ctx)) }, "GET /alerts", ""},
		"history":   {func(ctx context.Context, c *client.Client) error { return done(c.AlertHistory(ctx, 5)) }, "GET /alerts/history?limit=5", ""},
		"silence":   {func(ctx context.Context, c *client.Client) error { return done(c.SilenceAlert(ctx, "a1", 2*time.Hour)) }, "POST /alerts/a1/silence", `{"for":"2h0m0s"}`},
		"receivers": {func(ctx context.Context, c *client.Client) error { return done(c.Receivers(ctx)) }, "GET /alerts/receivers", ""},
		"test":      {func(ctx context.Context, c *client.Client) error { return c.TestReceiver(ctx, "noc") }, "POST /alerts/receivers/noc/test", ""},
		"search":    {func(ctx context.Context, c *client.Client) error { return done(c.Search(ctx, "02:00", 7)) }, "GET /search?limit=7&q=02%3A00", ""},
		"measured": {func(ctx context.Context, c *client.Client) error {
			return done(c.History(ctx, "a", client.HistoryQuery{Series: []string{"cpu", "ppp"}, From: "1h", Step: 5 * time.Minute}))
		}, "GET /routers/a/history?from=1h&series=cpu%2Cppp&step=300", ""},
		"keys": {func(ctx context.Context, c *client.Client) error { return done(c.Keys(ctx)) }, "GET /keys", ""},
		"create key": {func(ctx context.Context, c *client.Client) error {
			return done(c.CreateKey(ctx, client.KeyRequest{Name: "noc", Role: "viewer", Routers: []string{"*"}}))
		}, "POST /keys", `{"name":"noc","role":"viewer","routers":["*"]}`},
		"revoke key":  {func(ctx context.Context, c *client.Client) error { return c.RevokeKey(ctx, "noc") }, "DELETE /keys/noc", ""},
		"invitations": {func(ctx context.Context, c *client.Client) error { return done(c.Invitations(ctx)) }, "GET /invitations", ""},
		"invite": {func(ctx context.Context, c *client.Client) error {
			return done(c.Invite(ctx, client.KeyRequest{Name: "guest", Role: "viewer", Routers: []string{"a"}, Expires: "2127-01-31"}, time.Hour))
		}, "POST /invitations", `{"name":"guest","role":"viewer","routers":["a"],"expires":"2127-01-31","ttl":3600}`},
		"withdraw": {func(ctx context.Context, c *client.Client) error { return c.WithdrawInvitation(ctx, "guest") }, "DELETE /invitations/guest", ""},
		"exchange": {func(ctx context.Context, c *client.Client) error { return done(c.ExchangeInvitation(ctx, "mi_x")) }, "POST /invitations/exchange", `{"token":"mi_x"}`},
		"examine":  {func(ctx context.Context, c *client.Client) error { return done(c.Examine(ctx, "a")) }, "GET /routers/a/doctor", ""},
		"fleet":    {func(ctx context.Context, c *client.Client) error { return done(c.Fleet(ctx)) }, "GET /fleet", ""},
		"kick":     {func(ctx context.Context, c *client.Client) error { return done(c.DisconnectUser(ctx, "a", user)) }, "POST /routers/a/users/disconnect", `{"service":"ppp",".id":"*1","name":"budi"}`},
		"disable":  {func(ctx context.Context, c *client.Client) error { return done(c.DisableUser(ctx, "a", user)) }, "POST /routers/a/users/disable", `{"service":"ppp",".id":"*1","name":"budi"}`},
		"info":     {func(ctx context.Context, c *client.Client) error { return done(c.SystemInfo(ctx, "a&b")) }, "GET /system-info?router=a%26b", ""},
		"run": {func(ctx context.Context, c *client.Client) error {
			return done(c.Run(ctx, "a", []string{"/x"}, client.RunOptions{Timeout: 1500 * time.Millisecond}))
		}, "POST /run", `{"router_id":"a","args":["/x"],"timeout":1.5}`},
		"ticket": {func(ctx context.Context, c *client.Client) error {
			return done(c.Ticket(ctx, client.TicketRequest{TTL: time.Minute}))
		}, "POST /tickets", `{"routers":"all","ttl":60}`},
		"whoami":  {func(ctx context.Context, c *client.Client) error { return done(c.Whoami(ctx)) }, "GET /whoami", ""},
		"health":  {func(ctx context.Context, c *client.Client) error { return c.Health(ctx) }, "GET /healthz", ""},
		"ready":   {func(ctx context.Context, c *client.Client) error { return c.Ready(ctx) }, "GET /readyz", ""},
		"openapi": {func(ctx context.Context, c *client.Client) error { return done(c.OpenAPI(ctx)) }, "GET /openapi.json", ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"success":true,"data":{}}`
			if slices.Contains([]string{"routers", "run", "alerts", "history", "receivers", "keys", "invitations"}, name) {
				body = `{"success":true,"data":[]}`
			}
			s := serve(t, answer(http.StatusOK, "application/json", body))
			require.NoError(t, tt.call(t.Context(), of(t, s, client.Options{})))
			assert.Equal(t, []string{tt.asked}, s.asked())
			assert.Equal(t, []string{"secret"}, s.header("X-API-Key"))
			if tt.body == "" {
				assert.Equal(t, []string{""}, s.bodies)
				return
			}
			assert.JSONEq(t, tt.body, s.bodies[0])
			assert.Equal(t, []string{"application/json"}, s.header("Content-Type"))
		})
	}
}

func TestREST(t *testing.T) {
	row := answer(http.StatusOK, "application/json", `{".id":"*1"}`)
	s := serve(t, answer(http.StatusOK, "application/json", `[{".id":"*1"}]`), row, row, row, answer(http.StatusNoContent, "", ""), row)
	rest := of(t, s, client.Options{}).REST("a b")
	rows, err := rest.List(t.Context(), "ip/address", url.Values{"interface": {"ether1"}})
	require.NoError(t, err)
	assert.Equal(t, []client.TextRow{{".id": "*1"}}, rows)
	one, err := rest.Get(t.Context(), "/interface/ether 1")
	require.NoError(t, err)
	assert.Equal(t, client.TextRow{".id": "*1"}, one)
	_, err = rest.Add(t.Context(), "ip/address", client.Values{"disabled": false, "address": []string{"a", "b"}})
	require.NoError(t, err)
	_, err = rest.Set(t.Context(), "ip/address/*1", client.Values{"comment": nil})
	require.NoError(t, err)
	require.NoError(t, rest.Remove(t.Context(), "ip/address/*1"))
	require.NoError(t, rest.Command(t.Context(), "system/reboot", nil, &one))
	assert.Equal(t, []string{
		"GET /routers/a%20b/rest/ip/address?interface=ether1", "GET /routers/a%20b/rest/interface/ether%201", "PUT /routers/a%20b/rest/ip/address",
		"PATCH /routers/a%20b/rest/ip/address/%2A1", "DELETE /routers/a%20b/rest/ip/address/%2A1", "POST /routers/a%20b/rest/system/reboot",
	}, s.asked())
	assert.Equal(t, []string{"", "", `{"address":["a","b"],"disabled":false}`, `{"comment":null}`, "", "{}"}, s.bodies)
}

func TestErrors(t *testing.T) {
	html := "<h1>Hello</h1>"
	for name, tt := range map[string]struct {
		by   http.HandlerFunc
		want client.Error
		sent bool
	}{
		"of the server": {failure(http.StatusTooManyRequests, "rate_limited", "Retry-After", "7"), client.Error{Code: "rate_limited", Message: "it is rate_limited", Status: 429, RequestID: "r1", RetryAfter: 7 * time.Second}, false},
		"a mute router": {failure(http.StatusGatewayTimeout, "timeout"), client.Error{Code: "timeout", Message: "it is timeout", Status: 504, RequestID: "r1"}, true},
		"of REST":       {answer(http.StatusBadRequest, "application/json", `{"error":400,"message":"Bad Request","detail":"no such command","code":"router_refused","request_id":"r2"}`), client.Error{Code: "router_refused", Message: "no such command", Status: 400, RequestID: "r2"}, true},
		"a refusal":     {answer(422, "application/json", `{"error":"no","code":"router_refused","traps":[{"message":"no","category":4}],"data":[{"a":"b"}]}`, "X-Request-Id", "r3"), client.Error{Code: "router_refused", Message: "no", Status: 422, RequestID: "r3", Traps: []client.Trap{{Message: "no", Category: new(4)}}, Rows: []client.TextRow{{"a": "b"}}}, true},
		"of a proxy":    {answer(http.StatusBadGateway, "text/html", html), client.Error{Code: client.CodeForeignAnswer, Message: "502 Bad Gateway", Status: 502}, true},
		"a page":        {answer(http.StatusOK, "text/html", html), client.Error{Code: client.CodeForeignAnswer, Message: "200 OK", Status: 200}, true},
		"a redirect":    {answer(http.StatusFound, "text/html", html), client.Error{Code: client.CodeForeignAnswer, Message: "302 Found", Status: 302}, true},
		"too much":      {answer(http.StatusOK, "application/json", string(make([]byte, 5000))), client.Error{Code: client.CodeTooLarge, Message: "the answer has more than 4096 bytes"}, true},
		"a mute server": {mute, client.Error{Code: client.CodeNoAnswer, Message: "no answer within 200ms"}, true},
		"half an answer": {func(w http.ResponseWriter, r *http.Request) {
			answer(http.StatusOK, "application/json", `{"data"`)(w, r)
			w.(http.Flusher).Flush()
			mute(w, r)
		}, client.Error{Code: client.CodeNoAnswer, Message: "no answer within 200ms"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := of(t, serve(t, tt.by), client.Options{Timeout: 200 * time.Millisecond, MaxAnswer: 4096})
			_, err := c.Run(t.Context(), "a", []string{"/x"}, client.RunOptions{})
			got, ok := errors.AsType[*client.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, tt.want, *got)
			assert.Equal(t, tt.sent, got.Sent())
			assert.Equal(t, tt.want.Code, client.CodeOf(err))
		})
	}
}

func TestNoConnection(t *testing.T) {
	s := serve(t, cut)
	c := of(t, s, client.Options{})
	_, err := c.Routers(t.Context())
	e, ok := errors.AsType[*client.Error](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, client.CodeNetwork, e.Code)
	assert.True(t, e.Sent())
	s.Close()
	_, err = c.Routers(t.Context())
	e, ok = errors.AsType[*client.Error](err)
	require.True(t, ok, "%v", err)
	assert.False(t, e.Sent(), "nobody took the connection")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	_, err = c.Routers(ctx)
	assert.Equal(t, why, err, "the cause of the caller")
}

func TestNew(t *testing.T) {
	for _, wrong := range []string{"", "localhost:8080", "ftp://server", "http://key@server", "http:///x", ":"} {
		_, err := client.New(wrong, client.Options{})
		require.Error(t, err, wrong)
	}
	s := serve(t, answer(http.StatusOK, "application/json", `{"data":[]}`))
	for _, below := range []string{"/mikronec", "/mikronec/", "/mikronec?x=1#y"} {
		c, err := client.New(s.URL+below, client.Options{})
		require.NoError(t, err)
		_, err = c.Routers(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"GET /mikronec/routers", "GET /mikronec/routers", "GET /mikronec/routers"}, s.asked())
}

func TestRowsAndBatches(t *testing.T) {
	ndjson := func(text string) http.HandlerFunc { return answer(http.StatusOK, "application/x-ndjson", text) }
	for name, tt := range map[string]struct {
		text string
		rows int
		code string
	}{
		"done":     {`{"row":{"a":"1"}}` + "\n" + `{"row":{"a":"2"}}` + "\n" + `{"done":{}}` + "\n", 2, ""},
		"a trap":   {`{"row":{"a":"1"}}` + "\n" + `{"trap":{"message":"no","traps":[{"message":"no"}]}}` + "\n", 1, "router_refused"},
		"an error": {`{"error":{"error":"gone","code":"router_unreachable"}}` + "\n", 0, "router_unreachable"},
		"cut off":  {`{"row":{"a":"1"}}` + "\n", 1, "network"},
		"no JSON":  {"<\n", 0, "foreign_answer"},
		"too long": {`{"row":{"a":"` + string(make([]byte, 5000)) + `"}}` + "\n", 0, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			c := of(t, serve(t, ndjson(tt.text)), client.Options{MaxAnswer: 4096})
			rows, code := 0, ""
			for row, err := range c.Rows(t.Context(), "a", []string{"/ping"}, client.RunOptions{}) {
				if code = client.CodeOf(err); err == nil {
					rows++
					assert.NotEmpty(t, row["a"])
				}
			}
			assert.Equal(t, tt.rows, rows)
			assert.Equal(t, tt.code, code)
		})
	}
	s := serve(t, ndjson(`{"router_id":"a","success":true,"data":[{"a":"b"}],"ret":"1"}`+"\n"+`{"router_id":"b","success":false,"error":"no","code":"timeout"}`+"\n"+`{"summary":{"routers":2}}`+"\n"))
	var lines []client.BatchLine
	for line, err := range of(t, s, client.Options{}).Batch(t.Context(), nil, []string{"/x"}, client.BatchOptions{Concurrency: 2}) {
		require.NoError(t, err)
		lines = append(lines, line)
	}
	require.Len(t, lines, 2)
	assert.Equal(t, client.BatchLine{RouterID: "a", Reply: client.Reply{Rows: []client.TextRow{{"a": "b"}}, Ret: "1"}}, lines[0])
	assert.Equal(t, "timeout", client.CodeOf(lines[1].Err))
	assert.JSONEq(t, `{"routers":"all","args":["/x"],"concurrency":2}`, s.bodies[0])
}
