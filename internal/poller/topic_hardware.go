package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

var hardware = register(Topic{
	Name: "hardware", Menu: menu.Resource, Recheck: 10 * time.Minute,
	note: func(f *facts, r Reading, page charset.Page) bool {
		row, _ := r.Rows.Cut()
		if len(row) > longestRow {
			return false
		}
		f.hardware, f.page = append(f.hardware[:0], row...), page
		return true
	},
	load: func(r Reading) int {
		row, _ := r.Rows.Cut()
		if value, ok := row.Get("cpu-load"); ok {
			if n, err := strconv.Atoi(string(value)); err == nil {
				return n
			}
		}
		return unknownLoad
	},
})

// longestRow limits the row of /system/resource that is kept, in bytes; it has about
// 400.
const longestRow = 4 << 10
