package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/search"
)

var _ = register(Topic{Name: "dhcp_leases", Menu: menu.DHCPLease, MinInterval: 10 * time.Second, Listen: true, Recheck: recheck, Kept: search.DHCP})
