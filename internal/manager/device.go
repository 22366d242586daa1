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

// Publish gives one snapshot to every feed on the session.
func (d *device) Publish(body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, feed := range d.feeds {
		feed.Publish(body)
	}
}

// Paused lets the feeds forget a snapshot that nobody renews.
func (d *device) Paused() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, feed := range d.feeds {
		feed.Forget()
	}
}

// Silent ends a session on which nothing was heard since a poll began: the link
// then says that the router is gone, and tries anew.
func (d *device) Silent(began time.Time, cause error) {
	d.link.FailIfSilent(began, cause)
}
