package poller

import (
	"errors"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// countInterval is the least interval at which rows are counted by a command.
const countInterval = 20 * time.Second

var (
	hotspotCount = register(Topic{
		Name: "hotspot", Counts: hotspotActive, Menu: menu.HotspotActive, MinInterval: countInterval, Hidden: true,
		note: func(f *facts, r Reading, _ charset.Page) bool { f.hotspot = r.Len; return true },
	})
	pppCount = register(Topic{
		Name: "ppp", Counts: pppActive, Menu: menu.PPPActive, MinInterval: countInterval, Hidden: true,
		note: func(f *facts, r Reading, _ charset.Page) bool { f.ppp = r.Len; return true },
	})
)

// The number of users of each kind, in one row, for those who need no more: a number is
// a hundredth of a table.
var _ = register(Topic{
	Name: "counts", Parts: []*Topic{hotspotCount, pppCount}, join: joinCounts,
	Menu: &menu.Menu{Kinds: menu.Integers("hotspot", "ppp")},
})

// joinCounts makes the row. A router that does not have the menu has no such users. A menu
// that cannot be read has no number; without any there is the error of one.
func joinCounts(readings []Reading) Reading {
	r := readings[0]
	row := []string{"!re"}
	for _, part := range readings {
		if refused, ok := errors.AsType[*routeros.TrapError](part.Err); part.Err == nil || ok && refused.Missing() {
			row = append(row, fmt.Sprintf("=%s=%d", part.Topic.Name, part.Len))
		}
	}
	if len(row) == 1 {
		return r
	}
	r.Rows, r.Len, r.Err = proto.AppendSentence(nil, row...), 1, nil
	return r
}
