package server_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

var quick = map[string]string{"POLL_INTERVAL": "500ms"}

// take reads n events.
func (s *stream) take(n int) []event {
	s.t.Helper()
	var list []event
	s.until(fmt.Sprint(n, " events"), func(e event) bool {
		list = append(list, e)
		return len(list) == n
	})
	return list
}

// topic waits for the next event of a topic and type.
func (s *stream) topic(topic, kind string) map[string]any {
	s.t.Helper()
	return s.until(topic+" "+kind, func(e event) bool {
		m := e.decode(s.t)
		return m["topic"] == topic && m["type"] == kind
	}).decode(s.t)
}

func names(rows any) []string {
	var list []string
	items, _ := rows.([]any)
	for _, row := range items {
		name, _ := row.(map[string]any)["name"].(string)
		list = append(list, name)
	}
	return list
}

func TestOneStreamForManyRouters(t *testing.T) {
	t.Parallel()
	p := start(t, quick)
	for _, id := range []string{"a", "b", "c"} {
		_, addr := device(t, sim.Options{Identity: id})
		p.connect(id, addr)
	}
	seen := func(s *stream, n int) map[any]int {
		ids := make(map[any]int)
		for _, e := range s.take(n) {
			ids[e.decode(t)["router_id"]]++
		}
		return ids
	}
	two := seen(p.openAt("/sse?router=a&router=b", ""), 12)
	assert.Len(t, two, 2)
	assert.GreaterOrEqual(t, min(two["a"], two["b"]), 4, "%v", two) // one may have a poll more on a busy machine

	all := p.openAt("/sse?router=*", "")
	assert.Len(t, seen(all, 6), 3)
	_, addr := device(t, sim.Options{})
	p.connect("later", addr)
	all.until("the router that came later", func(e event) bool { return e.decode(t)["router_id"] == "later" })
	p.post("/disconnect", `{"router_id":"later"}`)
	all.status("disconnected")
	all.snapshot() // of the others

	assert.Equal(t, http.StatusNotFound, p.get("/sse?router=a&router=nobody").status)
	assert.Equal(t, http.StatusBadRequest, p.get("/sse").status)
	assert.Equal(t, http.StatusBadRequest, p.get("/sse/a?topics=weather").status)
	assert.Equal(t, http.StatusBadRequest, p.get("/sse/a?mode=backwards").status)
}

func TestTopicsOnDemandOnly(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p := start(t, quick)
	p.connect("r", addr)

	s := p.open("r?topics=interfaces,health")
	first := s.topic("interfaces", "snapshot")
	rows, _ := first["rows"].([]any)
	require.NotEmpty(t, rows)
	assert.NotContains(t, rows[0], "rx-bits-per-second", "one reading has no rate")
	var row map[string]any
	for row["rx-bits-per-second"] == nil { // not between readings that a busy machine delays
		second, _ := s.topic("interfaces", "snapshot")["rows"].([]any)
		row, _ = second[0].(map[string]any)
	}
	assert.IsType(t, 0.0, row["rx-byte"], "counters are numbers")
	for range 3 {
		s.topic("interfaces", "snapshot")
	}
	commands := d.Stats().Commands
	assert.Zero(t, commands["/ppp/active/print"], "nobody watches that")
	assert.Zero(t, commands["/system/resource/print"])
	assert.Equal(t, 1, commands["/system/health/print"], "health is asked every 30 s at most")

	q := p.open("r?topics=queues,dhcp_leases")
	assert.Contains(t, q.topic("queues", "snapshot"), "rows")
	assert.Contains(t, q.topic("dhcp_leases", "snapshot"), "rows")
}

func TestChangesInsteadOfTables(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 50})
	p := start(t, quick)
	p.connect("r", addr)
	s := p.open("r?topics=ppp_active&mode=delta")
	whole := s.topic("ppp_active", "snapshot")
	assert.Len(t, whole["rows"], 50)

	id := d.AddPPP("newcomer")
	change := s.topic("ppp_active", "delta")
	assert.Equal(t, []string{"newcomer"}, names(change["added"]))
	assert.NotContains(t, change, "changed", "uptime does not count as a change")
	assert.NotContains(t, change, "removed")

	late := p.open("r?topics=ppp_active&mode=delta")
	assert.Len(t, late.topic("ppp_active", "snapshot")["rows"], 51, "a newcomer gets the present")

	d.RemovePPP("newcomer")
	assert.Equal(t, []any{id}, s.topic("ppp_active", "delta")["removed"])
	assert.Equal(t, []any{id}, late.topic("ppp_active", "delta")["removed"])

	volatile := p.open("r?topics=ppp_active&mode=delta&volatile=1")
	volatile.topic("ppp_active", "snapshot")
	eventually(t, "uptimes count where they are asked for", func() bool {
		changed, _ := volatile.topic("ppp_active", "delta")["changed"].([]any)
		return len(changed) == 50
	})

	some := p.open("r?topics=hardware,ppp_active&mode=delta&volatile=hardware")
	some.topic("ppp_active", "snapshot")
	for range 3 {
		changed, _ := some.topic("hardware", "delta")["changed"].([]any)
		assert.Len(t, changed, 1, "the load counts")
	}
	bad := p.get("/sse/r?topics=hardware&mode=delta&volatile=2")
	assert.Equal(t, http.StatusBadRequest, bad.status)
	assert.Contains(t, bad.body.Error, "volatile must be 0, 1 or a list of topics")
}

