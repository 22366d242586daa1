package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// poolInterval is long: what a pool has given out is a row for each address.
const poolInterval = 2 * time.Minute

// Pools are the address pools and the addresses that they have given out. RouterOS counts
// them itself since 7.x, in fields of the pool; before, they have to be counted.
var Pools = register(Topic{
	Name: "pools", Kind: Group, Hidden: true, Parts: []*Topic{
		register(Topic{Name: "pool", Menu: menu.Pool, MinInterval: poolInterval, Hidden: true}),
		register(Topic{Name: "pool_used", Menu: menu.PoolUsed, MinInterval: poolInterval, Hidden: true}),
	},
})
