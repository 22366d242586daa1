package poller

import (
	"slices"
	"strconv"
	"time"

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
	words []string
	enc   *menu.Encoder
	rows  proto.Sentences // buffer of the last reply, reused for the next one
	// absentUntil is set when the router does not know the menu: a missing
	// package does not appear while one looks, so it is not asked again soon.
	absentUntil time.Time
	absent      error
}

func newTopic(t Topic, page charset.Page) *topic {
	return &topic{Topic: t, words: []string{t.Menu.Print()}, enc: menu.NewEncoder(t.Menu, page)}
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
func encode(topics []*topic, results []result, now time.Time, sizeHint int) []byte {
	b := make([]byte, 0, sizeHint)
	for i, t := range topics {
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
	b = appendErrors(b, topics, results)
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
