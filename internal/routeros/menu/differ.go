package menu

import (
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Differ finds what changed in a table from one reading to the next. Rows are
// told apart by their .id, in menus without one by their place. Values that
// change all the time by themselves (Menu.Volatile) do not make a row changed
// unless asked for; the row that is sent carries them all the same.
//
// It keeps a hash of each row, not the row. A Differ has one user at a time.
type Differ struct {
	enc      *Encoder
	skip     map[string]bool // names that do not count
	seed     maphash.Seed
	rows     map[string]seen // by id; nil before the first reading
	readings uint32
}

type seen struct {
	hash    uint64
	reading uint32 // in which it was there last
}

// NewDiffer returns a Differ for rows of m. With volatile, every value counts.
func NewDiffer(m *Menu, page charset.Page, volatile bool) *Differ {
	d := &Differ{enc: NewEncoder(m, page), seed: maphash.MakeSeed()}
	if !volatile {
		d.skip = make(map[string]bool, len(m.Volatile))
		for _, name := range m.Volatile {
			d.skip[name] = true
		}
	}
	return d
}

// AppendChanges takes in a reading and appends what changed as JSON fields, each
// with a comma behind it: "added" and "changed" with whole rows, "removed" with
// ids; a field with nothing in it is left out. The first reading is all added.
func (d *Differ) AppendChanges(dst []byte, list proto.Sentences) []byte {
	d.readings++
	if d.rows == nil {
		d.rows = make(map[string]seen)
	}
	var added, changed []byte
	place := 0
	for row := range list.All() {
		id, ok := row.Get(".id")
		if !ok {
			id = strconv.AppendInt(nil, int64(place), 10)
		}
		place++
		hash := d.hash(row)
		before, known := d.rows[string(id)]
		d.rows[string(id)] = seen{hash, d.readings}
		switch {
		case !known:
			added = d.enc.AppendRow(comma(added), row)
		case before.hash != hash:
			changed = d.enc.AppendRow(comma(changed), row)
		}
	}
	dst = appendList(dst, "added", added)
	dst = appendList(dst, "changed", changed)
	return appendList(dst, "removed", d.removed())
}

// removed forgets the rows that the last reading did not have.
func (d *Differ) removed() []byte {
	var gone []string
	for id, s := range d.rows {
		if s.reading != d.readings {
			gone = append(gone, id)
			delete(d.rows, id)
		}
	}
	slices.Sort(gone)
	var b []byte
	for _, id := range gone {
		b = AppendString(comma(b), id)
	}
	return b
}

// hash does not depend on the order of the fields, which routers do not keep.
func (d *Differ) hash(row proto.Sentence) uint64 {
	var sum uint64
	for w := range row.Words() {
		if len(w) == 0 || w[0] != '=' {
			continue
		}
		if name, _, _ := proto.Attribute(w); d.skip[string(name)] {
			continue
		}
		sum += maphash.Bytes(d.seed, w)
	}
	return sum
}

func comma(b []byte) []byte {
	if len(b) > 0 {
		return append(b, ',')
	}
	return b
}

func appendList(dst []byte, name string, items []byte) []byte {
	if len(items) == 0 {
		return dst
	}
	dst = append(append(append(dst, '"'), name...), `":[`...)
	return append(append(dst, items...), `],`...)
}
