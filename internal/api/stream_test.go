package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
)

var (
	retryLine = regexp.MustCompile(`^retry: \d+\n$`)
	eventID   = regexp.MustCompile(`(?m)^id: [\w-]{22}$`)
	moment    = regexp.MustCompile(`"(ts|since|uptime|uptime-seconds)":("[^"]*"|\d+)`)
)

// masked is an event without what differs from one process to the next: its id,
// and what depends on where in an interval a poller's ticks lie.
func masked(block string) string {
	return moment.ReplaceAllString(eventID.ReplaceAllString(block, "id: POSITION"), `"$1":"…"`)
}

func allowed(o *api.Options) { o.AllowedOrigins = []string{"https://dash.example"} }

// What a viewer gets at once, byte for byte.
func TestStreamsGolden(t *testing.T) {
	for name, tc := range map[string]struct {
		query  string
		events int
	}{
		"combined": {"", 1},
		"topics":   {"?topics=hardware,interfaces,health", 3},
		"delta":    {"?topics=hotspot_active,ppp_active&mode=delta&volatile=1", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"r.test": {Personality: sim.HAP(), HotspotUsers: 2, PPPUsers: 1, Seed: 7}})
				s.connect("r", "r.test")
				stream := s.open(s.listen(), "/sse/r"+tc.query)
				assert.Regexp(t, retryLine, stream.block())
				var blocks []string
				for range tc.events {
					block := stream.block()
					require.Regexp(t, eventID, block)
					blocks = append(blocks, masked(block))
				}
				slices.Sort(blocks) // topics are told in any order
				golden(t, "stream-"+name+".txt", strings.Join(blocks, ""))
			})
		})
	}
}

func TestChangesGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 1, Seed: 7}})
		s.connect("r", "r.test")
		stream := s.open(s.listen(), "/sse/r?topics=ppp_active&mode=delta")
		stream.block()
		text := masked(stream.block())
		s.devices["r.test:8728"].AddPPP("budi")
		text += masked(stream.block())
		s.devices["r.test:8728"].RemovePPP("budi")
		text += masked(stream.block())
		golden(t, "stream-changes.txt", text)
	})
}

func TestStatusEventsGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {Seed: 7}})
		s.connect("r", "r.test")
		stream := s.open(s.listen(), "/sse/r?topics=health")
		stream.block() // retry
		stream.block() // the first snapshot
		s.json(http.MethodPost, "/disconnect", `{"router_id":"r"}`)
		golden(t, "stream-disconnected.txt", masked(stream.block())+stream.block())
		_, err := stream.in.ReadByte()
		assert.ErrorIs(t, err, io.EOF)
	})
}

// A menu that is missing leaves its array empty, says why, and spoils nothing
// else.
func TestATopicFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 2, Missing: []string{"/ip/hotspot"}}})
		s.connect("r", "r.test")
		stream := s.open(s.listen(), "/sse/r")
		stream.block()
		_, data, _ := strings.Cut(stream.block(), "data: ")
		var e struct {
			Hardware []map[string]any
			Hotspot  []any `json:"hotspot_active"`
			PPP      []any `json:"ppp_active"`
			Errors   map[string]string
		}
		require.NoError(t, json.Unmarshal([]byte(data), &e))
		assert.Len(t, e.Hardware, 1)
		assert.Len(t, e.PPP, 2)
		assert.NotNil(t, e.Hotspot)
		assert.Empty(t, e.Hotspot)
		assert.Equal(t, map[string]string{"hotspot_active": "no such command or directory (hotspot)"}, e.Errors)
	})
}

func TestHeartbeatInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("r", "r.test")
		stream := s.open(s.listen(), "/sse/r?topics=health") // every 30 s
		stream.block()
		stream.block()
		began := time.Now()
		assert.Equal(t, ":\n", stream.block())
		assert.Equal(t, 15*time.Second, time.Since(began))
		for range 8 {
			last := time.Now()
			stream.block()
			assert.LessOrEqual(t, time.Since(last), 15*time.Second)
		}
	})
}

