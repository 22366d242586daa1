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

// sessions finds the users who came and went, from what the router says by itself
// and from the difference between readings, and reports each once. The first
// reading of a menu is where it begins: nobody came. A reading that failed says
// nothing, so a router that was away is compared with what it was before.
type sessions struct {
	page  charset.Page
	known map[*Topic]map[string]session // by part, then by key; nil before the first reading
}

// session is a Session, and whether its beginning comes from an uptime, not from
// when it was heard of.
type session struct {
	Session
	timed bool
}

// sameStart is how far two readings of the same session may be apart in when it
// began: uptime has whole seconds, and the answer was under way. An id that
// belongs to a session which began later belongs to another one.
const sameStart = 10 * time.Second

func newSessions(page charset.Page) *sessions {
	return &sessions{page: page, known: make(map[*Topic]map[string]session)}
}

func (one session) key() string { return one.ID + "\x00" + one.Name + "\x00" + one.MAC }

// listening asks for a reading: it finds who came between the last one and now.
func (s *sessions) listening(*Topic) (read bool) { return true }

// reading takes in a whole table, and returns an event for each user who went or
// came, those who went first.
func (s *sessions) reading(r Reading) (events []Event, gap bool) {
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

// heard takes in rows of a listen: a whole row of a user who came or changed, the
// .id and .dead of one who went (its value differs between versions).
func (s *sessions) heard(part *Topic, rows proto.Sentences, at time.Time) (events []Event) {
	known, begun := s.known[part]
	if !begun {
		return nil // the first reading is under way and will have them
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

// end reports who had this id and is not there any more.
func end(known map[string]session, id string) (events []Event) {
	for key, one := range known {
		if strings.HasPrefix(key, id+"\x00") {
			delete(known, key)
			events = append(events, SessionDown{one.Session})
		}
	}
	return events
}

// another reports whether b is a later session than a under the same key.
func another(a, b session) bool { return a.timed && b.timed && b.Since.Sub(a.Since) > sameStart }

func (s *sessions) parse(part *Topic, row proto.Sentence, at time.Time) session {
	one := session{Session: Session{Since: at}}
	for name, value := range row.Attributes() {
		text := s.page.String(value)
		switch string(name) {
		case ".id":
			one.ID = text
		case "name", "user":
			one.Name = text
		case "service":
			one.Service = text
		case "address":
			one.Address = text
		case "caller-id", "mac-address":
			one.MAC = text
		case "bytes-in":
			one.BytesIn = number(text)
		case "bytes-out":
			one.BytesOut = number(text)
		case "uptime":
			if d, ok := menu.ParseDuration(value); ok {
				one.Since, one.timed = at.Add(-d), true
			}
		}
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
