package device

import (
	"sync"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Feed takes events; a [hub.Feed] does.
type Feed interface {
	Publish(name hub.Track, body []byte)
	PublishChange(name hub.Track, change []byte, full func() []byte)
	PublishLine(name hub.Track, body []byte)
	Forget(name hub.Track)
	Invalidate(name hub.Track)
}

// Publisher turns the updates of a poller into events of the feeds that share its
// session. The poller's loop alone calls it; see [poller.Sink].
type Publisher struct {
	encoder
	each   func(do func(Feed))
	deltas map[poller.Variant]*delta
}

// NewPublisher returns a publisher for texts in the code page of the router; each
// runs a function for every feed.
func NewPublisher(page charset.Page, each func(do func(Feed))) *Publisher {
	return &Publisher{encoder: encoder{page: page}, each: each}
}

// Update gives every feed what an update says.
func (p *Publisher) Update(u poller.Update) {
	track := TrackOf(u.Variant)
	switch u.Kind {
	case poller.Read:
		p.read(track, u)
	case poller.Happened:
		for _, event := range u.Events {
			body := p.event(u.Variant.Topic, event, u.At)
			p.each(func(f Feed) { f.PublishLine(track, body) })
		}
	case poller.Paused:
		p.each(func(f Feed) { f.Forget(track) })
	case poller.Invalidated:
		delete(p.deltas, u.Variant)
		p.each(func(f Feed) { f.Invalidate(track) })
	}
}

// read publishes readings in the shape of the variant.
func (p *Publisher) read(track hub.Track, u poller.Update) {
	if u.Variant.Delta {
		p.change(track, u)
		return
	}
	var body []byte
	if u.Variant.Topic.Kind == poller.Group {
		body = p.group(u)
	} else {
		body = p.snapshot(u)
	}
	p.each(func(f Feed) { f.Publish(track, body) })
}

// change publishes what changed. The first change is the whole: it continues
// nothing that a viewer may still have.
func (p *Publisher) change(track hub.Track, u poller.Update) {
	d, known := p.deltas[u.Variant]
	if !known {
		d = newDelta(u.Variant, p.page)
		if p.deltas == nil {
			p.deltas = make(map[poller.Variant]*delta)
		}
		p.deltas[u.Variant] = d
	}
	change := d.change(u)
	state := sync.OnceValue(d.state(u.Variant.Topic, p.page, u.At)) // for all feeds that need it
	if !known {
		change = state()
	}
	p.each(func(f Feed) { f.PublishChange(track, change, state) })
}

// TrackOf is where the events of a variant go.
func TrackOf(v poller.Variant) hub.Track {
	track := hub.Track{Topic: v.Topic.Name, Volatile: v.Volatile}
	switch {
	case v.Topic.Kind == poller.Events:
		track.Kind = hub.Lines
	case v.Delta:
		track.Kind = hub.Changes
	}
	return track
}

// variantOf is the way back; false for tracks that no poller has, such as that of
// the status.
func variantOf(track hub.Track) (poller.Variant, bool) {
	if track == TrackOf(poller.Variant{Topic: poller.Combined}) {
		return poller.Variant{Topic: poller.Combined}, true
	}
	t, ok := poller.Lookup(track.Topic)
	if !ok {
		return poller.Variant{}, false
	}
	return t.Variant(track.Kind == hub.Changes, track.Volatile), true
}

// Watch has the router polled for what goes to a track, until leave is called.
func (d *Device) Watch(track hub.Track) (leave func()) {
	v, ok := variantOf(track)
	if !ok {
		return func() {}
	}
	return d.poller.Watch(v)
}

var _ hub.Watcher = (*Device)(nil)
