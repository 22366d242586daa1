package poller

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// sessions finds the users who came and went between two readings. The first
// reading of a menu is where it begins: nobody came. A reading that failed says
// nothing, so a router that was away is compared with what it was before, and
// no user is reported twice. The goroutine of the poller owns it.
type sessions struct {
	page  charset.Page
	known map[string]map[string]session // by topic, then by key; nil before the first reading
}

// session is one user's, as it was seen last.
type session struct {
	service, id, name, address, mac string
	since                           time.Time
	bytesIn, bytesOut               string
}

// sameStart is how far two readings of the same session may be apart in when it
// began: uptime has whole seconds, and the answer was under way. An id that
// belongs to a session which began later belongs to another one.
const sameStart = 10 * time.Second

func newSessions(page charset.Page) *sessions {
	return &sessions{page: page, known: make(map[string]map[string]session)}
}

// read takes in a reading of a topic and returns a body for each user who went
// or came, those who went first.
func (s *sessions) read(topic string, list proto.Sentences, now time.Time) [][]byte {
	before, begun := s.known[topic]
	current := make(map[string]session)
	for row := range list.All() {
		one := s.parse(topic, row, now)
		current[one.id+"\x00"+one.name+"\x00"+one.mac] = one
	}
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

func other(a, b session) bool { return b.since.Sub(a.since) > sameStart }

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
				one.since = now.Add(-d)
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
func (s session) body(event string, now time.Time) []byte {
	b := []byte(`"topic":"sessions","type":"` + event + `"`)
	for _, field := range [][2]string{
		{"service", s.service}, {".id", s.id}, {"name", s.name}, {"address", s.address}, {"mac", s.mac},
	} {
		b = menu.AppendString(append(b, `,"`+field[0]+`":`...), field[1])
	}
	b = strconv.AppendInt(append(b, `,"since":`...), s.since.Unix(), 10)
	for _, field := range [][2]string{{"bytes-in", s.bytesIn}, {"bytes-out", s.bytesOut}} {
		if n, err := strconv.ParseUint(field[1], 10, 64); err == nil {
			b = strconv.AppendUint(append(b, `,"`+field[0]+`":`...), n, 10)
		}
	}
	b = strconv.AppendInt(append(b, `,"ts":`...), now.Unix(), 10)
	return append(b, '}')
}
