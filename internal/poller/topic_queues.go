package poller

import "github.com/aprakasa/mikronec/internal/routeros/menu"

var _ = register(Topic{Name: "queues", Menu: menu.QueueSimple, Listen: true, Recheck: recheck})
