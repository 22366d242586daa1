package menu

import (
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// column is a field that was met before.
type column struct {
	word string // "=name=", as the word begins on the wire
	key  []byte // `"name":`, ready to be copied
	name string
	kind Kind
}

// begins reports whether a word is the column's field.
func (c *column) begins(word []byte) bool {
	return len(word) >= len(c.word) && string(word[:len(c.word)]) == c.word
}

// layout tells apart the columns that encoders settle on.
type layout struct {
	menu  *Menu
	page  charset.Page
	words string // of all columns in their order
}

// maxLayouts bounds what is kept for good: a menu of RouterOS has as many layouts
// as there are versions and boards that differ in it. An encoder that comes when
// there are so many keeps columns of its own.
const maxLayouts = 512

// settled is after how many tables without a new column an encoder looks for
// others that have the same ones.
const settled = 4

// layouts are columns that encoders share: ten thousand routers have a dozen of
// them, and those of the combined event take 8 KiB.
var layouts struct {
	mu    sync.Mutex
	known map[layout][]column // guarded by mu; nobody changes what is in the slices
}

// share returns columns that are the same as these, for all who have them.
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
