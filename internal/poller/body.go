package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Bodies are what all router_ids on a session share of an event: what follows
// the router_id, closing brace included.

// combinedBody has the arrays of the first topics, with the reasons of those
// that are empty beside them.
func (s *state) combinedBody(results []result, now time.Time) []byte {
	b := make([]byte, 0, s.size+s.size/8)
	failed := false
	for i, t := range s.topics[:combined] {
		b = append(append(append(b, '"'), t.Name...), `":`...)
		if results[i].err != nil {
			failed = true
			b = append(b, `[],`...)
			continue
		}
		b = append(t.enc.AppendRows(b, results[i].rows), ',')
	}
	if failed {
		b = append(b, `"errors":{`...)
		for i, t := range s.topics[:combined] {
			if err := results[i].err; err != nil {
				b = append(append(append(b, '"'), t.Name...), `":`...)
				b = append(menu.AppendString(b, err.Error()), ',')
			}
		}
		b[len(b)-1] = '}'
		b = append(b, ',')
	}
	b = s.finish(b, now)
	s.size = len(b)
	return b
}

// finish adds what every body ends with.
func (s *state) finish(b []byte, now time.Time) []byte {
	if s.pace.stretched() {
		b = strconv.AppendInt(append(b, `"interval_ms":`...), s.pace.interval.Milliseconds(), 10)
		b = append(b, ',')
	}
	b = strconv.AppendInt(append(b, `"ts":`...), now.Unix(), 10)
	return append(b, '}')
}

func topicHead(name, kind string) []byte {
	return []byte(`"topic":"` + name + `","type":"` + kind + `",`)
}

// wholeBody has all rows of a topic.
func (s *state) wholeBody(t *topic, r result, now time.Time) []byte {
	b := topicHead(t.Name, "snapshot")
	if r.err != nil {
		b = append(menu.AppendString(append(b, `"rows":[],"error":`...), r.err.Error()), ',')
	} else {
		b = append(t.enc.AppendRows(append(b, `"rows":`...), r.rows), ',')
	}
	return s.finish(b, now)
}

// wholeLater makes the body of all rows when somebody needs it, with the reason
// if they are those before a failure. The rows stay as they are: topic.keep does
// not reuse them where changes are watched.
func wholeLater(t *topic, rows proto.Sentences, failure error, now time.Time) func() []byte {
	return func() []byte {
		b := append(topicHead(t.Name, "snapshot"), `"rows":`...)
		b = menu.NewEncoder(t.Menu, t.page).AppendRows(b, rows)
		if failure != nil {
			b = menu.AppendString(append(b, `,"error":`...), failure.Error())
		}
		b = strconv.AppendInt(append(b, `,"ts":`...), now.Unix(), 10)
		return append(b, '}')
	}
}

// changeBody has what changed; nil where nothing did. A topic that fails keeps
// its rows: its viewers are told the reason, once, and when it works again.
func (s *state) changeBody(t *topic, d *differ, r result, now time.Time) []byte {
	head := topicHead(t.Name, "delta")
	b := head
	if r.err != nil {
		if text := r.err.Error(); text != d.failed {
			d.failed = text
			return s.finish(append(menu.AppendString(append(b, `"error":`...), text), ','), now)
		}
		return nil
	}
	b = d.AppendChanges(b, r.rows)
	if d.failed != "" {
		d.failed = ""
		b = append(b, `"error":null,`...)
	}
	if len(b) == len(head) {
		return nil
	}
	return s.finish(b, now)
}
