package device

import (
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
)

// maxLineBytes is how many bytes the last lines of a topic have at most; the oldest ones are
// left out.
const maxLineBytes = 64 << 10

// lastLines are the last events of a topic as JSON objects, oldest first. What was handed
// out of rows does not change.
type lastLines struct {
	rows  [][]byte
	bytes int
}

func (l *lastLines) add(row []byte) {
	l.rows = append(l.rows, row)
	l.bytes += len(row)
	for len(l.rows) > poller.Recent || l.bytes > maxLineBytes {
		l.bytes -= len(l.rows[0])
		l.rows = l.rows[1:]
	}
}

// state returns a function for the body that has all of them.
func (l *lastLines) state(topic *poller.Topic, at time.Time) func() []byte {
	rows := l.rows
	return func() []byte {
		b := append(head(topic.Name, "lines"), `"lines":[`...)
		for i, row := range rows {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, row...)
		}
		return ending(append(b, `],`...), at)
	}
}

// recalled publishes the last lines before those that come.
func (p *Publisher) recalled(track hub.Track, u poller.Update) {
	last := &lastLines{}
	for _, event := range u.Events {
		if line, ok := event.(poller.LogLine); ok {
			last.add(lineRow(line))
		}
	}
	if p.lines == nil {
		p.lines = make(map[poller.Variant]*lastLines)
	}
	p.lines[u.Variant] = last
	state := last.state(u.Variant.Topic, u.At)
	p.each(func(f Feed) { f.PublishChange(track, nil, state) })
}

// happened publishes events. Where the last ones are known, each is a change of them.
func (p *Publisher) happened(track hub.Track, u poller.Update) {
	last := p.lines[u.Variant]
	for _, event := range u.Events {
		body := p.event(u.Variant.Topic, event, u.At)
		line, ok := event.(poller.LogLine)
		if last == nil || !ok {
			p.each(func(f Feed) { f.PublishLine(track, body) })
			continue
		}
		last.add(lineRow(line))
		state := last.state(u.Variant.Topic, u.At)
		p.each(func(f Feed) { f.PublishChange(track, body, state) })
	}
}

// lineRow is a line in a snapshot.
func lineRow(l poller.LogLine) []byte {
	b := appendLine([]byte{'{'}, l)
	b[len(b)-1] = '}'
	return b
}
