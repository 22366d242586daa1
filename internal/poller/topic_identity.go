package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The name changes only when somebody changes it, but a page that shows the old one names
// the wrong router.
var identity = register(Topic{
	Name: "identity", Menu: menu.Identity, MinInterval: 30 * time.Second, FactsInterval: 10 * time.Minute,
	note: func(f *facts, r Reading, page charset.Page) bool {
		row, _ := r.Rows.Cut()
		name, _ := row.Get("name")
		f.identity = label(name, page)
		return true
	},
})
