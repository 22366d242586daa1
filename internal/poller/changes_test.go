package poller_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

// What is published, put together, is the table of the router at every moment.
func TestChangesAddUp(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		p.Watch(pppDelta)
		for _, n := range []int{5, 0, 3, 200, 199, 199, 1, 40} {
			r.set(func() { r.tables["/ppp/active"] = users(n) })
			rest(5 * time.Second)
			events := s.all(pppDelta)
			require.Len(t, state(t, events), n)
			assert.Len(t, decode(t, string(events[len(events)-1].whole()))["rows"], n, "the whole is of the same moment")
		}
	})
}

func TestValuesThatAlwaysChangeAreNoChange(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		volatile := variant("ppp_active", true, true)
		r.tables["/ppp/active"] = users(3)
		p.Watch(pppDelta)
		p.Watch(volatile)
		rest(5 * time.Second)
		before := len(s.all(pppDelta))
		table := users(3)
		table[1][3] = "=uptime=2m"
		r.set(func() { r.tables["/ppp/active"] = table })
		rest(2 * interval)
		for _, e := range s.all(pppDelta)[before:] {
			assert.Equal(t, "none", e.kind)
			assert.Contains(t, string(e.whole()), `"uptime":"2m"`, "who comes now gets the present")
		}
		assert.Equal(t, "2m", state(t, s.all(volatile))["*2"].(map[string]any)["uptime"])
	})
}

// Uptimes and counters that fall are a change where other values of theirs are none:
// a user who logged in again under the same .id, a router that rebooted.
func TestValuesThatFallAreAChange(t *testing.T) {
	hotspot, board := variant("hotspot_active", true, false), variant("hardware", true, false)
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		guest := func(uptime, bytes string) [][]string {
			return [][]string{{"=.id=*A053202", "=user=guest", "=mac-address=02:00:5E:00:53:10", "=uptime=" + uptime, "=bytes-in=" + bytes}}
		}
		r.tables["/ip/hotspot/active"] = guest("5h2m", "900")
		r.tables["/system/resource"] = [][]string{{"=uptime=1d1h", "=version=7.20", "=cpu-load=3"}}
		p.Watch(hotspot)
		p.Watch(board)
		rest(5 * time.Second)
		seen, boards := len(s.all(hotspot)), len(s.all(board))
		r.set(func() {
			r.tables["/ip/hotspot/active"] = guest("1s", "10")
			r.tables["/system/resource"] = [][]string{{"=uptime=1s", "=version=7.20", "=cpu-load=3"}}
		})
		rest(2 * interval)
		assert.Equal(t, "change", s.all(hotspot)[seen].kind)
		assert.Equal(t, "1s", state(t, s.all(hotspot))["*A053202"].(map[string]any)["uptime"])
		assert.Equal(t, "1s", decode(t, s.all(board)[boards].body)["changed"].([]any)[0].(map[string]any)["uptime"])
	})
}

// A topic that fails keeps its rows: viewers are told the reason once, and when
// it works again. Who comes meanwhile gets the rows and the reason.
func TestATopicThatFailsKeepsItsRows(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ppp/active"] = users(3)
		p.Watch(pppDelta)
		p.Watch(hardware) // which works, or the router would be taken for gone
		rest(10 * time.Second)
		begin := len(s.all(pppDelta))
		r.set(func() { r.trap["/ppp/active"] = "busy" })
		rest(10 * time.Second)
		failing := s.all(pppDelta)[begin:]
		require.NotEmpty(t, failing)
		assert.Equal(t, "busy", decode(t, failing[0].body)["error"])
		for i, e := range failing {
			assert.Equal(t, i == 0, e.kind == "change", "once")
			whole := decode(t, string(e.whole()))
			assert.Equal(t, "busy", whole["error"])
			assert.Len(t, whole["rows"], 3)
		}

		r.set(func() { clear(r.trap); r.tables["/ppp/active"] = users(4) })
		rest(2 * interval)
		events := s.all(pppDelta)
		back := decode(t, events[begin+len(failing)].body)
		assert.Contains(t, back, "error")
		assert.Nil(t, back["error"])
		assert.Len(t, back["added"], 1)
		assert.Len(t, state(t, events), 4)
		assert.Len(t, state(t, events[begin+1:]), 4, "for who came meanwhile, too")
		assert.NotContains(t, string(events[len(events)-1].whole()), "error")
	})
}

