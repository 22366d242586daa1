package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/client"
)

func event(id, name, data string) string {
	text := ""
	if name != "" {
		text = "event: " + name + "\n"
	}
	if id != "" {
		text += "id: " + id + "\n"
	}
	return text + "data: " + data + "\n\n"
}

func snapshot(id string, names ...string) string {
	var rows []string
	for _, n := range names {
		rows = append(rows, fmt.Sprintf(`{".id":"*%s","name":%q}`, n, n))
	}
	return event(id, "", `{"router_id":"a","topic":"ppp_active","type":"snapshot","rows":[`+strings.Join(rows, ",")+`],"ts":1}`)
}

func delta(id, parts string) string {
	return event(id, "", `{"router_id":"a","topic":"ppp_active","type":"delta",`+parts+`,"ts":2}`)
}

var (
	query = client.Query{Routers: []string{"a"}, Topics: []string{"ppp_active"}, Delta: true}
	quick = client.WatchOptions{Backoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond}
	reset = event("", "reset", `{"router_id":"a","topic":"ppp_active"}`)
)

func end(reason string) string { return event("", "end", fmt.Sprintf(`{"reason":%q}`, reason)) }

// names are the names of the users in the table, sorted.
func names(w *client.Watch) string {
	rows, _ := w.Tables.Rows("a", "ppp_active")
	var list []string
	for _, row := range rows {
		list = append(list, row.Text("name"))
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

// watched reads a watch until an event has the id, or it ends, and returns what it
// yielded, as short texts, and the error.
func watched(t *testing.T, w *client.Watch, until string) (seen []string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for e, err := range w.Events(ctx) {
		if err != nil {
			return seen, err
		}
		text := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "*client."))
		if state, ok := e.(*client.State); ok {
			text = state.State
			if state.Resumed {
				text += " again"
			}
		}
		seen = append(seen, text)
		if _, isState := e.(*client.State); !isState && until != "" && w.LastEventID() == until {
			break
		}
	}
	return seen, nil
}

func TestAWatchGoesOnAfterALoss(t *testing.T) {
	s := serve(t, stream("retry: 1\n"+snapshot("1", "x", "y")+delta("2", `"removed":["*x"]`)), cut,
		open(delta("3", `"added":[{".id":"*z","name":"z"}],"changed":[{".id":"*y","name":"Y"}]`)))
	w := of(t, s, client.Options{}).Watch(query, quick)
	seen, err := watched(t, w, "3")
	require.NoError(t, err)
	assert.Equal(t, []string{"connecting", "live", "snapshot", "delta", "lost", "connecting", "lost", "connecting", "live again", "delta"}, seen)
	assert.Equal(t, "Y,z", names(w))
	assert.Equal(t, []string{"", "2", "2"}, s.header("Last-Event-ID"))
	assert.Equal(t, "GET /sse/a?heartbeat=event&mode=delta&topics=ppp_active", s.asked()[0])
}

func TestAWatchTriesAgain(t *testing.T) {
	for name, between := range map[string][]http.HandlerFunc{
		"without a connection":              {cut},
		"after the answer of a proxy":       {answer(http.StatusBadGateway, "text/html", "<h1>Bad Gateway</h1>")},
		"after a redirect":                  {answer(http.StatusFound, "text/html", "", "Location", "http://127.0.0.1:9/")},
		"after a page":                      {answer(http.StatusOK, "text/html", "<h1>Hello</h1>")},
		"while the server stops":            {failure(http.StatusServiceUnavailable, "shutting_down")},
		"while the router is not there yet": {failure(http.StatusNotFound, "unknown_router")},
		"after what is no JSON":             {stream("data: {\n\n")},
		"after half an event":               {stream("id: 9\ndata: {\"router_id\"")},
		"after a line without an end":       {stream("data: " + strings.Repeat("x", 5000))},
		"after data without an end":         {stream(strings.Repeat("data: xxxxxxx\n", 1000))},
		"after all of that":                 {cut, failure(http.StatusInternalServerError, "internal"), stream("")},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, append(append([]http.HandlerFunc{stream(snapshot("1", "x"))}, between...), open(snapshot("2", "y")))...)
			w := of(t, s, client.Options{MaxAnswer: 4096}).Watch(query, quick)
			seen, err := watched(t, w, "2")
			require.NoError(t, err)
			lost := len(slices.DeleteFunc(seen, func(e string) bool { return e != "lost" }))
			assert.Equal(t, 1+len(between), lost)
			asked := s.header("Last-Event-ID")
			assert.Equal(t, "1", asked[len(asked)-1])
			assert.Equal(t, "y", names(w))
		})
	}
}

