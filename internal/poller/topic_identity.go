package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

var identity = register(Topic{
	Name: "identity", Menu: menu.Identity, MinInterval: 10 * time.Minute, Hidden: true,
	note: func(f *facts, r Reading, page charset.Page) bool {
		row, _ := r.Rows.Cut()
		name, _ := row.Get("name")
		f.identity = label(name, page)
		return true
	},
})
