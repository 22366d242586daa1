// Package device is one session on a router, with everything that hangs on it:
// the commands that run on it, the poller, and the feeds of the router_ids that
// share it. What the poller finds becomes events of these feeds here.
//
// A [Device] speaks of readings, rows and states; what clients get of them is
// written in package api. A device on another instance could offer the same
// methods, which is why the manager knows it by an interface only.
package device

import (
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Options of a Device.
type Options struct {
	Polling poller.Options
	// Scrape has the router asked for its facts every Polling.Scrape, whether
	// somebody watches or not.
	Scrape bool
}

// Device is one session. It implements [hub.Watcher].
type Device struct {
	link   *pool.Link
	poller *poller.Poller

	mu    sync.Mutex           // taken after the manager's and before the hub's
	feeds map[string]*hub.Feed // by router_id; guarded by mu
}

// New returns the device of a session. It does not own the session: the leases
// on link do. Close it before the last lease is released.
func New(link *pool.Link, opts Options) *Device {
	d := &Device{link: link, feeds: make(map[string]*hub.Feed)}
	polling := opts.Polling
	polling.Page, _ = charset.Lookup(link.Key().CodePage) // which was looked up to dial
	d.poller = poller.New(link, NewPublisher(polling.Page, d.each), link.Key().String(), polling)
	if opts.Scrape {
		d.poller.Watch(poller.Variant{Topic: poller.Scrape}) // until the poller is closed
	}
	return d
}

// Close stops the poller and waits for it.
func (d *Device) Close() { d.poller.Close() }

// On reports whether this is the device of the session that link stands for.
func (d *Device) On(link *pool.Link) bool { return d.link == link }

// Attach has the events of this device go to the feed of id, too.
func (d *Device) Attach(id string, feed *hub.Feed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feeds[id] = feed
}

// Detach ends that. It reports whether the device has no router_id left.
func (d *Device) Detach(id string) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.feeds, id)
	return len(d.feeds) == 0
}

// IDs are the router_ids on this session, sorted.
func (d *Device) IDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.feeds))
}

// each runs do for every feed on the session.
func (d *Device) each(do func(Feed)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, feed := range d.feeds {
		do(feed)
	}
}

// Status is the state of a session and of its poller.
type Status struct {
	Key  pool.Key
	Link pool.Status
	Load routeros.Load
	Poll poller.Info
}

// Status is how the device is now. It asks nobody.
func (d *Device) Status() Status {
	return Status{Key: d.link.Key(), Link: d.link.Status(), Load: d.link.Load(), Poll: d.poller.Info()}
}

// Facts is what the last readings said of the router. While the session is not
// up only the identity is known, from before.
func (d *Device) Facts() poller.Facts {
	facts := d.poller.Facts()
	if d.link.Status().State != pool.Up {
		return poller.Facts{Identity: facts.Identity}
	}
	return facts
}

// LogValue names the session, without its password.
func (d *Device) LogValue() slog.Value { return d.link.Key().LogValue() }