// A client that asks for it sees heart-beats as events. They have no id, so that it
// returns with that of the last event that has one.
func TestHeartbeatsAsEvents(t *testing.T) {
	for coding, headers := range map[string][]string{"plain": {"Accept-Encoding", "identity"}, "gzip": nil} { // which http.Transport asks for
		t.Run(coding, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"r.test": {}})
				s.connect("r", "r.test")
				stream := s.open(s.listen(), "/sse/r?topics=health&heartbeat=event", headers...) // every 30 s
				require.Equal(t, coding == "gzip", stream.head.Uncompressed)
				stream.block()
				stream.block()
				began := time.Now()
				assert.Equal(t, fmt.Sprintf("event: heartbeat\ndata: {\"ts\":%d}\n\n", began.Add(15*time.Second).Unix()), stream.block())
				assert.Equal(t, 15*time.Second, time.Since(began))
			})
		})
	}
}

// The form of heart-beats is refused where it is unknown.
func TestTheFormOfHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("r", "r.test")
		for _, value := range []string{"1", "Event", "event,comment", "none"} {
			for _, path := range []string{"/sse/r?", "/sse?router=r&"} {
				assert.Equal(t, http.StatusBadRequest, s.json(http.MethodGet, path+"heartbeat="+value, "").Code, value)
			}
		}
		stream := s.open(s.listen(), "/sse/r?topics=health&heartbeat=comment")
		stream.block()
		stream.block()
		assert.Equal(t, ":\n", stream.block())
	})
}

// Each way in which clients give the id of their last event resumes their stream.
func TestTheIDOfTheLastEvent(t *testing.T) {
	const topics = "/sse/r?topics=ppp_active&mode=delta"
	for name, test := range map[string]struct {
		query   string   // with OLD and NEW for ids
		headers []string // the same
		from    string   // the id that counts
	}{
		"last_event_id":                    {query: "last_event_id=NEW", from: "NEW"},
		"lastEventId":                      {query: "lastEventId=NEW", from: "NEW"},
		"lastEventID":                      {query: "lastEventID=NEW", from: "NEW"},
		"LastEventId":                      {query: "LastEventId=NEW", from: "NEW"},
		"lasteventid":                      {query: "lasteventid=NEW", from: "NEW"},
		"Last-Event-ID":                    {query: "Last-Event-ID=NEW", from: "NEW"},
		"last-event-id":                    {query: "last-event-id=NEW", from: "NEW"},
		"LAST_EVENT_ID":                    {query: "LAST_EVENT_ID=NEW", from: "NEW"},
		"evs_last_event_id":                {query: "evs_last_event_id=NEW&evs_preamble=1", from: "NEW"},
		"percent-encoded":                  {query: "%6cast%45ventId=NEW", from: "NEW"},
		"after an ampersand too many":      {query: "&lastEventId=NEW", from: "NEW"},
		"header":                           {headers: []string{"Last-Event-ID", "NEW"}, from: "NEW"},
		"header in another case":           {headers: []string{"LAST-EVENT-ID", "NEW"}, from: "NEW"},
		"header before the query":          {query: "lastEventId=OLD&last_event_id=OLD", headers: []string{"Last-Event-ID", "NEW"}, from: "NEW"},
		"empty header":                     {query: "lastEventId=NEW", headers: []string{"Last-Event-ID", ""}, from: "NEW"},
		"a polyfill adds the newer":        {query: "last_event_id=OLD&lastEventId=NEW", from: "NEW"},
		"a polyfill adds the same name":    {query: "lastEventId=OLD&lastEventId=NEW", from: "NEW"},
		"a polyfill with the name of ours": {query: "lastEventId=OLD&last_event_id=NEW", from: "NEW"},
		"a polyfill adds an empty one":     {query: "last_event_id=NEW&lastEventId=", from: "NEW"},
		"another parameter":                {query: "event_id=NEW&last=NEW", from: ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 1, Seed: 7}})
				s.connect("r", "r.test")
				pipes := s.listen()
				stream := s.open(pipes, topics)
				ids := []string{stream.idAfter(`"snapshot"`)}
				for _, name := range []string{"one", "two", "three"} {
					s.devices["r.test:8728"].AddPPP(name)
					ids = append(ids, stream.idAfter(name))
				}
				fill := strings.NewReplacer("OLD", ids[0], "NEW", ids[2])
				headers := slices.Clone(test.headers)
				if len(headers) > 0 {
					headers[1] = fill.Replace(headers[1])
				}
				back := s.open(pipes, topics+"&"+fill.Replace(test.query), headers...)
				back.block()
				first := back.block()
				if test.from == "" {
					assert.Contains(t, first, `"snapshot"`)
					return
				}
				assert.Regexp(t, `^id: [^\n]+\ndata: .*"type":"delta","added":\[[^]]*"three"`, first)
			})
		})
	}
}

func TestAStreamHasAnAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("r", "r.test")
		began := time.Now()
		stream := s.open(s.listen(), "/sse/r?topics=health")
		var last string
		for !strings.HasPrefix(last, "event: end") {
			last = stream.block()
		}
		assert.Equal(t, "event: end\ndata: {\"reason\":\"max_age\"}\n\n", last)
		assert.LessOrEqual(t, time.Since(began), 55*time.Minute)
		assert.Greater(t, time.Since(began), 52*time.Minute, "a twentieth of it is jitter")
		_, err := stream.in.ReadByte()
		assert.ErrorIs(t, err, io.EOF)
	})
}

// A client that takes nothing more ends its handler, and with it the polling.
func TestAWriteHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 5}})
		s.connect("r", "r.test")
		conn, err := s.listen().dial(t.Context())
		require.NoError(t, err)
		_, err = io.WriteString(conn, "GET /sse/r HTTP/1.1\r\nHost: mikronec.test\r\nX-API-Key: "+apiKey+"\r\n\r\n")
		require.NoError(t, err)
		_, err = http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		require.NoError(t, err)
		viewers := func() int {
			router, err := s.manager.Get("r")
			require.NoError(t, err)
			return router.Viewers
		}
		time.Sleep(25 * time.Second)
		assert.Equal(t, 1, viewers(), "slow is not gone")
		time.Sleep(10 * time.Second)
		assert.Equal(t, 0, viewers())
		time.Sleep(5 * time.Second)
		router, err := s.manager.Get("r")
		require.NoError(t, err)
		assert.False(t, router.Device.Status().Poll.Running)
		_ = conn.Close()
	})
}

// A client that leaves is noticed at once, not at the next event.
func TestAClientThatLeavesIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("r", "r.test")
		stream := s.open(s.listen(), "/sse/r?topics=health")
		stream.block()
		stream.block()
		_ = stream.head.Body.Close()
		synctest.Wait()
		router, err := s.manager.Get("r")
		require.NoError(t, err)
		assert.Zero(t, router.Viewers)
	})
}

// checkHead holds the beginning of a stream to what clients and proxies need.
func checkHead(t *testing.T, stream *stream) {
	t.Helper()
	for name, value := range map[string]string{
		"Content-Type":                "text/event-stream",
		"Cache-Control":               "no-cache, no-transform",
		"X-Accel-Buffering":           "no",
		"Access-Control-Allow-Origin": "https://dash.example",
		"Vary":                        "Origin, Accept-Encoding",
	} {
		assert.Equal(t, value, strings.Join(stream.head.Header.Values(name), ", "), name)
	}
	date, err := http.ParseTime(stream.head.Header.Get("Date"))
	assert.NoError(t, err)
	assert.False(t, date.IsZero())
	assert.Regexp(t, retryLine, stream.block())
	id, _, _ := strings.Cut(stream.block(), "\n")
	assert.Regexp(t, eventID, id)
}

func TestTheHeadOfAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}}, allowed)
		s.connect("r", "r.test")
		checkHead(t, s.open(s.listen(), "/sse/r"))
	})
}
