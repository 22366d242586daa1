package menu

import (
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// column is a field that an encoder knows.
type column struct {
	word string // "=name=", the prefix of the word on the wire
	key  []byte // `"name":`
	name string
	kind Kind
}

// begins reports whether a word is of this field.
func (c *column) begins(word []byte) bool {
	return len(word) >= len(c.word) && string(word[:len(c.word)]) == c.word
}

// layout identifies a list of columns.
type layout struct {
	menu  *Menu
	page  charset.Page
	words string // the words of all columns in order
}

// maxLayouts limits the layouts, which are never removed. A menu has a layout for each
// version and board with other fields. Beyond the limit encoders do not share columns.
const maxLayouts = 512

// settled is the number of tables without a new column after which an encoder shares
// its columns.
const settled = 4

// layouts are the columns that encoders share. 10,000 routers have a dozen of them;
// the columns of the combined event take 8 KiB.
var layouts struct {
	mu    sync.Mutex
	known map[layout][]column // guarded by mu; the slices are read-only
}

// share returns the shared columns that equal own, or own.
func share(m *Menu, page charset.Page, own []column) []column {
	var words strings.Builder
	for _, c := range own {
		words.WriteString(c.word)
	}
	key := layout{m, page, words.String()}
	layouts.mu.Lock()
	defer layouts.mu.Unlock()
	if known, ok := layouts.known[key]; ok {
		return known
	}
	if layouts.known == nil {
		layouts.known = make(map[layout][]column)
	}
	if len(layouts.known) < maxLayouts {
		layouts.known[key] = own
	}
	return own
}
