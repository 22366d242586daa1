package device

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// encoder writes the bodies of events: the JSON after the field router_id, closing
// brace included, which all router_ids of a session share. The goroutine that calls
// Update owns it.
type encoder struct {
	page   charset.Page
	tables []tableEncoder
	size   int // bytes of the last group, a hint for the next one
}

// tableEncoder encodes the rows of one topic.
type tableEncoder struct {
	topic *poller.Topic
	*menu.Encoder
}

// table returns the encoder for the rows of a topic.
func (e *encoder) table(t *poller.Topic) *menu.Encoder {
	for _, enc := range e.tables {
		if enc.topic == t {
			return enc.Encoder
		}
	}
	enc := menu.NewEncoder(t.Menu, e.page)
	e.tables = append(e.tables, tableEncoder{t, enc})
	return enc
}

// group returns the body with an array for each table, and the errors of those that
// failed.
func (e *encoder) group(u poller.Update) []byte {
	b := make([]byte, 0, e.size+e.size/8)
	failed := false
	for _, r := range u.Readings {
		b = append(append(append(b, '"'), r.Topic.Name...), `":`...)
		if r.Err != nil {
			failed = true
			b = append(b, `[],`...)
			continue
		}
		b = append(e.table(r.Topic).AppendRows(b, r.Rows), ',')
	}
	if failed {
		b = append(b, `"errors":{`...)
		for _, r := range u.Readings {
			if r.Err != nil {
				b = append(append(append(b, '"'), r.Topic.Name...), `":`...)
				b = append(menu.AppendString(b, errcode.PublicText(r.Err)), ',')
			}
		}
		b[len(b)-1] = '}'
		b = append(b, ',')
	}
	b = finish(b, u)
	e.size = len(b)
	return b
}

// snapshot returns the body with all rows of a table.
func (e *encoder) snapshot(u poller.Update) []byte {
	r := u.Readings[0]
	b := head(r.Topic.Name, "snapshot")
	if r.Err != nil {
		b = append(menu.AppendString(append(b, `"rows":[],"error":`...), errcode.PublicText(r.Err)), ',')
	} else {
		b = append(e.table(r.Topic).AppendRows(append(b, `"rows":`...), r.Rows), ',')
	}
	return finish(b, u)
}

// event returns the body of an event.
func (e *encoder) event(topic *poller.Topic, event poller.Event, at time.Time) []byte {
	switch event := event.(type) {
	case poller.SessionUp:
		return session(topic, "up", event.Session, at)
	case poller.SessionDown:
		return session(topic, "down", event.Session, at)
	case poller.LogLine:
		return logLine(topic, event, at)
	}
	return nil
}

func session(topic *poller.Topic, kind string, s poller.Session, at time.Time) []byte {
	b := head(topic.Name, kind)
	for _, field := range [][2]string{
		{"service", s.Service}, {".id", s.ID}, {"name", s.Name}, {"address", s.Address}, {"mac", s.MAC},
	} {
		b = append(menu.AppendString(append(b, `"`+field[0]+`":`...), field[1]), ',')
	}
	b = append(strconv.AppendInt(append(b, `"since":`...), s.Since.Unix(), 10), ',')
	if s.BytesIn != nil {
		b = append(strconv.AppendUint(append(b, `"bytes-in":`...), *s.BytesIn, 10), ',')
	}
	if s.BytesOut != nil {
		b = append(strconv.AppendUint(append(b, `"bytes-out":`...), *s.BytesOut, 10), ',')
	}
	return ending(b, at)
}

func logLine(topic *poller.Topic, l poller.LogLine, at time.Time) []byte {
	return ending(appendLine(head(topic.Name, "line"), l), at)
}

// appendLine appends the fields of a line, with a comma at the end.
func appendLine(b []byte, l poller.LogLine) []byte {
	for _, field := range [][2]string{{".id", l.ID}, {"time", l.Time}, {"topics", l.Topics}, {"message", l.Message}} {
		b = append(menu.AppendString(append(b, `"`+field[0]+`":`...), field[1]), ',')
	}
	for _, field := range [][2]string{{"buffer", l.Buffer}, {"extra-info", l.ExtraInfo}} {
		if field[1] != "" {
			b = append(menu.AppendString(append(b, `"`+field[0]+`":`...), field[1]), ',')
		}
	}
	return b
}

// StatusBody returns the body of a status event: the state, since when, the error if it
// is not up, as all who see the router may read it, and how often a status that was told before came again since the last event.
func StatusBody(state string, cause error, since time.Time, repeated int) []byte {
	b := append(menu.AppendString([]byte(`"state":`), state), ',')
	if cause != nil {
		b = append(menu.AppendString(append(b, `"error":`...), errcode.PublicText(cause)), ',')
		b = append(menu.AppendString(append(b, `"code":`...), string(errcode.Of(cause))), ',')
	}
	if repeated > 0 {
		b = append(strconv.AppendInt(append(b, `"repeated":`...), int64(repeated), 10), ',')
	}
	b = append(strconv.AppendInt(append(b, `"since":`...), since.Unix(), 10), ',')
	return ending(b, time.Now())
}

// head returns the first fields of the body of a topic.
func head(topic, kind string) []byte {
	return []byte(`"topic":"` + topic + `","type":"` + kind + `",`)
}

// finish appends the last fields of the body of a poll.
func finish(b []byte, u poller.Update) []byte {
	if u.Interval > 0 {
		b = append(strconv.AppendInt(append(b, `"interval_ms":`...), u.Interval.Milliseconds(), 10), ',')
	}
	return ending(b, u.At)
}

// ending appends the time and the closing brace.
func ending(b []byte, at time.Time) []byte {
	return append(strconv.AppendInt(append(b, `"ts":`...), at.Unix(), 10), '}')
}

// delta finds the changes of a table since the last update.
type delta struct {
	*menu.Differ
	failed string // the error in the last update; empty for none
}

func newDelta(v poller.Variant, page charset.Page) *delta {
	return &delta{Differ: menu.NewDiffer(v.Topic.Menu, page, v.Volatile)}
}

// change returns the body with the changes, nil without any. A table that cannot be
// read keeps its rows; the error is in one change, and its end in another one.
func (d *delta) change(u poller.Update) []byte {
	r := u.Readings[0]
	start := head(r.Topic.Name, "delta")
	b := start
	if r.Err != nil {
		text := errcode.PublicText(r.Err)
		if text == d.failed {
			return nil
		}
		d.failed = text
		return finish(append(menu.AppendString(append(b, `"error":`...), text), ','), u)
	}
	b = d.AppendChanges(b, r.Rows)
	if d.failed != "" {
		d.failed = ""
		b = append(b, `"error":null,`...)
	}
	if len(b) == len(start) {
		return nil
	}
	return finish(b, u)
}

// state returns a function for the body with all rows as they are now, with the error
// if there is one.
func (d *delta) state(t *poller.Topic, page charset.Page, at time.Time) func() []byte {
	rows, failed := d.Rows(), d.failed
	return func() []byte { return appendState(t, page, rows, failed, at) }
}

func appendState(t *poller.Topic, page charset.Page, rows proto.Sentences, failed string, at time.Time) []byte {
	b := append(head(t.Name, "snapshot"), `"rows":`...)
	b = append(menu.NewEncoder(t.Menu, page).AppendRows(b, rows), ',')
	if failed != "" {
		b = append(menu.AppendString(append(b, `"error":`...), failed), ',')
	}
	return ending(b, at)
}
