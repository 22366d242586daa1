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
// It keeps the last reading and two hashes of each row. A Differ has one user at
// a time.
type Differ struct {
	enc      *Encoder
	volatile bool
	begun    bool
	last     proto.Sentences // the last reading
	ids      []uint64        // of its rows, hashed
	hashes   []uint64        // of what counts in them
}

// rowSeed is that of all hashes of rows.
var rowSeed = maphash.MakeSeed()

// NewDiffer returns a Differ for rows of m. With volatile, every value counts.
func NewDiffer(m *Menu, page charset.Page, volatile bool) *Differ {
	return &Differ{enc: NewEncoder(m, page), volatile: volatile}
}

// Rows is the last reading.
func (d *Differ) Rows() proto.Sentences { return d.last }

// AppendChanges takes in a reading, which nobody may change afterwards, and
// appends what changed as JSON fields, each with a comma behind it: "added" and
// "changed" with whole rows, "removed" with ids; a field with nothing in it is
// left out. The first reading is all added.
func (d *Differ) AppendChanges(dst []byte, list proto.Sentences) []byte {
	var places Places
	places.Reset(d.ids)
	ids, hashes := make([]uint64, 0, len(d.ids)+1), make([]uint64, 0, len(d.ids)+1)
	found := make([]bool, len(d.ids))
	var added, changed []byte
	place := 0
	for row := range list.All() {
		id, hash := maphash.Bytes(rowSeed, rowID(row, place)), d.hash(row)
		place++
		ids, hashes = append(ids, id), append(hashes, hash)
		before := places.Find(id)
		switch {
		case before < 0:
			added = d.enc.AppendRow(comma(added), row)
			continue
		case d.hashes[before] != hash:
			changed = d.enc.AppendRow(comma(changed), row)
		}
		found[before] = true
	}
	d.enc.settle()
	dst = appendList(dst, "added", added)
	dst = appendList(dst, "changed", changed)
	dst = appendList(dst, "removed", d.removed(found))
	d.last, d.ids, d.hashes = list, ids, hashes
	return dst
}

// rowID is the .id of a row, or its place.
func rowID(row proto.Sentence, place int) []byte {
	if id, ok := row.Get(".id"); ok {
		return id
	}
	return strconv.AppendInt(nil, int64(place), 10)
}

// removed are the ids of rows of the last reading that were not found again,
// sorted.
func (d *Differ) removed(found []bool) []byte {
	if !slices.Contains(found, false) {
		return nil
	}
	var gone []string
	place := 0
	for row := range d.last.All() {
		if !found[place] {
			gone = append(gone, string(rowID(row, place)))
		}
		place++
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
		if !d.volatile && len(d.enc.menu.Volatile) > 0 {
			if name, _, _ := proto.Attribute(w); d.enc.menu.isVolatile(name) {
				continue
			}
		}
		sum += maphash.Bytes(rowSeed, w)
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
