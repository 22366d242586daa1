package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// call is a call of a method of a feed.
type call struct {
	method string
	track  hub.Track
	body   string
	state  func() []byte
}

// feed records what it is given.
type feed struct {
	calls  []call
	bodies [][]byte // as given, not copied
}

func (f *feed) add(method string, track hub.Track, body []byte, state func() []byte) {
	f.calls = append(f.calls, call{method, track, string(body), state})
	f.bodies = append(f.bodies, body)
}

func (f *feed) Publish(track hub.Track, body []byte) { f.add("snapshot", track, body, nil) }
func (f *feed) PublishChange(track hub.Track, change []byte, full func() []byte) {
	f.add("change", track, change, full)
}
func (f *feed) PublishLine(track hub.Track, body []byte) { f.add("line", track, body, nil) }
func (f *feed) Forget(track hub.Track)                   { f.add("forget", track, nil, nil) }
func (f *feed) Invalidate(track hub.Track)               { f.add("invalidate", track, nil, nil) }

// publish gives updates to a publisher with two feeds.
func publish(updates ...poller.Update) (a, b *feed) {
	a, b = &feed{}, &feed{}
	p := NewPublisher(charset.Page{}, func(do func(Feed)) { do(a); do(b) })
	for _, u := range updates {
		p.Update(u)
	}
	return a, b
}

func variant(name string, delta, volatile bool) poller.Variant {
	topic, ok := poller.Lookup(name)
	if !ok {
		panic("no topic " + name)
	}
	return topic.Variant(delta, volatile)
}

// at is the time of all updates; ts in their bodies.
var at = time.Unix(1_700_000_000, 0)

// reading has rows, each with its words.
func reading(v poller.Variant, rows ...[]string) poller.Update {
	r := poller.Reading{Topic: v.Topic, Len: len(rows)}
	for _, words := range rows {
		r.Rows = append(r.Rows, proto.AppendSentence(nil, append([]string{"!re"}, words...)...)...)
	}
	return poller.Update{Variant: v, At: at, Readings: []poller.Reading{r}}
}

func failed(v poller.Variant, text string) poller.Update {
	return poller.Update{Variant: v, At: at, Readings: []poller.Reading{{Topic: v.Topic, Err: errors.New(text)}}}
}

func TestSnapshots(t *testing.T) {
	ppp := variant("ppp_active", false, false)
	slow := reading(ppp, []string{"=.id=*1", "=name=a"})
	slow.Interval = 4 * time.Second
	a, b := publish(reading(ppp, []string{"=.id=*1", "=name=a"}), failed(ppp, "no \"permission\""), slow)
	track := hub.Track{Topic: "ppp_active"}
	assert.Equal(t, []call{
		{method: "snapshot", track: track, body: `"topic":"ppp_active","type":"snapshot","rows":[{".id":"*1","name":"a"}],"ts":1700000000}`},
		{method: "snapshot", track: track, body: `"topic":"ppp_active","type":"snapshot","rows":[],"error":"no \"permission\"","ts":1700000000}`},
		{method: "snapshot", track: track, body: `"topic":"ppp_active","type":"snapshot","rows":[{".id":"*1","name":"a"}],"interval_ms":4000,"ts":1700000000}`},
	}, a.calls)
	for i := range a.bodies {
		assert.Same(t, &a.bodies[i][0], &b.bodies[i][0], "router_ids share a body")
	}
}

func TestCombinedEvents(t *testing.T) {
	u := poller.Update{Variant: poller.Variant{Topic: poller.Combined}, At: at}
	for _, part := range poller.Combined.Parts {
		u.Readings = append(u.Readings, reading(part.Variant(false, false), []string{"=.id=*1"}).Readings...)
	}
	u.Readings[1].Err = errors.New("busy")
	a, _ := publish(u)
	require.Len(t, a.calls, 1)
	assert.Equal(t, hub.Track{}, a.calls[0].track)
	assert.JSONEq(t, `{"hardware":[{".id":"*1"}],"hotspot_active":[],"ppp_active":[{".id":"*1"}],"errors":{"hotspot_active":"busy"},"ts":1700000000}`,
		"{"+a.calls[0].body)
}