func TestSessionEvents(t *testing.T) {
	t.Parallel()
	ppp, pppAddr := device(t, sim.Options{PPPUsers: 5})
	spot, spotAddr := device(t, sim.Options{HotspotUsers: 5})
	p := start(t, quick)
	p.connect("ppp", pppAddr)
	p.connect("spot", spotAddr)
	s := p.openAt("/sse?router=ppp&router=spot&topics=sessions", "")
	readTwice(p, "ppp")
	readTwice(p, "spot")
	ppp.AddPPP("budi")
	up := s.topic("sessions", "up")
	assert.Equal(t, "budi", up["name"])
	assert.Equal(t, "pppoe", up["service"])
	assert.Equal(t, "ppp", up["router_id"])
	assert.NotEmpty(t, up["mac"])
	assert.NotEmpty(t, up["address"])
	assert.InDelta(t, time.Now().Unix(), up["since"], 5)
	ppp.RemovePPP("budi")
	assert.Equal(t, "budi", s.topic("sessions", "down")["name"])

	spot.AddHotspot("guest-1")
	assert.Equal(t, "guest-1", s.topic("sessions", "up")["name"])
	spot.RemoveHotspot("guest-1")
	down := s.topic("sessions", "down")
	assert.Equal(t, "hotspot", down["service"])
	assert.Contains(t, down, "bytes-in")

	ppp.DropSessions() // the same users afterwards: nobody came, nobody went
	s.status("up")
	ppp.AddPPP("after")
	assert.Equal(t, "after", s.topic("sessions", "up")["name"])
}

// Routers that refuse to be followed are read again and again instead, and say
// the same.
func TestSessionEventsAndLogWithoutListen(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 5})
	for _, path := range []string{"/ppp/active/listen", "/ip/hotspot/active/listen", "/log/listen"} {
		d.Inject(sim.Fault{Kind: sim.Trap, Path: path, Text: "unknown parameter follow-only", Category: -1})
	}
	p := start(t, quick)
	p.connect("r", addr)
	s := p.open("r?topics=sessions")
	readTwice(p, "r")
	d.AddPPP("budi")
	assert.Equal(t, "budi", s.topic("sessions", "up")["name"])
	d.RemovePPP("budi")
	assert.Equal(t, "budi", s.topic("sessions", "down")["name"])
}

func readTwice(p *program, id string) {
	watch := p.open(id + "?topics=ppp_active,hotspot_active")
	watch.take(4)
	watch.close()
}

func TestLogLines(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 5})
	for n := range 100 {
		d.AddPPP(fmt.Sprint("before-", n))
	}
	p := start(t, quick)
	p.connect("r", addr)
	s := p.open("r?topics=log")
	begin := s.topic("log", "lines")["lines"].([]any)
	assert.Len(t, begin, 200, "the last lines of three for each user")
	assert.Contains(t, begin[199].(map[string]any)["message"], "logged in")
	calling(t, d)
	line := s.until("a line on budi", func(e event) bool { return strings.Contains(e.Data, "budi") }).decode(t)
	assert.Equal(t, "line", line["type"])
	assert.Contains(t, line["topics"], "ppp")
	assert.NotEmpty(t, line["time"])

	late := p.open("r?topics=log")
	first, err := late.next()
	require.NoError(t, err)
	assert.Equal(t, "lines", first.decode(t)["type"])
	assert.Contains(t, first.Data, "budi-0", "with what has happened since")
	assert.Equal(t, 1, d.Stats().Commands["/log/print"], "the log is read once for all")
}

// calling lets users come until the test is over: a command that the device has
// counted need not listen yet.
func calling(t *testing.T, d *sim.Device) {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for n := 0; ; n++ {
			d.AddPPP(fmt.Sprint("budi-", n))
			select {
			case <-time.After(100 * time.Millisecond):
			case <-stop:
				return
			}
		}
	})
	t.Cleanup(func() { close(stop); wg.Wait() })
}

