package users

import (
	"errors"
	"hash/maphash"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// sameSince is by how much the beginning of a session may seem to differ from one reading
// to the next: a router cuts its age to seconds, and the answer takes some time.
const sameSince = 3 * time.Second

// members are those who are connected with one service.
type members struct {
	sessions []*Session // in the order of the router
	ids      []uint64   // hashes of their .id
	sums     []uint64   // hashes of what does not change while they are connected
	keys     []string   // of their counters
	queues   []string   // names of their queues
	known    bool       // a reading has come, or the router does not have the menu
	failure  error      // of the last reading

	counts counts

	joined bool // the following are those of sessions, counts and queues
	slots  []int
	limits []string
}

// take takes a reading; parse makes a session of a row. A menu that the router does not have
// has nobody. It reports whether there are other sessions than before.
func (m *members) take(rows proto.Sentences, err error, at time.Time, parse func(proto.Sentence, time.Time) *Session) (changed bool) {
	refused, ok := errors.AsType[*routeros.TrapError](err)
	switch {
	case err != nil && !(ok && refused.Missing()):
		m.failure = err // what is known stands
		return false
	case err != nil:
		rows = nil
	}
	m.known, m.failure = true, nil
	var places menu.Places
	places.Reset(m.ids)
	sessions := make([]*Session, 0, len(m.sessions)+1)
	ids, sums := make([]uint64, 0, len(m.ids)+1), make([]uint64, 0, len(m.sums)+1)
	for row := range rows.All() {
		id, sum := hashes(row)
		i := places.Find(id)
		var s *Session
		if i >= 0 && m.sums[i] == sum && m.sessions[i].goesOn(row, at) {
			s = m.sessions[i]
			changed = changed || i != len(sessions)
		} else {
			s, changed = parse(row, at), true
		}
		sessions, ids, sums = append(sessions, s), append(ids, id), append(sums, sum)
	}
	changed = changed || len(sessions) != len(m.sessions)
	m.sessions, m.ids, m.sums = sessions, ids, sums
	m.joined = m.joined && !changed
	return changed
}

// goesOn reports whether a row is of the same session, by its age.
func (s *Session) goesOn(row proto.Sentence, at time.Time) bool {
	return since(row, at).Sub(s.Since).Abs() <= sameSince
}

// hashes returns the hash of the .id, and that of all fields that do not change by themselves.
func hashes(row proto.Sentence) (id, sum uint64) {
	for word := range row.Words() {
		name, value, ok := proto.Attribute(word)
		if !ok {
			continue
		}
		switch string(name) {
		case ".id":
			id = maphash.Bytes(seed, value)
		case "name", "user", "service", "login-by", "address", "caller-id", "mac-address", "comment":
			sum += maphash.Bytes(seed, word)
		}
	}
	return id, sum
}

// join finds the counters and the limits of the sessions.
func (m *members) join(limits map[string]string) {
	if m.joined {
		return
	}
	m.joined = true
	m.slots, m.limits = make([]int, len(m.sessions)), make([]string, len(m.sessions))
	for i := range m.sessions {
		m.slots[i] = -1
		if slot, ok := m.counts.places[m.keys[i]]; ok {
			m.slots[i] = slot
		}
		m.limits[i] = limits[m.queues[i]]
	}
}

// appendTo appends the users with their counters and rates.
func (m *members) appendTo(dst []User, limits map[string]string) []User {
	if m.counts.moved {
		m.joined, m.counts.moved = false, false
	}
	m.join(limits)
	elapsed := m.counts.at.Sub(m.counts.was).Seconds()
	for i, s := range m.sessions {
		dst = append(dst, User{Session: s, Limit: m.limits[i]})
		if m.slots[i] < 0 {
			continue
		}
		u, c := &dst[len(dst)-1], &m.counts.slots[m.slots[i]]
		if c.reading != m.counts.reading {
			continue
		}
		u.Counted, u.Rx, u.Tx = true, c.rx, c.tx
		// A session that is younger than the reading before has taken the name or the .id of
		// another one.
		if c.readingBefore != m.counts.reading-1 || elapsed <= 0 || c.rx < c.rxBefore || c.tx < c.txBefore || s.Since.After(m.counts.was) {
			continue
		}
		u.Rated = true
		u.RxRate = uint64(float64(c.rx-c.rxBefore) * 8 / elapsed)
		u.TxRate = uint64(float64(c.tx-c.txBefore) * 8 / elapsed)
	}
	return dst
}

// counts are counters of bytes of the last two readings.
type counts struct {
	places  map[string]int // position in slots by key
	slots   []slot
	moved   bool // places has changed since the last join
	reading int  // number of the last one
	at, was time.Time
}

// slot has the counters of one key, and the numbers of the readings that they are of.
type slot struct {
	key                    string
	reading, readingBefore int
	rx, tx                 uint64
	rxBefore, txBefore     uint64
}

// minRate is the least time over which a rate is computed. A reading that comes sooner, such as
// one after a login, is left out.
const minRate = time.Second

// take takes a reading of counters. One that failed says nothing: the next rates are over
// a longer time.
func (c *counts) take(page charset.Page, rows proto.Sentences, err error, at time.Time, key, rx, tx string) {
	if err != nil || c.reading > 0 && at.Sub(c.at) < minRate {
		return
	}
	c.reading++
	c.was, c.at = c.at, at
	seen, next := 0, 0 // a router sends its rows in the same order
	for row := range rows.All() {
		var name []byte
		var nrx, ntx uint64
		var gotRx, gotTx bool
		for field, value := range row.Attributes() {
			switch string(field) {
			case key:
				name = value
			case rx:
				nrx, gotRx = parse(value)
			case tx:
				ntx, gotTx = parse(value)
			}
		}
		if !gotRx || !gotTx {
			continue
		}
		seen++
		if next >= len(c.slots) || c.slots[next].key != string(name) {
			next = c.slot(page, name)
		}
		s := &c.slots[next]
		next++
		s.readingBefore, s.rxBefore, s.txBefore = s.reading, s.rx, s.tx
		s.reading, s.rx, s.tx = c.reading, nrx, ntx
	}
	if len(c.slots) > 2*seen+100 {
		c.compact()
	}
}

// slot returns the place of the counters of a key, as its bytes came.
func (c *counts) slot(page charset.Page, name []byte) int {
	i, ok := c.places[string(name)]
	if !ok { // perhaps not UTF-8
		text := page.String(name)
		if i, ok = c.places[text]; !ok {
			if c.places == nil {
				c.places = make(map[string]int)
			}
			i = len(c.slots)
			c.places[text], c.moved = i, true
			c.slots = append(c.slots, slot{key: text})
		}
	}
	return i
}

// compact drops keys that are gone.
func (c *counts) compact() {
	places, slots := make(map[string]int), make([]slot, 0, len(c.slots)/2)
	for i := range c.slots {
		if c.slots[i].reading == c.reading {
			places[c.slots[i].key] = len(slots)
			slots = append(slots, c.slots[i])
		}
	}
	c.places, c.slots, c.moved = places, slots, true
}

// parse is strconv.ParseUint without a string.
func parse(value []byte) (n uint64, ok bool) {
	if len(value) == 0 || len(value) > 19 {
		return 0, false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