func TestDeltas(t *testing.T) {
	ppp := variant("ppp_active", true, false)
	one, two := []string{"=.id=*1", "=name=a"}, []string{"=.id=*2", "=name=b"}
	a, b := publish(
		reading(ppp, one), reading(ppp, one), reading(ppp, one, two), failed(ppp, "busy"), failed(ppp, "busy"), reading(ppp, two),
		poller.Update{Kind: poller.Paused, Variant: ppp}, poller.Update{Kind: poller.Invalidated, Variant: ppp}, reading(ppp, two),
	)
	track := hub.Track{Topic: "ppp_active", Kind: hub.Changes}
	const (
		start    = `"topic":"ppp_active","type":`
		rowOne   = `{".id":"*1","name":"a"}`
		rowTwo   = `{".id":"*2","name":"b"}`
		snapshot = start + `"snapshot","rows":[`
		end      = `,"ts":1700000000}`
	)
	for i, want := range []struct{ method, body, state string }{
		{"change", snapshot + rowOne + "]" + end, snapshot + rowOne + "]" + end},
		{"change", "", snapshot + rowOne + "]" + end},
		{"change", start + `"delta","added":[` + rowTwo + "]" + end, snapshot + rowOne + "," + rowTwo + "]" + end},
		{"change", start + `"delta","error":"busy"` + end, snapshot + rowOne + "," + rowTwo + `],"error":"busy"` + end},
		{"change", "", snapshot + rowOne + "," + rowTwo + `],"error":"busy"` + end},
		{"change", start + `"delta","removed":["*1"],"error":null` + end, snapshot + rowTwo + "]" + end},
		{"forget", "", ""},
		{"invalidate", "", ""},
		{"change", snapshot + rowTwo + "]" + end, snapshot + rowTwo + "]" + end},
	} {
		got := a.calls[i]
		assert.Equal(t, want.method, got.method, "call %d", i)
		assert.Equal(t, track, got.track, "call %d", i)
		assert.Equal(t, want.body, got.body, "call %d", i)
		if want.state != "" {
			state := got.state()
			assert.Equal(t, want.state, string(state), "call %d", i)
			assert.Same(t, &state[0], &b.calls[i].state()[0], "router_ids share a state")
		}
	}
	assert.Len(t, a.calls, 9)
}

func TestEvents(t *testing.T) {
	sessions, log := variant("sessions", false, false), variant("log", false, false)
	user := poller.Session{Service: "pppoe", ID: "*1", Name: "budi", Address: "192.0.2.1", MAC: "02:00:00:00:00:01", Since: at.Add(-time.Minute)}
	guest := poller.Session{Service: "hotspot", ID: "*2", Name: "a\nb", Since: at, BytesIn: new(uint64(1)), BytesOut: new(uint64(0))}
	a, _ := publish(
		poller.Update{Kind: poller.Happened, Variant: sessions, At: at, Events: []poller.Event{poller.SessionDown{Session: guest}, poller.SessionUp{Session: user}}},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: []poller.Event{poller.LogLine{ID: "*2F1", Time: "08:00:00", Topics: "ppp,info", Message: `"budi" logged in`}}},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: []poller.Event{poller.LogLine{ID: "*2F2", Buffer: "memory", ExtraInfo: "a=b"}}},
	)
	assert.Equal(t, []call{
		{method: "line", track: hub.Track{Topic: "sessions", Kind: hub.Lines}, body: `"topic":"sessions","type":"down","service":"hotspot",".id":"*2","name":"a\nb","address":"","mac":"","since":1700000000,"bytes-in":1,"bytes-out":0,"ts":1700000000}`},
		{method: "line", track: hub.Track{Topic: "sessions", Kind: hub.Lines}, body: `"topic":"sessions","type":"up","service":"pppoe",".id":"*1","name":"budi","address":"192.0.2.1","mac":"02:00:00:00:00:01","since":1699999940,"ts":1700000000}`},
		{method: "line", track: hub.Track{Topic: "log", Kind: hub.Lines}, body: `"topic":"log","type":"line",".id":"*2F1","time":"08:00:00","topics":"ppp,info","message":"\"budi\" logged in","ts":1700000000}`},
		{method: "line", track: hub.Track{Topic: "log", Kind: hub.Lines}, body: `"topic":"log","type":"line",".id":"*2F2","time":"","topics":"","message":"","buffer":"memory","extra-info":"a=b","ts":1700000000}`},
	}, a.calls)
	for _, c := range a.calls {
		assert.True(t, json.Valid([]byte("{"+c.body)), c.body)
	}
}

