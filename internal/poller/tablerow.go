package poller

import (
	"bytes"
	"hash/maphash"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// moment is a time of a table in nanoseconds after its base, on the monotonic clock. It has
// a third of the size of a [time.Time].
type moment int64

const (
	none = moment(0) // no moment
	// century is how long before the first time of a table its base is: no duration of a
	// router has begun earlier, so no time becomes none.
	century = 100 * 365 * 24 * time.Hour
)

func (t *table) moment(at time.Time) moment {
	if t.base.IsZero() {
		t.base = at.Add(-century)
	}
	return moment(at.Sub(t.base))
}

// listenedAfter reports whether the listen reported a row after a time.
func (t *table) listenedAfter(r *tableRow, at time.Time) bool {
	return r.listened != none && r.listened > t.moment(at)
}

// row makes a row of words that were true at a time.
func (t *table) row(words proto.Sentence, place int, at time.Time) tableRow {
	row := tableRow{id: hashID(words, place)}
	row.setWords(t.menu, words)
	if value, ok := t.counting(words); ok {
		d, _ := menu.ParseDuration(value)
		var canonical [32]byte
		if bytes.Equal(menu.AppendDuration(canonical[:0], d), value) {
			row.since = t.moment(at.Add(-d))
		}
	}
	return row
}

// counting is the value of the counting duration.
func (t *table) counting(words proto.Sentence) (value []byte, ok bool) {
	for name, value := range words.Attributes() {
		if t.menu.Volatile[string(name)] == menu.Counts {
			return value, true
		}
	}
	return nil, false
}

// setWords sets the words, and the place of the counting duration in them.
func (r *tableRow) setWords(m *menu.Menu, words proto.Sentence) {
	r.words, r.at, r.end = words, 0, 0
	for rest := words; len(rest) > 0; {
		at := len(words) - len(rest)
		var word []byte
		word, rest = rest.Cut()
		if name, _, ok := proto.Attribute(word); ok && m.Volatile[string(name)] == menu.Counts {
			r.at, r.end = int32(at), int32(len(words)-len(rest)) //nolint:gosec // MAX_REPLY_BYTES is smaller
			return
		}
	}
}

// keepSince keeps the start of a duration over readings that cut it to seconds and took
// some time: both make it seem later than it was, so the earliest one is right.
func (r *tableRow) keepSince(was *tableRow, took time.Duration) {
	if d := time.Duration(r.since - was.since); r.since != none && was.since != none && d > 0 && d <= sameSince+took {
		r.since = was.since
	}
}

func wordAt(words proto.Sentence, at int32) []byte {
	word, _ := words[at:].Cut()
	return word
}

// differs reports whether two forms of a row differ in more than volatile fields.
func (t *table) differs(a, b *tableRow) bool { return t.sum(a.words) != t.sum(b.words) }

// sum is a hash of the fields that are not volatile; their order does not count.
func (t *table) sum(words proto.Sentence) (sum uint64) {
	for word := range words.Words() {
		if name, _, ok := proto.Attribute(word); ok && !t.menu.IsVolatile(name) {
			sum += maphash.Bytes(tableSeed, word)
		}
	}
	return sum
}

// merge appends a row with the attributes of newer, and with those of base that are not
// in newer, in the order of base: the encoders expect the rows of a table to have their
// fields in the same order. Of base are left out the counters, if newer is a reading of
// them, and what is missing in newer if that has most of the fields: RouterOS leaves out
// fields without a value. A name that a row has several times stands for several fields.
func (t *table) merge(dst, base, newer proto.Sentence, counters []string) proto.Sentence {
	var room [48]attribute // more than menus have
	changes := room[:0]
	for word := range newer.Words() {
		if name, _, ok := proto.Attribute(word); ok {
			changes = append(changes, attribute{name: name, word: word})
		}
	}
	whole := counters == nil && t.isWhole(base, newer)
	dst = proto.Sentence(proto.AppendWord([]byte(dst), "!re"))
	for word := range base.Words() {
		name, _, ok := proto.Attribute(word)
		if !ok {
			continue
		}
		switch changed, known := take(changes, name); {
		case changed != nil:
			word = changed
		case known || slices.Contains(counters, string(name)) || whole && !t.menu.IsVolatile(name):
			continue
		}
		dst = proto.Sentence(proto.AppendWord([]byte(dst), word))
	}
	for _, a := range changes {
		if !a.taken && (len(t.menu.Fields) == 0 || slices.Contains(t.menu.Fields, string(a.name))) {
			dst = proto.Sentence(proto.AppendWord([]byte(dst), a.word))
		}
	}
	return dst
}

// attribute is one word of a row.
type attribute struct {
	name, word []byte
	taken      bool
}

// take takes the first attribute with a name that is left; known is whether there was any.
func take(list []attribute, name []byte) (word []byte, known bool) {
	for i := range list {
		a := &list[i]
		if !bytes.Equal(a.name, name) {
			continue
		}
		known = true
		if !a.taken {
			a.taken = true
			return a.word, true
		}
	}
	return nil, known
}

// isWhole reports whether newer has most of the lasting fields of base.
func (t *table) isWhole(base, newer proto.Sentence) bool {
	fields, missing := 0, 0
	for name := range base.Attributes() {
		if t.menu.IsVolatile(name) {
			continue
		}
		fields++
		if !has(newer, name) {
			missing++
		}
	}
	return 2*missing < fields
}

func has(words proto.Sentence, name []byte) bool {
	for other := range words.Attributes() {
		if bytes.Equal(other, name) {
			return true
		}
	}
	return false
}

// fields is the number of attributes of a row.
func fields(words proto.Sentence) (n int) {
	for range words.Attributes() {
		n++
	}
	return n
}

// isDynamic reports whether the router made the row by itself. Listens were seen to keep
// silent when dynamic interfaces go.
func (r *tableRow) isDynamic() bool {
	value, _ := r.words.Get("dynamic")
	return string(value) == "true" || string(value) == "yes"
}
