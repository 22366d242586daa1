package device

import (
	"time"

	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/poller"
)

// keepHistory makes the device a viewer that measures once a minute, until it is closed.
func (d *Device) keepHistory(store *history.Store, polling *poller.Options) {
	d.history = store
	if store != nil {
		polling.Sampled = func(s history.Sample) { store.Add(d.IDs(), s) }
	}
}

// History returns what was measured of a router_id of this session; without series where no
// history is kept, see [Options].History. It sends nothing to the router.
func (d *Device) History(id string, q history.Query) history.Answer {
	if d.history == nil {
		return history.Answer{From: time.Now().Truncate(time.Minute), Step: time.Minute}
	}
	return d.history.Get(id, q, time.Now())
}
