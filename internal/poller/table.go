package poller

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// table holds the rows of a menu as they are at the router: those of the last whole
// reading, with the rows of a listen and the counters that were read since. Durations
// that grow by a second in a second (menu.Counts) are computed.
//
// Rows without .id are identified by their position, which suits menus with one row.
// The loop of the poller owns it.
type table struct {
	menu *menu.Menu
	base time.Time  // of the moments of rows; zero before the first one
	rows []tableRow // in the order of the last reading, later ones behind
	gone []goneRow  // rows that the listen reported as removed since the last reading
	// missed are rows of the last reading that came, went or changed without a report of
	// the listen, before or since.
	missed []uint64
}

// tableRow is one row. Its words are never changed, so they may be shared. It is small:
// there is one for each user of each router.
type tableRow struct {
	id       uint64         // hash of the .id
	words    proto.Sentence // as they came, or merged
	since    moment         // when the counting duration was 0; none without one
	listened moment         // when the listen reported it last; none if it did not
	at, end  int32          // where the word of the duration begins and ends in words, with since
}

type goneRow struct {
	id uint64
	at time.Time
}

// sameSince is how much later a duration may seem to have begun than it did: the router
// cuts it to seconds. The time that the answer took is added.
const sameSince = 2 * time.Second

// read takes a whole reading that was asked for at asked and was complete at answered.
// Rows that the listen reported after asked are newer and stay.
func (t *table) read(list proto.Sentences, asked, answered time.Time) {
	before := t.rows
	t.missed = nil
	var places menu.Places
	places.Reset(ids(before))
	found := make([]bool, len(before))
	t.rows = make([]tableRow, 0, len(before)+1)
	place := 0
	for words := range list.All() {
		row := t.row(words, place, answered)
		place++
		i := places.Find(row.id)
		if i < 0 {
			if !t.wentAfter(row.id, asked) {
				t.rows = append(t.rows, row)
				t.missed = append(t.missed, row.id)
			}
			continue
		}
		found[i] = true
		was := &before[i]
		if t.listenedAfter(was, asked) {
			t.rows = append(t.rows, *was)
			continue
		}
		if t.differs(was, &row) {
			t.missed = append(t.missed, row.id)
		}
		row.keepSince(was, answered.Sub(asked))
		t.rows = append(t.rows, row)
	}
	for i := range before {
		if found[i] {
			continue
		}
		if t.listenedAfter(&before[i], asked) {
			t.rows = append(t.rows, before[i])
		} else if !before[i].isDynamic() {
			t.missed = append(t.missed, before[i].id)
		}
	}
	t.gone = nil
}

// count takes a reading of the counters of all rows: .id and fields of Menu.Counters. It
// removes the rows that are not in it. It reports whether the rows have to be read because
// one of them is unknown or, without .id, has counters that went back: the router has
// rebooted.
func (t *table) count(list proto.Sentences, asked time.Time) (unknown bool) {
	var places menu.Places
	places.Reset(ids(t.rows))
	found := make([]bool, len(t.rows))
	place := 0
	size := len(list)
	for _, row := range t.rows {
		size += len(row.words)
	}
	buffer := make(proto.Sentence, 0, size)
	counters := t.menu.Counters()
	for words := range list.All() {
		i := places.Find(hashID(words, place))
		place++
		if i < 0 {
			unknown = unknown || !t.wentAfter(hashID(words, place-1), asked)
			continue
		}
		found[i] = true
		if _, named := words.Get(".id"); !named && t.menu.WentBack(t.rows[i].words, words) {
			unknown = true
		}
		start := len(buffer)
		buffer = t.merge(buffer, t.rows[i].words, words, counters)
		t.rows[i].setWords(t.menu, buffer[start:len(buffer):len(buffer)])
	}
	kept := t.rows[:0]
	for i, row := range t.rows {
		if found[i] || t.listenedAfter(&row, asked) {
			kept = append(kept, row)
		}
	}
	clear(t.rows[len(kept):])
	t.rows = kept
	return unknown
}

// listen takes rows of a listen that came at a time: the whole row of one that was added
// or changed, some of its fields, or .id and .dead of one that was removed. It returns
// the rows with the fields that were left out. A row of which too little is known has to
// be read.
func (t *table) listen(list proto.Sentences, at time.Time) (whole proto.Sentences, unknown bool) {
	for words := range list.All() {
		id := hashID(words, 0)
		t.missed = slices.DeleteFunc(t.missed, func(missed uint64) bool { return missed == id })
		i := slices.IndexFunc(t.rows, func(r tableRow) bool { return r.id == id })
		if _, dead := words.Get(".dead"); dead {
			if i >= 0 {
				t.rows = slices.Delete(t.rows, i, i+1)
			}
			t.gone = append(t.gone, goneRow{id, at})
			whole = whole.Append(words)
			continue
		}
		if i < 0 {
			if fields(words) < fewFields {
				unknown = true
				continue
			}
			t.rows = append(t.rows, tableRow{})
			i = len(t.rows) - 1
		}
		was := t.rows[i]
		row := t.row(t.merge(nil, was.words, words, nil), 0, at)
		row.listened = t.moment(at)
		if _, ok := t.counting(words); !ok {
			row.since = was.since // the duration was not in what came, so it goes on
		}
		row.keepSince(&was, 0)
		t.rows[i] = row
		whole = whole.Append(row.words)
	}
	return whole, unknown
}

// fewFields is the least number of fields of a row that the listen reports as new.
const fewFields = 3

// appendTo appends all rows as they are at a time.
func (t *table) appendTo(dst proto.Sentences, now time.Time) proto.Sentences {
	for i := range t.rows {
		row := &t.rows[i]
		if row.since == none {
			dst = dst.Append(row.words)
			continue
		}
		var word [64]byte
		name, _, _ := proto.Attribute(wordAt(row.words, row.at))
		w := append(append(append(word[:0], '='), name...), '=')
		w = menu.AppendDuration(w, time.Duration(t.moment(now)-row.since))
		dst = append(dst, row.words[:row.at]...)
		dst = proto.Sentences(proto.AppendWord([]byte(dst), w))
		dst = append(append(dst, row.words[row.end:]...), 0)
	}
	return dst
}

// size is about the number of bytes that appendTo appends.
func (t *table) size() (n int) {
	for i := range t.rows {
		n += len(t.rows[i].words) + 4
	}
	return n
}

// fits reports whether the counting durations of all rows can be computed: a router that
// writes them in another form than 1d2h3m4s is read instead.
func (t *table) fits() bool {
	for i := range t.rows {
		if _, ok := t.counting(t.rows[i].words); ok && t.rows[i].since == none {
			return false
		}
	}
	return true
}

// wentAfter reports whether the listen reported the row as removed after a time.
func (t *table) wentAfter(id uint64, asked time.Time) bool {
	return slices.ContainsFunc(t.gone, func(g goneRow) bool { return g.id == id && g.at.After(asked) })
}

func ids(rows []tableRow) []uint64 {
	list := make([]uint64, len(rows))
	for i := range rows {
		list[i] = rows[i].id
	}
	return list
}

var tableSeed = maphash.MakeSeed()

// hashID is the hash of the .id, or of the position.
func hashID(words proto.Sentence, place int) uint64 {
	if id, ok := words.Get(".id"); ok {
		return maphash.Bytes(tableSeed, id)
	}
	return uint64(place)
}
