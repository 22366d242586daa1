package hub_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

// holder is a client: what it holds of each topic of each router, and the id with
// which it returns.
type holder struct {
	lastID string
	tables map[string]int   // the number of the newest change, for each router; -1 after a reset
	lines  map[string][]int // the numbers of the lines, for each router
	lost   map[string]bool  // routers with a reset of lines
}

func newHolder() *holder {
	return &holder{tables: make(map[string]int), lines: make(map[string][]int), lost: make(map[string]bool)}
}

var numbered = regexp.MustCompile(`"(whole|change|line)":(\d+)`)

// take applies an event as a client does that keeps the id of the last event that had
// one. A change that does not continue what the client holds makes the table wrong for
// good.
func (c *holder) take(t *testing.T, e *hub.Event) {
	t.Helper()
	frame := string(e.Frame())
	if rest, ok := strings.CutPrefix(frame, "id: "); ok {
		c.lastID, _, _ = strings.Cut(rest, "\n")
	}
	name := ""
	if _, rest, ok := strings.Cut(frame, "event: "); ok {
		name, _, _ = strings.Cut(rest, "\n")
	}
	_, data, _ := strings.Cut(frame, `"router_id":"`)
	router, data, _ := strings.Cut(data, `"`)
	var kind string
	var n int
	if found := numbered.FindStringSubmatch(data); found != nil {
		kind = found[1]
		n, _ = strconv.Atoi(found[2])
	}
	switch {
	case name == "reset" && strings.Contains(data, changes.Topic):
		c.tables[router] = -1
	case name == "reset":
		c.lost[router] = true
	case name != "":
	case kind == "whole":
		c.tables[router] = n
	case kind == "change":
		if had, ok := c.tables[router]; !ok || had < 0 || n > had+1 {
			c.tables[router] = -1000 // a change without what it continues
		} else {
			c.tables[router] = n
		}
	default:
		c.lines[router] = append(c.lines[router], n)
	}
}

// world publishes changes and lines of two routers in turn.
type world struct {
	h     *hub.Hub
	feeds map[string]*hub.Feed
	n     map[string]int
}

func newWorld() *world {
	w := &world{h: hub.New(), feeds: make(map[string]*hub.Feed), n: make(map[string]int)}
	for _, id := range []string{"a", "b"} {
		w.feeds[id] = open(w.h, id)
	}
	return w
}

// step is one change and one line of a router.
func (w *world) step(id string) {
	w.n[id]++
	n := w.n[id]
	w.feeds[id].PublishChange(changes, fmt.Appendf(nil, `"change":%d}`, n), state(n))
	w.feeds[id].PublishLine(lines, fmt.Appendf(nil, `"line":%d}`, n))
}

func (w *world) subscribe(id string) *hub.Subscription {
	return w.h.Subscribe(hub.Query{All: true, Tracks: []hub.Track{changes, lines}, LastEventID: id})
}

// Whatever event a client was cut after, on its return it ends up with the state of
// each router, and with each line once from its first one on, or with a reset.
func TestAClientCutAfterAnyEvent(t *testing.T) {
	for name, play := range map[string]func(w *world, watch *hub.Subscription){
		"a newcomer": func(*world, *hub.Subscription) {},
		"behind with both": func(w *world, _ *hub.Subscription) {
			for n := range 30 {
				w.step([]string{"a", "b", "b"}[n%3])
			}
		},
		"too far behind with changes": func(w *world, _ *hub.Subscription) {
			for n := range 150 {
				w.step([]string{"a", "a", "b"}[n%3])
			}
		},
		"too far behind with lines": func(w *world, _ *hub.Subscription) {
			for n := range 2500 {
				w.step([]string{"a", "a", "b"}[n%3])
			}
		},
		"a router moved": func(w *world, _ *hub.Subscription) {
			w.step("a")
			w.step("b")
			w.feeds["a"].Restart(nil)
			w.step("b")
			w.step("a")
			w.step("b")
		},
		"a router invalidated and silent": func(w *world, _ *hub.Subscription) {
			w.step("a")
			w.feeds["a"].Invalidate(changes)
			w.feeds["a"].Invalidate(lines)
			w.step("b")
		},
	} {
		t.Run(name, func(t *testing.T) {
			for cut := 0; ; cut += 1 + cut/10 {
				w := newWorld()
				keep := w.subscribe("") // somebody else
				for range 3 {
					w.step("a")
					w.step("b")
				}
				s := w.subscribe("")
				c := newHolder()
				before := map[string]int{"a": w.n["a"], "b": w.n["b"]}
				if name != "a newcomer" {
					events, err := s.Take()
					require.NoError(t, err)
					for _, e := range events {
						c.take(t, e)
					}
				}
				play(w, s)
				events, err := s.Take()
				require.NoError(t, err)
				if cut > len(events) {
					return
				}
				for _, e := range events[:cut] {
					c.take(t, e)
				}
				s.Close()
				w.step("b") // while it is away
				w.step("a")
				back := w.subscribe(c.lastID)
				events, err = back.Take()
				require.NoError(t, err)
				for _, e := range events {
					c.take(t, e)
				}
				w.step("a")
				events, err = back.Take()
				require.NoError(t, err)
				for _, e := range events {
					c.take(t, e)
				}
				for _, id := range []string{"a", "b"} {
					assert.Equal(t, w.n[id], c.tables[id], "%s, cut after %d events: the table of %s", name, cut, id)
					c.checkLines(t, id, before[id], w.n[id], fmt.Sprintf("%s, cut after %d events", name, cut))
				}
				back.Close()
				keep.Close()
				if t.Failed() {
					return
				}
			}
		})
	}
}

// checkLines expects each line after the first that could be seen once, unless the
// client was told that lines are missing.
func (c *holder) checkLines(t *testing.T, id string, from, to int, when string) {
	t.Helper()
	got := c.lines[id]
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] { // testify takes longer than the hub: a hundred thousand times
			assert.Greater(t, got[i], got[i-1], "%s: a line of %s comes twice", when, id)
		}
	}
	if c.lastID == "" || c.lost[id] {
		return
	}
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			assert.Equal(t, got[i-1]+1, got[i], "%s: a line of %s is missing", when, id)
		}
	}
	if len(got) > 0 && to > from {
		assert.Equal(t, to, got[len(got)-1], when)
	}
}
