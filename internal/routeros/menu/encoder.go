package menu

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Encoder encodes the rows of a menu as JSON. Rows of a table have the same fields in
// nearly the same order, so it remembers the fields with their JSON keys and expects
// them in that order: a row needs no map and no allocation.
//
// An Encoder must not be used concurrently.
type Encoder struct {
	menu   *Menu
	page   charset.Page
	cols   []column
	shared bool // other encoders use cols, too: they must not be changed
	calm   int8 // tables since the last new column, up to settled
}

// maxColumns limits the memory; rows of RouterOS have at most about 40 fields.
const maxColumns = 128

// NewEncoder returns an Encoder for rows of m.
func NewEncoder(m *Menu, page charset.Page) *Encoder {
	return &Encoder{menu: m, page: page}
}

// AppendRows appends the rows as a JSON array of objects.
func (e *Encoder) AppendRows(dst []byte, rows proto.Sentences) []byte {
	dst = append(dst, '[')
	for first := true; len(rows) > 0; first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst, rows = e.appendRow(dst, rows)
	}
	e.settle()
	return append(dst, ']')
}

// settle shares the columns once they have stayed the same for a while. Those of Any
// are not shared: they are of one table.
func (e *Encoder) settle() {
	if e.shared || len(e.cols) == 0 || e.menu == Any {
		return
	}
	if e.calm++; e.calm >= settled {
		e.cols, e.shared = share(e.menu, e.page, e.cols), true
	}
}

// AppendRow appends one row as a JSON object.
func (e *Encoder) AppendRow(dst []byte, row proto.Sentence) []byte {
	dst, _ = e.appendRow(dst, proto.Sentences(row))
	return dst
}

// AppendField appends one field as "key":value, for objects made of several rows. A
// duration has its second field, too.
func (e *Encoder) AppendField(dst []byte, f Field) []byte { return e.appendField(dst, f, nil) }

// appendField appends a field of the first row of list, which may be nil.
func (e *Encoder) appendField(dst []byte, f Field, list proto.Sentences) []byte {
	col := column{name: f.Key, kind: e.menu.kindOf(f.Name)}
	return e.appendValue(append(AppendString(dst, f.Key), ':'), &col, f.Value, list)
}

// appendRow encodes the words up to the terminator, or to the end of list.
func (e *Encoder) appendRow(dst []byte, list proto.Sentences) ([]byte, proto.Sentences) {
	start := len(dst)
	dst = append(dst, '{')
	s := proto.Sentence(list)
	next := 0 // the column expected
	for len(s) > 0 {
		n := int(s[0])
		if n == 0 {
			s = s[1:]
			break
		}
		var word []byte
		if n < 0x80 { // as Cut does, without a call for each word of a table
			word, s = s[1:1+n], s[1+n:]
		} else {
			word, s = s.Cut()
		}
		if len(word) < 2 || word[0] != '=' {
			continue // the reply word, the tag
		}
		if next >= len(e.cols) || !e.cols[next].begins(word) {
			if next = e.find(word, next); next < 0 {
				return e.appendOddRow(dst[:start], list)
			}
		}
		col := &e.cols[next]
		dst = append(dst, col.key...)
		if value := word[min(len(col.word), len(word)):]; col.kind == Text && plain(value) {
			dst = append(append(append(dst, '"'), value...), '"', ',')
		} else {
			dst = append(e.appendValue(dst, col, value, list), ',')
		}
		next++
	}
	return closeObject(dst), proto.Sentences(s)
}

// find returns the column of a word that is not the expected one. It looks at the
// columns after that one and adds a column for a new field. It returns -1 if the field
// has a column before the expected one: the row has another order, or a field twice.
func (e *Encoder) find(word []byte, next int) int {
	for i := next + 1; i < len(e.cols); i++ {
		if e.cols[i].begins(word) {
			return i
		}
	}
	name, _, _ := proto.Attribute(word)
	for i := range min(next, len(e.cols)) {
		if e.cols[i].name == string(name) {
			return -1
		}
	}
	// New, or an odd word such as "=once" that has no second '='.
	if len(e.cols) >= maxColumns || len(word) < len(name)+2 {
		return -1
	}
	col := e.newColumn(string(name))
	if slices.ContainsFunc(e.cols, func(c column) bool { return bytes.Equal(c.key, col.key) }) {
		return -1 // another name with the same key in UTF-8, perhaps in this row
	}
	// Inserted at this position, so that the following fields are in order.
	next = min(next, len(e.cols))
	if e.shared {
		e.cols, e.shared = slices.Clone(e.cols), false
	}
	e.cols, e.calm = slices.Insert(e.cols, next, col), -1 // 0 after this table
	return next
}

func (e *Encoder) newColumn(name string) column {
	return column{
		word: "=" + name + "=",
		key:  append(appendString(nil, []byte(name), e.page), ':'),
		name: name,
		kind: e.menu.kindOf(name),
	}
}

// appendOddRow encodes a row with another order of fields, or with a field twice; see
// [Fields].
func (e *Encoder) appendOddRow(dst []byte, list proto.Sentences) ([]byte, proto.Sentences) {
	row, rest := list.Cut()
	dst = append(dst, '{')
	for _, f := range Fields(row, e.page) {
		dst = append(e.appendField(dst, f, list), ',')
	}
	return closeObject(dst), rest
}

func closeObject(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst[len(dst)-1] = '}'
		return dst
	}
	return append(dst, '}')
}

// appendValue appends a value by the kind of its column, or as a string if it does not
// have that form. list begins with the row of the value.
func (e *Encoder) appendValue(dst []byte, col *column, value []byte, list proto.Sentences) []byte {
	kind := col.kind
	if kind == Sensor && isMeasured(list) {
		kind = Decimal
	}
	switch kind {
	case Integer:
		if isInteger(value) {
			return append(dst, value...)
		}
	case Decimal:
		if isDecimal(value) {
			return append(dst, value...)
		}
	case Boolean:
		switch string(value) {
		case "true", "yes":
			return append(dst, "true"...)
		case "false", "no":
			return append(dst, "false"...)
		}
	case Flag:
		switch string(value) {
		case "yes":
			return append(dst, `"true"`...)
		case "no":
			return append(dst, `"false"`...)
		}
	case Duration:
		dst = appendString(dst, value, e.page)
		if d, ok := ParseDuration(value); ok {
			dst = appendSibling(dst, col.name, d)
		}
		return dst
	}
	return appendString(dst, value, e.page)
}

func appendSibling(dst []byte, name string, d time.Duration) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	if d%time.Second == 0 {
		dst = append(dst, `-seconds":`...)
		return strconv.AppendInt(dst, int64(d/time.Second), 10)
	}
	dst = append(dst, `-milliseconds":`...)
	return strconv.AppendFloat(dst, float64(d)/float64(time.Millisecond), 'f', -1, 64)
}
