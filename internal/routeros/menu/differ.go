package menu

import (
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Differ finds the changes of a table from one reading to the next. Rows are identified
// by .id, in menus without .id by their position. Volatile fields (Menu.Volatile) do not
// make a row changed, unless the Differ counts them or they go against their trend; a
// changed row has them nevertheless.
//
// A Differ keeps the last reading, and two hashes and a position for each row. It must not be used
// concurrently.
type Differ struct {
	enc      *Encoder
	volatile bool
	last     proto.Sentences // the last reading
	ids      []uint64        // of its rows, hashed
	hashes   []uint64        // of the words that count
	starts   []uint32        // positions of the rows
}

// rowSeed is the seed of all hashes of rows.
var rowSeed = maphash.MakeSeed()

// NewDiffer returns a Differ for rows of m. With volatile, all fields count.
func NewDiffer(m *Menu, page charset.Page, volatile bool) *Differ {
	return &Differ{enc: NewEncoder(m, page), volatile: volatile}
}

// Rows returns the last reading.
func (d *Differ) Rows() proto.Sentences { return d.last }

// AppendChanges takes a reading, which must not be changed afterwards, and appends the
// changes as JSON fields, each followed by a comma: "added" and "changed" with whole
// rows, "removed" with ids in order. Empty fields are left out. All rows of the first
// reading are added.
func (d *Differ) AppendChanges(dst []byte, list proto.Sentences) []byte {
	var places Places
	places.Reset(d.ids)
	ids, hashes := make([]uint64, 0, len(d.ids)+1), make([]uint64, 0, len(d.ids)+1)
	starts := make([]uint32, 0, len(d.ids)+1)
	found := make([]bool, len(d.ids))
	var added, changed []byte
	for rest := list; len(rest) > 0; {
		start := uint32(len(list) - len(rest)) //nolint:gosec // a reply is much smaller than 4 GiB
		var row proto.Sentence
		row, rest = rest.Cut()
		id, hash := maphash.Bytes(rowSeed, rowID(row, len(ids))), d.hash(row)
		ids, hashes, starts = append(ids, id), append(hashes, hash), append(starts, start)
		before := places.Find(id)
		switch {
		case before < 0:
			added = d.enc.AppendRow(comma(added), row)
			continue
		case d.hashes[before] != hash, !d.volatile && d.enc.menu.WentBack(d.row(before), row):
			changed = d.enc.AppendRow(comma(changed), row)
		}
		found[before] = true
	}
	d.enc.settle()
	dst = appendList(dst, "added", added)
	dst = appendList(dst, "changed", changed)
	dst = appendList(dst, "removed", d.removed(found))
	d.last, d.ids, d.hashes, d.starts = list, ids, hashes, starts
	return dst
}

// row returns a row of the last reading.
func (d *Differ) row(place int) proto.Sentence {
	row, _ := d.last[d.starts[place]:].Cut()
	return row
}

// rowID is the .id of a row, or its position.
func rowID(row proto.Sentence, place int) []byte {
	if id, ok := row.Get(".id"); ok {
		return id
	}
	return strconv.AppendInt(nil, int64(place), 10)
}

// removed returns the ids of the rows of the last reading that were not found, sorted,
// as JSON.
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

// hash does not depend on the order of the fields, which a router may change.
func (d *Differ) hash(row proto.Sentence) uint64 {
	var sum uint64
	for w := range row.Words() {
		if len(w) == 0 || w[0] != '=' {
			continue
		}
		if !d.volatile && len(d.enc.menu.Volatile) > 0 {
			name, _, _ := proto.Attribute(w)
			if d.enc.menu.IsVolatile(name) {
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
