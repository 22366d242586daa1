package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/search"
)

// keepEvery is the least time from one copy of a table for Options.Index to the next: to make
// it takes a while, and who looks for somebody can bear that.
const keepEvery = 5 * time.Second

// keeping is what is known of the copy of a table.
type keeping struct {
	at      time.Time // of the last one
	changed bool      // the table has changed since
}

// keepTables hands the tables that were read in a poll to Options.Index.
func (l *loop) keepTables(now time.Time) {
	for _, s := range l.due {
		r := &s.reading
		if s.Kept == search.None || r.Err != nil || r.unknown {
			continue
		}
		s.kept.changed = s.kept.changed || !r.same
		switch {
		case !s.kept.changed:
			l.opts.Index.Confirm(s.Kept, now)
		case now.Sub(s.kept.at) < keepEvery:
		case r.Rows != nil || r.Len == 0:
			l.keep(s, r.Rows, now)
		case s.split() && s.read:
			buffer := borrow(s.table.size())
			rows := s.table.appendTo(*buffer, now)
			l.keep(s, rows, now)
			giveBack(buffer, rows)
		}
	}
}

// keep copies the rows of a source.
func (l *loop) keep(s *source, rows proto.Sentences, now time.Time) {
	s.kept = keeping{at: now}
	l.opts.Index.Put(s.Kept, now, func(add func(search.Entry)) {
		for row := range rows.All() {
			add(l.entry(row))
		}
	})
}

// entry is what can be found of a row.
func (l *loop) entry(row proto.Sentence) (e search.Entry) {
	for name, value := range row.Attributes() {
		var field *string
		switch string(name) {
		case ".id":
			field = &e.ID
		case "name", "user":
			field = &e.Name
		case "address":
			field = &e.Address
		case "caller-id", "mac-address":
			field = &e.MAC
		case "comment":
			field = &e.Comment
		case "host-name":
			field = &e.HostName
		default:
			continue
		}
		*field = l.opts.Page.String(value)
	}
	return e
}
