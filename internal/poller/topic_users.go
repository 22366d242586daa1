package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

var hotspotActive = register(Topic{
	Name: "hotspot_active", Menu: menu.HotspotActive,
	note: func(f *facts, r Reading, _ charset.Page) bool { f.hotspot = r.Len; return true },
})

var pppActive = register(Topic{
	Name: "ppp_active", Menu: menu.PPPActive,
	note: func(f *facts, r Reading, _ charset.Page) bool { f.ppp = r.Len; return true },
})

// The users of both tables as they come and go.
var _ = register(Topic{
	Name: "sessions", Kind: Events, Parts: []*Topic{hotspotActive, pppActive}, Follow: true, Recheck: 30 * time.Second,
	track: func(page charset.Page) tracker { return newSessions(page) },
})
