package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// logLines finds the lines of the log that are new. Ids of lines rise, as
// hexadecimal numbers, until a reboot begins them anew. The goroutine of the
// poller owns it.
type logLines struct {
	page charset.Page
	last uint64 // id of the newest line
	read bool   // the log was read once: what was in it then is not news
}

// heard takes lines of a listen: all of them are new.
func (l *logLines) heard(list proto.Sentences, now time.Time) [][]byte {
	var bodies [][]byte
	defer func() { l.read = true }()
	for row := range list.All() {
		if _, dead := row.Get(".dead"); dead {
			continue // a line that fell out of the buffer
		}
		if id, ok := lineID(row); ok {
			if l.read && id <= l.last && l.last-id < 1<<16 {
				continue // read already
			}
			l.last = id
		}
		bodies = append(bodies, l.body(row, now))
	}
	return bodies
}

// reading takes the whole buffer and gives what is behind the newest line known.
func (l *logLines) reading(list proto.Sentences, now time.Time) [][]byte {
	newest := uint64(0)
	for row := range list.All() {
		if id, ok := lineID(row); ok {
			newest = max(newest, id)
		}
	}
	if newest < l.last {
		l.last = 0 // a reboot
	}
	var bodies [][]byte
	for row := range list.All() {
		if id, ok := lineID(row); ok && l.read && id > l.last {
			bodies = append(bodies, l.body(row, now))
		}
	}
	l.read, l.last = true, newest
	return bodies
}

func lineID(row proto.Sentence) (uint64, bool) {
	value, ok := row.Get(".id")
	if !ok || len(value) < 2 {
		return 0, false
	}
	id, err := strconv.ParseUint(string(value[1:]), 16, 64)
	return id, err == nil
}

func (l *logLines) body(row proto.Sentence, now time.Time) []byte {
	b := []byte(`"topic":"log","type":"line"`)
	for _, name := range []string{".id", "time", "topics", "message"} {
		if value, ok := row.Get(name); ok {
			b = menu.AppendText(append(b, `,"`+name+`":`...), value, l.page)
		}
	}
	b = strconv.AppendInt(append(b, `,"ts":`...), now.Unix(), 10)
	return append(b, '}')
}