func TestAWatchThatIsRefused(t *testing.T) {
	ticket := func(context.Context) (string, error) { return "t", nil }
	for name, tt := range map[string]struct {
		answers []http.HandlerFunc
		opts    client.Options
		code    string
	}{
		"a wrong key":                {[]http.HandlerFunc{failure(401, "unauthorized")}, client.Options{}, "unauthorized"},
		"a key that ended":           {[]http.HandlerFunc{stream(snapshot("1", "x") + end("revoked")), failure(401, "unauthorized")}, client.Options{}, "unauthorized"},
		"a key for others":           {[]http.HandlerFunc{failure(403, "forbidden")}, client.Options{}, "forbidden"},
		"an unknown topic":           {[]http.HandlerFunc{failure(400, "invalid_request")}, client.Options{}, "invalid_request"},
		"a router that is not there": {[]http.HandlerFunc{failure(404, "unknown_router")}, client.Options{}, "unknown_router"},
		"tickets refused twice":      {[]http.HandlerFunc{failure(401, "ticket_expired")}, client.Options{Ticket: ticket}, "ticket_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := watched(t, of(t, serve(t, tt.answers...), tt.opts).Watch(query, quick), "")
			require.Error(t, err)
			assert.Equal(t, tt.code, client.CodeOf(err))
		})
	}
}

func TestEachConnectionHasATicketOfItsOwn(t *testing.T) {
	s := serve(t, stream(snapshot("1", "x")), failure(401, "ticket_expired"), open(snapshot("2", "x")))
	n := 0
	c := of(t, s, client.Options{Ticket: func(context.Context) (string, error) { n++; return fmt.Sprint("t", n), nil }})
	_, err := watched(t, c.Watch(query, quick), "2")
	require.NoError(t, err)
	for i, asked := range s.asked() {
		assert.Contains(t, asked, fmt.Sprint("&ticket=t", i+1))
	}
	assert.Equal(t, []string{"", "", ""}, s.header("X-API-Key"))
}

func TestTheEndsOfAStream(t *testing.T) {
	s := serve(t, stream(snapshot("1", "x")+end("max_age")), stream(end("shutdown")),
		stream(event("2", "status", `{"router_id":"a","state":"disconnected","since":1,"ts":1}`)+end("disconnected")))
	w := of(t, s, client.Options{}).Watch(query, quick)
	seen, err := watched(t, w, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"connecting", "live", "snapshot", "end", "connecting", "live again", "end", "lost", "connecting", "live again", "status", "end"}, seen)
	_, known := w.Tables.Rows("a", "ppp_active")
	assert.False(t, known, "the router is gone")
}

func TestTheServerSaysHowLongToWait(t *testing.T) {
	s := serve(t, stream("retry: 4000\n\n"+snapshot("1", "x")), failure(429, "rate_limited", "Retry-After", "60"))
	w := of(t, s, client.Options{}).Watch(query, client.WatchOptions{})
	var waits []time.Duration
	for range 2 {
		for e, err := range w.Events(t.Context()) { // again, without the wait
			require.NoError(t, err)
			if state, ok := e.(*client.State); ok && state.State == "lost" {
				waits = append(waits, state.Retry)
				break
			}
		}
	}
	assert.InDelta(t, 4*time.Second, waits[0], float64(time.Second))
	assert.Equal(t, time.Minute, waits[1])
}