func TestATopicThatFailsFromTheBeginning(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ppp/active"] = users(3)
		r.trap["/ppp/active"] = "busy"
		p.Watch(pppDelta)
		p.Watch(hardware)
		rest(10 * time.Second)
		first := decode(t, string(s.all(pppDelta)[0].whole()))
		assert.Equal(t, "busy", first["error"])
		assert.Equal(t, []any{}, first["rows"])
		r.set(func() { clear(r.trap) })
		rest(2 * interval)
		assert.Len(t, state(t, s.all(pppDelta)), 3)
	})
}

// Viewers who come back soon continue from where they were, whether polling went
// on for others meanwhile or not; after a while they start again.
func TestChangesAreRetainedForAWhile(t *testing.T) {
	for name, others := range map[string]bool{"nobody watches meanwhile": false, "others watch something else": true} {
		t.Run(name, func(t *testing.T) {
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
				r.tables["/ppp/active"] = users(3)
				if others {
					p.Watch(hardware)
				}
				away := func(d time.Duration, n int) published {
					leave := p.Watch(pppDelta)
					rest(5 * time.Second)
					leave()
					rest(d)
					seen := len(s.all(pppDelta))
					r.set(func() { r.tables["/ppp/active"] = users(n) })
					defer p.Watch(pppDelta)()
					synctest.Wait()
					return s.all(pppDelta)[seen]
				}
				back := decode(t, away(30*time.Second, 4).body)
				assert.Equal(t, "delta", back["type"])
				assert.Len(t, back["added"], 1)
				assert.Empty(t, s.invalidated)

				// Values that do not count as changes are old by now, too.
				rest(5 * time.Second)
				late := decode(t, away(10*time.Minute, 5).body)
				assert.Equal(t, "snapshot", late["type"])
				assert.Len(t, late["rows"], 5)
				assert.Equal(t, []poller.Variant{pppDelta}, s.invalidated)
			})
		})
	}
}

// A change that was found while the last viewer left is not lost for those who
// come back.
func TestAChangeFoundAtTheEndIsNotLost(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ppp/active"] = users(3)
		p.Watch(hardware)
		leave := p.Watch(pppDelta)
		rest(10 * time.Second)
		r.set(func() {
			r.tables["/ppp/active"] = users(4)
			r.delay["/ppp/active"] = 3 * time.Second
		})
		asked := r.asked("/ppp/active")
		for r.asked("/ppp/active") == asked {
			rest(time.Millisecond)
		}
		leave()
		rest(2 * interval)
		require.Contains(t, s.paused, pppDelta)
		rest(20 * time.Second)
		r.set(func() { clear(r.delay); r.tables["/ppp/active"] = users(5) })
		p.Watch(pppDelta)
		rest(5 * time.Second)
		assert.Len(t, state(t, s.all(pppDelta)), 5)
	})
}

// A router that was away is compared with what it was before.
func TestChangesGoOnAfterTheRouterWasAway(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ppp/active"] = users(3)
		p.Watch(pppDelta)
		rest(10 * time.Second)
		r.set(func() { r.down = errors.New("down") })
		rest(10 * time.Minute)
		begin := len(s.all(pppDelta))
		r.set(func() { r.down = nil; r.tables["/ppp/active"] = users(4) })
		rest(2 * interval)
		back := decode(t, s.all(pppDelta)[begin].body)
		assert.Equal(t, "delta", back["type"])
		assert.Len(t, back["added"], 1)
	})
}
