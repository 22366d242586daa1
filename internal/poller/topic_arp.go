package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The neighbours that the router knows by ARP; status is new in RouterOS 7.
var _ = register(Topic{Name: "arp", MinInterval: 10 * time.Second, Menu: &menu.Menu{
	Path: "/ip/arp",
	Fields: []string{
		".id", "address", "mac-address", "interface", "status", "published", "invalid", "DHCP", "dynamic", "complete", "disabled", "comment",
	},
	Kinds: menu.Booleans("published", "invalid", "DHCP", "dynamic", "complete", "disabled"),
}})