func TestSilenceIsALoss(t *testing.T) {
	s := serve(t, open(snapshot("1", "x")), open(snapshot("2", "y")))
	w := of(t, s, client.Options{}).Watch(query, client.WatchOptions{Silence: 50 * time.Millisecond, Backoff: time.Millisecond})
	_, err := watched(t, w, "2")
	require.NoError(t, err)
	assert.Equal(t, "y", names(w))
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	for name, answers := range map[string]http.HandlerFunc{"live": open(snapshot("1", "x")), "connecting": mute, "waiting": cut} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			why := errors.New("enough")
			time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
			var last error
			for _, err := range of(t, serve(t, answers), client.Options{}).Watch(query, client.WatchOptions{Backoff: time.Hour, MaxBackoff: time.Hour}).Events(ctx) {
				last = err
			}
			assert.Equal(t, why, last)
		})
	}
}

func TestTables(t *testing.T) {
	both := `{"router_id":"a","hardware":[{"version":"7","cpu-load":5}],"hotspot_active":[],"ppp_active":[{".id":"*c","name":"c"}],"ts":1}`
	for name, tt := range map[string]struct{ events, rows, err string }{
		"no change before the snapshot": {delta("", `"added":[{".id":"*z","name":"z"}]`) + snapshot("9", "x"), "x", ""},
		"none after a reset":            {snapshot("", "x") + reset + delta("9", `"added":[{".id":"*z","name":"z"}]`), "x", "events were lost; waiting for a snapshot"},
		"until the next one":            {snapshot("", "x") + reset + snapshot("9", "y"), "y", ""},
		"old rows":                      {snapshot("", "x") + delta("9", `"error":"no such command"`), "x", "no such command"},
		"current ones again":            {snapshot("", "x") + delta("", `"error":"no"`) + delta("9", `"error":null`), "x", ""},
		"a combined event":              {event("9", "", both), "c", ""},
		"a combined one with an error":  {event("", "", both) + event("9", "", `{"router_id":"a","hardware":[],"hotspot_active":[],"ppp_active":[],"errors":{"ppp_active":"no"},"ts":1}`), "c", "no"},
		"a reset of another router":     {snapshot("", "x") + event("", "reset", `{"router_id":"b","topic":"ppp_active"}`) + snapshot("9", "x"), "x", ""},
		"events that nobody knows":      {snapshot("", "x") + event("", "news", "{}") + event("9", "", `{"router_id":"a","topic":"news","type":"x","ts":1}`), "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{tt.events, strings.ReplaceAll(tt.events, "\n", "\r\n")} {
				w := of(t, serve(t, open(":\n"+text)), client.Options{}).Watch(query, quick)
				_, err := watched(t, w, "9")
				require.NoError(t, err)
				assert.Equal(t, tt.rows, names(w))
				assert.Equal(t, tt.err, w.Tables.Err("a", "ppp_active"))
			}
		})
	}
}

func TestRowsKeepAllDigits(t *testing.T) {
	w := of(t, serve(t, open(event("1", "", `{"router_id":"a","topic":"interfaces","type":"snapshot","rows":[{".id":"*1","rx-byte":9007199254740993,"running":true}],"ts":1}`))), client.Options{}).Watch(query, quick)
	_, err := watched(t, w, "1")
	require.NoError(t, err)
	rows, ok := w.Tables.Rows("a", "interfaces")
	require.True(t, ok)
	assert.Equal(t, []string{"*1"}, slices.Collect(maps.Keys(rows)))
	n, ok := rows["*1"].Int("rx-byte")
	assert.True(t, ok)
	assert.Equal(t, int64(9007199254740993), n)
	assert.Equal(t, true, rows["*1"]["running"])
	_, ok = rows["*1"].Int("running")
	assert.False(t, ok)
}
