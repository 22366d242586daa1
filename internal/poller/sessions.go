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
// nothing, so a router that was away is compared with what it was before. The
// goroutine of the poller owns it.
type sessions struct {
	page  charset.Page
	known map[string]map[string]session // by topic, then by key; nil before the first reading
	// touched has the users of whom the router spoke, and when: a reading that
	// was asked for before that may be older than what it said.
	touched map[string]time.Time
}

// session is one user's, as it was seen last.
type session struct {
	service, id, name, address, mac string
	since                           time.Time
	timed                           bool // since comes from an uptime, not from when it was heard of
	bytesIn, bytesOut               string
}

// sameStart is how far two readings of the same session may be apart in when it
// began: uptime has whole seconds, and the answer was under way. An id that
// belongs to a session which began later belongs to another one.
const sameStart = 10 * time.Second

func newSessions(page charset.Page) *sessions {
	return &sessions{page: page, known: make(map[string]map[string]session), touched: make(map[string]time.Time)}
}

func (one session) key(topic string) string {
	return topic + "\x00" + one.id + "\x00" + one.name + "\x00" + one.mac
}

// reading takes in a whole table that was asked for at began, and returns a body
// for each user who went or came, those who went first.
func (s *sessions) reading(topic string, list proto.Sentences, began, now time.Time) [][]byte {
	before, begun := s.known[topic]
	current := make(map[string]session)
	for row := range list.All() {
		one := s.parse(topic, row, now)
		current[one.key(topic)] = one
	}
	s.settle(before, current, began)
	s.known[topic] = current
	if !begun {
		return nil
	}
	var bodies [][]byte
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after, ok := current[key]; !ok || other(before[key], after) {
			bodies = append(bodies, before[key].body("down", now))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(current)) {
		if was, ok := before[key]; !ok || other(was, current[key]) {
			bodies = append(bodies, current[key].body("up", now))
		}
	}
	return bodies
}

// settle lets what the router said since the reading was asked for stand against
// the reading.
func (s *sessions) settle(before, current map[string]session, began time.Time) {
	for key, at := range s.touched {
		if at.Before(began) {
			delete(s.touched, key)
			continue
		}
		if one, ok := before[key]; ok {
			current[key] = one
		} else {
			delete(current, key)
		}
	}
}

// heard takes in rows of a listen: a whole row of a user who came or changed, the
// .id and .dead of one who went (its value differs between versions).
func (s *sessions) heard(topic string, list proto.Sentences, now time.Time) [][]byte {
	known, begun := s.known[topic]
	if !begun {
		return nil // the first reading is under way and will have them
	}
	var bodies [][]byte
	for row := range list.All() {
		one := s.parse(topic, row, now)
		_, dead := row.Get(".dead")
		key := one.key(topic)
		was, same := known[key]
		if same && !dead && !other(was, one) {
			known[key] = one
			continue
		}
		bodies = append(bodies, s.end(known, one.id, topic, now)...)
		if !dead {
			known[key] = one
			s.touched[key] = now
			bodies = append(bodies, one.body("up", now))
		}
	}
	return bodies
}

// end reports who had this id and is not there any more.
func (s *sessions) end(known map[string]session, id, topic string, now time.Time) [][]byte {
	var bodies [][]byte
	prefix := topic + "\x00" + id + "\x00"
	for key, one := range known {
		if strings.HasPrefix(key, prefix) {
			delete(known, key)
			s.touched[key] = now
			bodies = append(bodies, one.body("down", now))
		}
	}
	return bodies
}

func other(a, b session) bool { return a.timed && b.timed && b.since.Sub(a.since) > sameStart }

func (s *sessions) parse(topic string, row proto.Sentence, now time.Time) session {
	one := session{service: "hotspot", since: now}
	for name, value := range row.Attributes() {
		text := s.page.String(value)
		switch string(name) {
		case ".id":
			one.id = text
		case "name", "user":
			one.name = text
		case "service":
			one.service = text
		case "address":
			one.address = text
		case "caller-id", "mac-address":
			one.mac = text
		case "bytes-in":
			one.bytesIn = text
		case "bytes-out":
			one.bytesOut = text
		case "uptime":
			if d, ok := menu.ParseDuration(value); ok {
				one.since, one.timed = now.Add(-d), true
			}
		}
	}
	if topic == "ppp_active" && one.service == "hotspot" {
		one.service = "ppp"
	}
	return one
}

// body is the event of a session; mac is the caller-id of PPP, an address for
// services over IP.
func (one session) body(event string, now time.Time) []byte {
	b := []byte(`"topic":"sessions","type":"` + event + `"`)
	for _, field := range [][2]string{
		{"service", one.service}, {".id", one.id}, {"name", one.name}, {"address", one.address}, {"mac", one.mac},
	} {
		b = menu.AppendString(append(b, `,"`+field[0]+`":`...), field[1])
	}
	b = strconv.AppendInt(append(b, `,"since":`...), one.since.Unix(), 10)
	for _, field := range [][2]string{{"bytes-in", one.bytesIn}, {"bytes-out", one.bytesOut}} {
		if n, err := strconv.ParseUint(field[1], 10, 64); err == nil {
			b = strconv.AppendUint(append(b, `,"`+field[0]+`":`...), n, 10)
		}
	}
	b = strconv.AppendInt(append(b, `,"ts":`...), now.Unix(), 10)
	return append(b, '}')
}
