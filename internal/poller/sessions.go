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

// onRows takes rows of a listen: the row of a user who connected or changed, which may
// have the changed fields only; .id and .dead of one who disconnected (the value of
// .dead differs between versions). A row without a name of an unknown .id waits for the
// next reading.
func (s *sessions) onRows(part *Topic, rows proto.Sentences, at time.Time) (events []Event) {
	known, begun := s.known[part]
	if !begun {
		return nil // the first reading follows and includes them
	}
	for row := range rows.All() {
		one := s.parse(part, row, at)
		was, found := find(known, one)
		_, dead := row.Get(".dead")
		switch {
		case dead:
		case !found && one.Name == "":
			continue
		case found && (one.Name == "" || one.Name == was.Name):
			merged := s.merge(was, part, row, at)
			if merged.key() == was.key() && !another(was, merged) {
				known[was.key()] = merged
				continue
			}
			one.Name, one.MAC, one.Address = merged.Name, merged.MAC, merged.Address
			one.Service = merged.Service
		}
		if found {
			delete(known, was.key())
			events = append(events, SessionDown{was.Session})
		}
		if !dead {
			known[one.key()] = one
			events = append(events, SessionUp{one.Session})
		}
	}
	return events
}

// find returns the known session of a row: the one with its key, or with its .id.
func find(known map[string]session, one session) (was session, ok bool) {
	if was, ok = known[one.key()]; ok {
		return was, true
	}
	for key, was := range known {
		if strings.HasPrefix(key, one.ID+"\x00") {
			return was, true
		}
	}
	return session{}, false
}

// another reports whether b, which has the key of a, is a later session.
func another(a, b session) bool { return a.timed && b.timed && b.Since.Sub(a.Since) > sameStart }

// parse returns the session of a whole row.
func (s *sessions) parse(part *Topic, row proto.Sentence, at time.Time) session {
	return s.merge(session{Session: Session{Since: at}}, part, row, at)
}

// merge returns a session with the fields of a row changed.
func (s *sessions) merge(one session, part *Topic, row proto.Sentence, at time.Time) session {
	set := func(field *string, names ...string) {
		for _, name := range names {
			if value, ok := row.Get(name); ok {
				*field = s.page.String(value)
				return
			}
		}
	}
	count := func(field **uint64, name string) {
		if value, ok := row.Get(name); ok {
			*field = number(string(value))
		}
	}
	set(&one.ID, ".id")
	set(&one.Name, "name", "user")
	set(&one.Service, "service")
	set(&one.Address, "address")
	set(&one.MAC, "caller-id", "mac-address")
	count(&one.BytesIn, "bytes-in")
	count(&one.BytesOut, "bytes-out")
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
