package poller

import (
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/search"
)

var hotspotActive = register(Topic{
	Name: "hotspot_active", Menu: menu.HotspotActive, Listen: true, Recheck: recheck, Kept: search.Hotspot,
	note: func(f *facts, r Reading, _ charset.Page) bool { f.hotspot = r.Len; return true },
})

var pppActive = register(Topic{
	Name: "ppp_active", Menu: menu.PPPActive, Listen: true, Recheck: recheck, Kept: search.PPP,
	note: func(f *facts, r Reading, _ charset.Page) bool { f.ppp = r.Len; return true },
})

// Users of both tables who connect and disconnect.
var _ = register(Topic{
	Name: "sessions", Kind: Events, Parts: []*Topic{hotspotActive, pppActive},
	track: func(page charset.Page) tracker { return newSessions(page) },
})
