package menu

import (
	"strconv"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Field is one attribute of a row.
type Field struct {
	Key   string // in JSON; UTF-8
	Name  string // on the wire
	Value []byte
}

// Fields returns the attributes of a row in order, each under a key of its own. Where a
// router sends a name more than once, the first has the name as its key, the second
// name#2, the third name#3 and so on; a key that the router itself uses in this row is
// left out of the count. Two names that are the same text in UTF-8 are one name.
// Whoever needs one value takes the first, as [proto.Sentence.Get] does.
func Fields(row proto.Sentence, page charset.Page) []Field {
	var fields []Field
	taken := make(map[string]bool)
	for name, value := range row.Attributes() {
		f := Field{Key: page.String(name), Name: string(name), Value: value}
		taken[f.Key] = true
		fields = append(fields, f)
	}
	if len(taken) == len(fields) {
		return fields
	}
	seen := make(map[string]int)
	for i := range fields {
		f := &fields[i]
		name := f.Key
		n := seen[name] + 1
		for n > 1 {
			if f.Key = name + "#" + strconv.Itoa(n); !taken[f.Key] {
				break
			}
			n++
		}
		taken[f.Key], seen[name] = true, n
	}
	return fields
}
