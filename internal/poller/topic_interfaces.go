package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

var _ = register(Topic{Name: "interfaces", Menu: menu.Interface, Rates: true, Listen: true, Recheck: recheck})

// staticQuery selects the interfaces that are not those of PPP users.
var staticQuery = []string{
	"?type=pppoe-in", "?type=l2tp-in", "?type=pptp-in", "?type=sstp-in", "?type=ovpn-in", "?type=ppp-in", "?#|||||!",
}

// The interfaces without those of PPP users, of which a concentrator has thousands. The
// router leaves them out, so it has no listen, which would report each login.
var _ = register(Topic{Name: "static_interfaces", Menu: menu.Interface, Query: staticQuery, Rates: true, Recheck: 10 * time.Second})
