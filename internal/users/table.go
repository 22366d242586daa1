package users

import (
	"hash/maphash"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Table puts the rows of the menus together. Its methods take whole readings, of which it
// keeps copies. Sessions, and where their counters are, are looked for again only if there
// are others, so that a reading of counters is cheap. One goroutine uses it.
type Table struct {
	page charset.Page

	ppp, hotspot members
	limits       map[string]string // max-limit of dynamic queues by name
}

// NewTable returns a table for a router with this code page.
func NewTable(page charset.Page) *Table { return &Table{page: page} }

// TakePPP takes the rows of /ppp/active, or the error of reading them.
func (t *Table) TakePPP(rows proto.Sentences, err error, at time.Time) {
	if t.ppp.take(rows, err, at, t.pppSession) {
		t.ppp.keys = interfaceNames(t.ppp.sessions)
		t.ppp.queues = t.ppp.keys
	}
}

// TakeHotspot takes the rows of /ip/hotspot/active.
func (t *Table) TakeHotspot(rows proto.Sentences, err error, at time.Time) {
	m := &t.hotspot
	if !m.take(rows, err, at, t.hotspotSession) {
		return
	}
	m.keys, m.queues = make([]string, len(m.sessions)), make([]string, len(m.sessions))
	for i, s := range m.sessions {
		m.keys[i], m.queues[i] = s.ID, "<hotspot-"+s.Name+">"
	}
}

// TakeInterfaces takes name, rx-byte and tx-byte of the interfaces of PPP users.
func (t *Table) TakeInterfaces(rows proto.Sentences, err error, at time.Time) {
	t.ppp.counts.take(t.page, rows, err, at, "name", "rx-byte", "tx-byte")
}

// TakeGuests takes .id, bytes-in and bytes-out of hotspot users.
func (t *Table) TakeGuests(rows proto.Sentences, err error, at time.Time) {
	t.hotspot.counts.take(t.page, rows, err, at, ".id", "bytes-in", "bytes-out")
}

// TakeQueues takes name and max-limit of the dynamic queues.
func (t *Table) TakeQueues(rows proto.Sentences, err error) {
	if err != nil {
		return
	}
	t.limits = make(map[string]string, len(t.limits)+8)
	for row := range rows.All() {
		name, _ := row.Get("name")
		if limit, _ := row.Get("max-limit"); len(limit) > 0 && string(limit) != "0/0" {
			t.limits[t.page.String(name)] = t.page.String(limit)
		}
	}
	t.ppp.joined, t.hotspot.joined = false, false
}

// List returns the users as they are known; false before both services were read.
func (t *Table) List(now time.Time) (*List, bool) {
	for _, m := range []*members{&t.ppp, &t.hotspot} {
		if !m.known && m.failure == nil {
			return nil, false
		}
	}
	if !t.ppp.known && !t.hotspot.known {
		return &List{At: now, Err: t.ppp.failure}, true
	}
	l := &List{At: now, Users: make([]User, 0, len(t.ppp.sessions)+len(t.hotspot.sessions))}
	if at := t.ppp.counts.at; !at.IsZero() {
		l.At = at
	}
	if at := t.hotspot.counts.at; at.After(t.ppp.counts.at) {
		l.At = at
	}
	l.Users = t.ppp.appendTo(l.Users, t.limits)
	l.Users = t.hotspot.appendTo(l.Users, t.limits)
	return l, true
}

// pppSession reads a row.
func (t *Table) pppSession(row proto.Sentence, at time.Time) *Session {
	s := t.session(row, PPP, at)
	s.Name, s.Protocol = t.text(row, "name"), t.text(row, "service")
	return s
}

func (t *Table) hotspotSession(row proto.Sentence, at time.Time) *Session {
	s := t.session(row, Hotspot, at)
	s.Name, s.Protocol = t.text(row, "user"), t.text(row, "login-by")
	return s
}

// session reads the fields that both services have.
func (t *Table) session(row proto.Sentence, service string, at time.Time) *Session {
	s := &Session{Service: service, Since: since(row, at)}
	for name, value := range row.Attributes() {
		switch string(name) {
		case ".id":
			s.ID = t.page.String(value)
		case "address":
			s.Address = t.page.String(value)
		case "caller-id", "mac-address":
			s.MAC = t.page.String(value)
		case "comment":
			s.Comment = t.page.String(value)
		}
	}
	return s
}

func (t *Table) text(row proto.Sentence, name string) string {
	value, _ := row.Get(name)
	return t.page.String(value)
}

// since is when a session began by its age; zero without one.
func since(row proto.Sentence, at time.Time) time.Time {
	uptime, _ := row.Get("uptime")
	if d, ok := menu.ParseDuration(uptime); ok {
		return at.Add(-d).Truncate(time.Second)
	}
	return time.Time{}
}

// interfaceNames returns for each session the name of its dynamic interface: <pppoe-budi>. A
// name that is connected more than once has <pppoe-budi-1> and so on for later sessions.
func interfaceNames(sessions []*Session) []string {
	keys := make([]string, len(sessions))
	first := make(map[string]int, len(sessions)) // session with the name without a number
	twice := false
	for i, s := range sessions {
		keys[i] = "<" + s.Protocol + "-" + s.Name + ">"
		if _, taken := first[keys[i]]; taken {
			twice = true
		}
		first[keys[i]] = i
	}
	if !twice {
		return keys
	}
	order := make([]int, len(sessions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sessions[a].Since.Compare(sessions[b].Since) })
	number := make(map[string]int, len(sessions))
	for _, i := range order {
		name := keys[i]
		if n := number[name]; n > 0 {
			keys[i] = name[:len(name)-1] + "-" + strconv.Itoa(n) + ">"
		}
		number[name]++
	}
	return keys
}

var seed = maphash.MakeSeed()