// Where the last lines are known, a line is a change of them: 200 lines and 64 KiB at most.
func TestLastLinesArePublished(t *testing.T) {
	log := variant("log", false, false)
	line := func(n int, text string) poller.Event {
		return poller.LogLine{ID: fmt.Sprint("*", n), Time: "08:00:00", Topics: "info", Message: text}
	}
	var many []poller.Event
	for n := range 300 {
		many = append(many, line(n, "x"))
	}
	large := strings.Repeat("y", 10_000)
	a, _ := publish(
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: many[:1]},
		poller.Update{Kind: poller.Recalled, Variant: log, At: at, Events: []poller.Event{line(1, "a"), line(2, `"`)}},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: []poller.Event{line(3, "c")}},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: many},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: []poller.Event{line(1, large), line(2, large), line(3, large), line(4, large), line(5, large), line(6, large), line(7, large)}},
		poller.Update{Kind: poller.Invalidated, Variant: log, At: at},
		poller.Update{Kind: poller.Happened, Variant: log, At: at, Events: many[:1]},
		poller.Update{Kind: poller.Recalled, Variant: log, At: at},
	)
	assert.Equal(t, "line", a.calls[0].method)
	const first = `{".id":"*1","time":"08:00:00","topics":"info","message":"a"},{".id":"*2","time":"08:00:00","topics":"info","message":"\""}`
	assert.Empty(t, a.calls[1].body)
	assert.Equal(t, `"topic":"log","type":"lines","lines":[`+first+`],"ts":1700000000}`, string(a.calls[1].state()))
	assert.Equal(t, `"topic":"log","type":"line",".id":"*3","time":"08:00:00","topics":"info","message":"c","ts":1700000000}`, a.calls[2].body)
	assert.Equal(t, `"topic":"log","type":"lines","lines":[`+first+`,{".id":"*3","time":"08:00:00","topics":"info","message":"c"}],"ts":1700000000}`, string(a.calls[2].state()))
	rows := func(c call) (rows []map[string]string) {
		var body struct{ Lines []map[string]string }
		require.NoError(t, json.Unmarshal(append([]byte("{"), c.state()...), &body))
		return body.Lines
	}
	newest := rows(a.calls[302])
	assert.Len(t, newest, poller.Recent)
	assert.Equal(t, "*299", newest[poller.Recent-1][".id"])
	assert.Len(t, rows(a.calls[309]), 6, "64 KiB")
	assert.Equal(t, []string{"invalidate", "line", "change"}, []string{a.calls[310].method, a.calls[311].method, a.calls[312].method})
	assert.Empty(t, rows(a.calls[312]))
}

func TestStatusBody(t *testing.T) {
	var m map[string]any
	require.NoError(t, json.Unmarshal(append([]byte("{"), StatusBody("down", &routeros.LinkError{Step: "dial", Err: errors.New("refused")}, at, 0)...), &m))
	delete(m, "ts")
	assert.Equal(t, map[string]any{"state": "down", "error": "dial: refused", "code": "router_unreachable", "since": 1.7e9}, m)
}

// Each variant has a track of its own, which leads back to it.
func TestTracksOfVariants(t *testing.T) {
	seen := map[hub.Track]poller.Variant{}
	variants := []poller.Variant{{Topic: poller.Combined}}
	for _, name := range poller.Names() {
		for _, delta := range []bool{false, true} {
			variants = append(variants, variant(name, delta, false), variant(name, delta, true))
		}
	}
	for _, v := range variants {
		track := TrackOf(v)
		back, ok := variantOf(track)
		assert.True(t, ok, "%+v", track)
		assert.Equal(t, v, back)
		if before, ok := seen[track]; ok {
			assert.Equal(t, before, v)
		}
		seen[track] = v
	}
	_, ok := variantOf(hub.Track{Topic: "status"})
	assert.False(t, ok)
}
