package poller

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Topic is one array of a snapshot and the menu that fills it.
type Topic struct {
	Name string // the field of the event
	Menu *menu.Menu
}

// DefaultTopics are the arrays of the stream, in the order of the event.
func DefaultTopics() []Topic {
	return []Topic{
		{Name: "hardware", Menu: menu.Resource},
		{Name: "hotspot_active", Menu: menu.HotspotActive},
		{Name: "ppp_active", Menu: menu.PPPActive},
	}
}

// topic is a Topic in work. It is owned by the poller's goroutine.
type topic struct {
	Topic
	listed []string // the command with the list of fields
	plain  []string // without, for a router that does not take the list
	bare   bool     // the router did not take the list
	enc    *menu.Encoder
	rows   proto.Sentences // buffer of the last reply, reused for the next one
	// absentUntil is set when the router does not know the menu: a missing
	// package does not appear while one looks, so it is not asked again soon.
	absentUntil time.Time
	absent      error
}

func newTopic(t Topic, page charset.Page) *topic {
	plain := []string{t.Menu.Print()}
	listed := plain
	if len(t.Menu.Fields) > 0 {
		listed = []string{t.Menu.Print(), "=.proplist=" + strings.Join(t.Menu.Fields, ",")}
	}
	return &topic{Topic: t, plain: plain, listed: listed, enc: menu.NewEncoder(t.Menu, page)}
}

// command is what the topic asks. The list of fields spares the router the
// slow ones; where it refuses the list it is asked without.
func (t *topic) command() []string {
	if t.bare {
		return t.plain
	}
	return t.listed
}

// learn draws the consequences of a refusal: a menu that the router does not
// know is left alone until then, a list of fields is not sent again.
func (t *topic) learn(err error, until time.Time) {
	refused, ok := errors.AsType[*routeros.TrapError](err)
	switch {
	case !ok:
	case refused.Missing():
		t.absent, t.absentUntil = err, until
	default:
		t.bare = true
	}
}

// cpuLoad is what the router says of its own load, unknownLoad if nothing.
func cpuLoad(topics []*topic, results []result) int {
	for i, t := range topics {
		if t.Menu != menu.Resource || results[i].err != nil {
			continue
		}
		row, _ := results[i].rows.Cut()
		if value, ok := row.Get("cpu-load"); ok {
			if n, err := strconv.Atoi(string(value)); err == nil {
				return n
			}
		}
	}
	return unknownLoad
}

// keep holds on to the buffer of a reply unless it has become far too large.
func (t *topic) keep(rows proto.Sentences) {
	if cap(rows) > 64<<10 && len(rows) < cap(rows)/4 {
		rows = slices.Clone(rows[:0])
	}
	t.rows = rows[:0]
}

// result of one topic in one poll.
type result struct {
	rows proto.Sentences
	err  error
}

// encode writes the part of the event that all router_ids on this session
// share: what follows the router_id, closing brace included.
func encode(r *round, results []result, now time.Time) []byte {
	b := make([]byte, 0, r.size+r.size/8)
	for i, t := range r.topics {
		b = append(b, '"')
		b = append(b, t.Name...)
		b = append(b, `":`...)
		if results[i].err != nil {
			b = append(b, `[],`...)
			continue
		}
		b = t.enc.AppendRows(b, results[i].rows)
		b = append(b, ',')
	}
	b = appendErrors(b, r.topics, results)
	if r.pace.stretched() {
		b = strconv.AppendInt(append(b, `"interval_ms":`...), r.pace.interval.Milliseconds(), 10)
		b = append(b, ',')
	}
	b = append(b, `"ts":`...)
	b = strconv.AppendInt(b, now.Unix(), 10)
	return append(b, '}')
}

// appendErrors adds why an array is empty, beside it; nothing when all is well.
func appendErrors(b []byte, topics []*topic, results []result) []byte {
	first := true
	for i, t := range topics {
		err := results[i].err
		if err == nil {
			continue
		}
		if first {
			b = append(b, `"errors":{`...)
		} else {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, t.Name...)
		b = append(b, `":`...)
		b = menu.AppendString(b, err.Error())
	}
	if first {
		return b
	}
	return append(b, `},`...)
}
