package poller

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// sessions is the tracker of PPP and hotspot users who connect and disconnect. It uses
// the rows of listens and the differences between readings, and returns each event
// once. The first reading of a menu is the starting point and has no events. Failed
// readings are ignored, so after a loss of the session the router is compared with the
// last reading before it.
type sessions struct {
	page  charset.Page
	known map[*Topic]map[string]session // by part, then by key; nil before the first reading
}

// session is a Session; timed means that Since was computed from an uptime.
type session struct {
	Session
	timed bool
}

// sameStart is the tolerance for the start of a session in two readings: uptime is in
// whole seconds, and the reply takes time. A session with the same key that started
// later than that is another one.
const sameStart = 10 * time.Second

func newSessions(page charset.Page) *sessions {
	return &sessions{page: page, known: make(map[*Topic]map[string]session)}
}

func (one session) key() string { return one.ID + "\x00" + one.Name + "\x00" + one.MAC }

// onListen asks for a reading, which finds the changes since the last one.
func (s *sessions) onListen(*Topic) (read bool) { return true }

func (*sessions) onRefusal(*Topic) {}

// onReading takes a whole table and returns the events since the last one, first the
// users who disconnected.
func (s *sessions) onReading(r Reading) (events []Event, gap bool) {
	if r.Err != nil {
		return nil, false
	}
	before, begun := s.known[r.Topic]
	current := make(map[string]session)
	for row := range r.Rows.All() {
		one := s.parse(r.Topic, row, r.Answered)
		current[one.key()] = one
	}
	s.known[r.Topic] = current
	if !begun {
		return nil, false
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after, ok := current[key]; !ok || another(before[key], after) {
			events = append(events, SessionDown{before[key].Session})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(current)) {
		if was, ok := before[key]; !ok || another(was, current[key]) {
			events = append(events, SessionUp{current[key].Session})
		}
	}
	return events, false
}

// onRows takes rows of a listen: the whole row of a user who connected or changed; .id
// and .dead of one who disconnected (the value of .dead differs between versions).
func (s *sessions) onRows(part *Topic, rows proto.Sentences, at time.Time) (events []Event) {
	known, begun := s.known[part]
	if !begun {
		return nil // the first reading follows and includes them
	}
	for row := range rows.All() {
		one := s.parse(part, row, at)
		_, dead := row.Get(".dead")
		was, same := known[one.key()]
		if same && !dead && !another(was, one) {
			known[one.key()] = one
			continue
		}
		events = append(events, end(known, one.ID)...)
		if !dead {
			known[one.key()] = one
			events = append(events, SessionUp{one.Session})
		}
	}
	return events
}

// end removes the session with this id and returns its event.
func end(known map[string]session, id string) (events []Event) {
	for key, one := range known {
		if strings.HasPrefix(key, id+"\x00") {
			delete(known, key)
			events = append(events, SessionDown{one.Session})
		}
	}
	return events
}

// another reports whether b, which has the key of a, is a later session.
func another(a, b session) bool { return a.timed && b.timed && b.Since.Sub(a.Since) > sameStart }

func (s *sessions) parse(part *Topic, row proto.Sentence, at time.Time) session {
	one := session{Session: Session{Since: at}}
	text := func(names ...string) string {
		for _, name := range names {
			if value, ok := row.Get(name); ok {
				return s.page.String(value)
			}
		}
		return ""
	}
	one.ID, one.Name, one.Service = text(".id"), text("name", "user"), text("service")
	one.Address, one.MAC = text("address"), text("caller-id", "mac-address")
	one.BytesIn, one.BytesOut = number(text("bytes-in")), number(text("bytes-out"))
	uptime, _ := row.Get("uptime")
	if d, ok := menu.ParseDuration(uptime); ok {
		one.Since, one.timed = at.Add(-d), true
	}
	if one.Service == "" {
		one.Service = strings.TrimSuffix(part.Name, "_active")
	}
	return one
}

func number(text string) *uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
