// Package device joins what belongs to one session on a router: the commands that run
// on it, its poller, and the feeds of the router_ids that share it. It turns the
// updates of the poller into events of these feeds.
//
// The manager uses a [Device] through an interface, which a device on another instance
// can implement as well.
package device

import (
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/search"
)

// Options of a Device.
type Options struct {
	Polling poller.Options
	// Scrape keeps the facts up to date without watchers, at the interval
	// Polling.Scrape.
	Scrape bool
	// Follower gets the updates of [Device.Ask], and all events; nil for nobody.
	Follower Follower
	// Search limits the tables that are kept for [Device.Find]; nil for none.
	Search *search.Budget
	// History keeps samples of the router, for which it is read once a minute; nil for none.
	History *history.Store
	// Admit refuses addresses for connections besides the session; nil admits all.
	Admit func(host string, to netip.AddrPort) error
}

// Follower takes typed updates, besides the viewers, who get events of the hub.
type Follower interface {
	// Follow takes an update of the router with these router_ids. The goroutine of its
	// poller calls it, without a lock; it must not block. What the update has is valid until
	// it returns.
	Follow(ids []string, u poller.Update)
}

// Device is a session on a router of this process. It implements [hub.Watcher].
type Device struct {
	link   *pool.Link
	poller *poller.Poller
	admit  func(host string, to netip.AddrPort) error // Options.Admit

	mu    sync.Mutex      // locked after Manager.mu and before the hub's
	feeds map[string]Feed // by router_id; guarded by mu

	paths PathMemory
	lease lease // for Users
	index *search.Index

	history *history.Store // nil for none
}

// New returns the device of a session. It must be closed before the last lease of the
// link is released.
func New(link *pool.Link, opts Options) *Device {
	d := &Device{link: link, feeds: make(map[string]Feed), admit: opts.Admit, index: search.NewIndex(opts.Search)}
	polling := opts.Polling
	polling.Index = d.index
	d.keepHistory(opts.History, &polling)
	polling.Page, _ = charset.Lookup(link.Key().CodePage) // it was valid when the link was dialed
	d.poller = poller.New(link, &tee{d, NewPublisher(polling.Page, d.each), opts.Follower}, link.Key().String(), polling)
	if opts.Scrape {
		d.poller.Watch(poller.Variant{Topic: poller.Scrape}) // until the poller is closed
	}
	if opts.History != nil {
		d.poller.Watch(poller.History)
	}
	return d
}

// tee gives the updates of a poller to viewers and to the follower.
type tee struct {
	device    *Device
	publisher *Publisher
	follower  Follower // nil for none
}

// Update implements [poller.Sink].
func (t *tee) Update(u poller.Update) {
	if u.Variant.Every == 0 {
		t.publisher.Update(u)
	}
	if t.follower != nil && (u.Variant.Every > 0 || u.Variant.Topic.Kind == poller.Events) {
		t.follower.Follow(t.device.IDs(), u)
	}
}

// Ask polls the router for a variant until leave is called, for the follower. It is for
// variants of [poller.Topic.Rare].
func (d *Device) Ask(v poller.Variant) (leave func()) { return d.poller.Watch(v) }

// Close stops the poller and waits for it.
func (d *Device) Close() {
	d.lease.close()
	d.poller.Close()
	d.index.Close()
}

// Find returns up to limit entries of the last tables of the router that match, and whether
// any table has ever been read. It sends nothing to the router.
func (d *Device) Find(p search.Pattern, limit int) (found []search.Found, read bool) {
	return d.index.Find(p, limit), d.index.Read()
}

// Key returns the key of the session.
func (d *Device) Key() pool.Key { return d.link.Key() }

// On reports whether this is the device of the link.
func (d *Device) On(link *pool.Link) bool { return d.link == link }

// Attach adds the feed of a router_id, which gets the events of the device.
func (d *Device) Attach(id string, feed Feed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feeds[id] = feed
}

// Detach removes the feed of a router_id. It reports whether none is left.
func (d *Device) Detach(id string) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.feeds, id)
	return len(d.feeds) == 0
}

// IDs returns the attached router_ids, sorted.
func (d *Device) IDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.feeds))
}

// each calls do for every feed, with mu held.
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
	Cost []poller.Cost // by topic
}

// Status returns the present state. It sends nothing to the router.
func (d *Device) Status() Status {
	link := d.link.Status()
	if link.State == pool.Closed {
		// The router_id has moved to another session since the caller looked it up. What is
		// known of this one says nothing of the router any more, and clients know no such state.
		link = pool.Status{State: pool.Connecting, Since: link.Since, Logins: link.Logins}
	}
	return Status{Key: d.link.Key(), Link: link, Load: d.link.Load(), Poll: d.poller.Info(), Cost: d.poller.Costs()}
}

// Facts returns what is known about the router. While the session is not up, that is
// the identity only.
func (d *Device) Facts() poller.Facts {
	facts := d.poller.Facts()
	if d.link.Status().State != pool.Up {
		return poller.Facts{Identity: facts.Identity}
	}
	return facts
}

// LogValue returns the key of the session without the password.
func (d *Device) LogValue() slog.Value { return d.link.Key().LogValue() }
