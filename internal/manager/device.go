package manager

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
)

// device is one session and its poller, with the feeds of all router_ids that
// share it. It implements poller.Publisher.
type device struct {
	link   *pool.Link
	poller *poller.Poller

	mu    sync.Mutex           // taken after the manager's and the poller's
	feeds map[string]*hub.Feed // by router_id; guarded by mu
}

func newDevice(link *pool.Link, opts poller.Options) *device {
	d := &device{link: link, feeds: make(map[string]*hub.Feed)}
	d.poller = poller.New(link, d, link.Key().String(), opts)
	return d
}

func (d *device) add(id string, feed *hub.Feed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feeds[id] = feed
}

// remove reports whether the device has no router_id left.
func (d *device) remove(id string) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.feeds, id)
	return len(d.feeds) == 0
}

// ids are the router_ids on this session, sorted.
func (d *device) ids() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.feeds))
}

// each runs do for every feed on the session.
func (d *device) each(do func(*hub.Feed)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, feed := range d.feeds {
		do(feed)
	}
}

// trackOf is where the events of a form go.
func trackOf(form poller.Form) hub.Track {
	switch {
	case form.Topic == poller.Sessions, form.Topic == poller.Log:
		return hub.Track{Topic: form.Topic, Kind: hub.Lines}
	case form.Changes:
		return hub.Track{Topic: form.Topic, Kind: hub.Changes, Volatile: form.Volatile}
	}
	return hub.Track{Topic: form.Topic}
}

// Publish gives one snapshot to every feed on the session.
func (d *device) Publish(form poller.Form, body []byte) {
	d.each(func(f *hub.Feed) { f.Publish(trackOf(form), body) })
}

// PublishChange gives one change to every feed on the session.
func (d *device) PublishChange(form poller.Form, change []byte, whole func() []byte) {
	whole = sync.OnceValue(whole) // for all feeds that need it
	d.each(func(f *hub.Feed) { f.PublishChange(trackOf(form), change, whole) })
}

// PublishLine gives one line to every feed on the session.
func (d *device) PublishLine(form poller.Form, body []byte) {
	d.each(func(f *hub.Feed) { f.PublishLine(trackOf(form), body) })
}

// Paused lets the feeds forget a snapshot that nobody renews.
func (d *device) Paused(form poller.Form) {
	d.each(func(f *hub.Feed) { f.Forget(trackOf(form)) })
}

// Dropped lets the feeds forget everything that later changes do not lead on
// from.
func (d *device) Dropped() { d.each((*hub.Feed).DropUnwatched) }

// Silent ends a session on which nothing was heard since a poll began: the link
// then says that the router is gone, and tries anew.
func (d *device) Silent(began time.Time, cause error) {
	d.link.FailIfSilent(began, cause)
}
