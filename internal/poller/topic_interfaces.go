package poller

import "github.com/aprakasa/mikronec/internal/routeros/menu"

var _ = register(Topic{Name: "interfaces", Menu: menu.Interface, Rates: true, Listen: true, Recheck: recheck})
