package exchange_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/exchange"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// event is what the model reads of an event.
type event struct {
	Router string         `json:"router_id"`
	Topic  string         `json:"topic"`
	Rows   map[string]int `json:"rows"`
	Set    map[string]int `json:"set"`
	Line   int            `json:"line"`
	Last   *int           `json:"last"` // the state of lines
}

// router is a router of the model with its owner.
type router struct {
	id    string
	owner int
	epoch uint64
	rows  map[string]int
	line  int
	route *exchange.Route
	fresh bool // the owner has not published since it became the owner
	tells bool // its lines have a state: the last one
}

func (r *router) full() func() []byte {
	data, _ := json.Marshal(event{Topic: "interfaces", Rows: r.rows}) // cannot fail
	return func() []byte { return data[len(`{"router_id":"",`):] }
}

// change changes the table, and publishes that.
func (r *router) change() {
	key := string('a' + rune(rand.N(4)))
	r.rows[key]++
	set := fmt.Appendf(nil, `"topic":"interfaces","set":{%q:%d}}`, key, r.rows[key])
	r.route.PublishChange(changes, set, r.full())
}

func (r *router) say() {
	r.line++
	line := fmt.Appendf(nil, `"topic":"log","line":%d}`, r.line)
	if r.tells {
		r.route.PublishChange(lines, line, r.last())
	} else {
		r.route.PublishLine(lines, line)
	}
}

func (r *router) last() func() []byte {
	data := fmt.Appendf(nil, `"topic":"log","last":%d}`, r.line)
	return func() []byte { return data }
}

// reader is a viewer that comes, goes and returns, with what it knows of each router.
type reader struct {
	*viewer
	tables map[string]map[string]int // nil rows: unknown
	lines  map[string]int            // the last one; none after a reset
}

// read applies what has come.
func (v *reader) read(t *testing.T) {
	v.take()
	for _, frame := range v.got {
		name, data, _ := strings.Cut("\n"+frame, "\ndata: ")
		var e event
		require.NoError(t, json.Unmarshal([]byte(data), &e), "%q", frame)
		switch {
		case strings.Contains(name, "reset") && e.Topic == "log":
			delete(v.lines, e.Router)
		case strings.Contains(name, "reset"):
			delete(v.tables, e.Router)
		case e.Last != nil:
			v.lines[e.Router] = *e.Last
		case e.Line > 0:
			last, known := v.lines[e.Router]
			if known {
				assert.Equal(t, last+1, e.Line, "lines of %s follow one another", e.Router)
			}
			v.lines[e.Router] = e.Line
		case e.Rows != nil:
			v.tables[e.Router] = e.Rows
		case e.Set != nil && v.tables[e.Router] != nil:
			maps.Copy(v.tables[e.Router], e.Set)
		}
	}
	v.got = nil
}

// Tables that viewers put together from events are those of the routers, wherever the
// viewers come and go, and whichever instance owns a router; lines are complete and come
// once, unless the viewer was told otherwise. Where lines have a state, viewers know the
// last one.
func TestViewersNeverHaveAWrongTable(t *testing.T) {
	const steps = 3000
	ids := []string{"p", "q", "r", "s"}
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, ids...)
	q := hub.Query{Tracks: []hub.Track{changes, lines}}
	routers := make([]*router, len(ids))
	move := func(r *router, owner int) {
		r.owner, r.epoch, r.fresh = owner, r.epoch+1, true
		r.route = own(all, owner, r.id, r.epoch, newDevice())
		r.route.PublishChange(changes, r.full()(), r.full())
		if r.tells {
			r.route.PublishChange(lines, nil, r.last())
		}
	}
	for i, id := range ids {
		routers[i] = &router{id: id, rows: map[string]int{"a": 1}, tells: i%2 == 0}
		move(routers[i], i%len(all))
	}
	readers := make([]*reader, 6)
	for i := range readers {
		readers[i] = &reader{viewer: all[i%len(all)].view(t, "", q), tables: make(map[string]map[string]int), lines: make(map[string]int)}
	}
	for range steps {
		r := routers[rand.N(len(routers))]
		v := readers[rand.N(len(readers))]
		switch rand.N(40) {
		case 0: // returns somewhere else
			v.read(t)
			v.sub.Close()
			if v.last == "" {
				clear(v.tables)
				clear(v.lines)
			}
			v.viewer = all[rand.N(len(all))].view(t, v.last, q)
		case 1:
			if rand.N(10) == 0 {
				move(r, rand.N(len(all)))
			}
		case 2, 3, 4, 5, 6, 7, 8, 9:
			r.change()
		case 10, 11, 12, 13:
			r.say()
		case 14:
			time.Sleep(3 * time.Millisecond)
		default:
			v.read(t)
		}
	}
	for _, v := range readers {
		require.Eventually(t, func() bool {
			v.read(t)
			for _, r := range routers {
				if !maps.Equal(r.rows, v.tables[r.id]) || r.tells && v.lines[r.id] != r.line {
					return false
				}
			}
			return true
		}, patience, 10*time.Millisecond, "at %s: want %v, have %v", v.at, routers, v.tables)
	}
}
