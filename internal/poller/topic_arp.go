package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The ARP table; status and vrf are new in RouterOS 7. The flag is DHCP in captures and
// dhcp in the CLI reference.
var _ = register(Topic{Name: "arp", MinInterval: 10 * time.Second, Listen: true, Recheck: recheck, Menu: &menu.Menu{
	Path: "/ip/arp",
	Fields: []string{
		".id", "address", "mac-address", "interface", "vrf", "status", "published", "invalid", "DHCP", "dhcp", "dynamic", "complete", "disabled", "comment",
	},
	Kinds: menu.Booleans("published", "invalid", "DHCP", "dhcp", "dynamic", "complete", "disabled"),
}})