func TestLogLinesWithoutListen(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 5})
	d.Inject(sim.Fault{Kind: sim.Trap, Path: "/log/listen", Text: "failure", Category: -1})
	p := start(t, quick)
	p.connect("r", addr)
	s := p.open("r?topics=log")
	eventually(t, "the log was read once", func() bool { return d.Stats().Commands["/log/print"] > 0 })
	calling(t, d)
	s.until("a line on budi", func(e event) bool { return strings.Contains(e.Data, "budi") })
}

func TestResume(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 10})
	p := start(t, quick)
	p.connect("r", addr)
	path := "/sse/r?topics=ppp_active&mode=delta"
	s := p.openAt(path, "")
	s.topic("ppp_active", "snapshot")
	d.AddPPP("one")
	last := s.until("one", func(e event) bool { return e.decode(t)["type"] == "delta" })
	keep := p.openAt(path, "") // goes on watching meanwhile
	keep.topic("ppp_active", "snapshot")
	s.close()

	d.AddPPP("two")
	assert.Equal(t, []string{"two"}, names(keep.topic("ppp_active", "delta")["added"]))
	d.AddPPP("three")
	assert.Equal(t, []string{"three"}, names(keep.topic("ppp_active", "delta")["added"]))

	s = p.openAt(path, last.ID)
	assert.Equal(t, []string{"two"}, names(s.topic("ppp_active", "delta")["added"]), "what was missed, in order")
	assert.Equal(t, []string{"three"}, names(s.topic("ppp_active", "delta")["added"]))
	d.AddPPP("four")
	assert.Equal(t, []string{"four"}, names(s.topic("ppp_active", "delta")["added"]), "no gap, no duplicate to what is live")

	for name, id := range map[string]string{"another process": "ZZZZZZZZZZZZZZZZZZZZZQ", "a release of before": "ZZZZZZZZ-5", "cut off": last.ID[:21], "not an id of ours": "yesterday", "the future": last.ID + "999"} {
		t.Run(name, func(t *testing.T) {
			s := p.openAt(path, id)
			events := s.take(3)
			assert.Equal(t, "up", events[0].decode(t)["state"])
			assert.Equal(t, "reset", events[1].Name)
			assert.Empty(t, events[1].ID)
			assert.Equal(t, "snapshot", events[2].decode(t)["type"])
			assert.NotEmpty(t, events[2].ID)
		})
	}
	t.Run("as a parameter", func(t *testing.T) {
		s := p.openAt(path+"&last_event_id="+last.ID, "")
		assert.Equal(t, []string{"two"}, names(s.topic("ppp_active", "delta")["added"]))
	})
}

// Who is cut off between reset and its snapshot, or inside the snapshot, gets both again.
func TestACutBetweenResetAndSnapshot(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{PPPUsers: 2000})
	p := start(t, quick)
	p.connect("r", addr)
	const path, before = "/sse/r?topics=ppp_active,hardware&mode=delta", "ZZZZZZZZZZZZZZZZZZZZZQ"
	keep := p.openAt(path, "")
	keep.topic("ppp_active", "snapshot")
	keep.topic("hardware", "snapshot")
	for _, events := range []int{1, 2, 3, 4, 5} { // status, two resets, two snapshots
		last := before
		s := p.openAt(path, last)
		for _, e := range s.take(events) {
			if last = cmp.Or(e.ID, last); e.Name == "reset" {
				assert.Empty(t, e.ID)
				assert.NotContains(t, e.decode(t), "lost", "nobody knows how many")
			}
		}
		s.close()
		require.Equal(t, events < 5, last == before)

		s = p.openAt(path, last)
		if last == before {
			rows, _ := s.topic("ppp_active", "snapshot")["rows"].([]any)
			assert.Len(t, rows, 2000)
		}
		s.close()
	}
}

// Somebody who was alone and returns within the memory of the poller gets the
// difference to what he had.
func TestResumeAfterThePollerPaused(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 10})
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "POLL_LINGER": "50ms"})
	p.connect("r", addr)
	path := "/sse/r?topics=ppp_active&mode=delta"
	s := p.openAt(path, "")
	first := s.until("the whole", func(e event) bool { return e.decode(t)["type"] == "snapshot" })
	s.close()
	eventually(t, "the poller pauses", func() bool {
		var r struct{ Polling bool }
		p.get("/routers/r").data(t, &r)
		return !r.Polling
	})
	d.AddPPP("meanwhile")
	s = p.openAt(path, first.ID)
	e := s.take(1)[0].decode(t)
	assert.Equal(t, "delta", e["type"])
	assert.Equal(t, []string{"meanwhile"}, names(e["added"]))
}

func TestStreamsEndWithAHint(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"SSE_MAX_AGE": "600ms"})
	p.connect("r", addr)
	s := p.open("r")
	last := s.until("the end", func(e event) bool { return e.Name == "end" })
	assert.Equal(t, "max_age", last.decode(t)["reason"])
	_, err := s.next()
	assert.Error(t, err)
}
