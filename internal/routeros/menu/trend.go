package menu

import (
	"bytes"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// WentBack reports whether a volatile value of a row went against its trend.
func (m *Menu) WentBack(before, row proto.Sentence) bool {
	rest := before
	for w := range row.Words() {
		var same []byte // the word at this place before
		if same, rest = rest.Cut(); bytes.Equal(w, same) {
			continue
		}
		name, value, _ := proto.Attribute(w)
		trend, ok := m.Volatile[string(name)]
		if !ok || trend == Wanders {
			continue
		}
		sameName, was, _ := proto.Attribute(same)
		if !bytes.Equal(name, sameName) {
			was, _ = before.Get(string(name)) // the order is another one
		}
		if trend != Falls && less(value, was) || trend == Falls && less(was, value) {
			return true
		}
	}
	return false
}

// less reports whether a is less than b, both being numbers, durations, or pairs of
// numbers of which one half is less. Other values cannot be compared.
func less(a, b []byte) bool {
	if isInteger(a) && isInteger(b) {
		return lessInteger(a, b)
	}
	upA, downA, pairA := bytes.Cut(a, []byte("/"))
	upB, downB, pairB := bytes.Cut(b, []byte("/"))
	if pairA && pairB {
		return lessInteger(upA, upB) || lessInteger(downA, downB)
	}
	timeA, okA := ParseDuration(a)
	timeB, okB := ParseDuration(b)
	return okA && okB && timeA < timeB
}

func lessInteger(a, b []byte) bool {
	return isInteger(a) && isInteger(b) && (len(a) < len(b) || len(a) == len(b) && bytes.Compare(a, b) < 0)
}
