package device

import (
	"sync"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Feed takes events; see [hub.Feed].
type Feed interface {
	Publish(name hub.Track, body []byte)
	PublishChange(name hub.Track, change []byte, full func() []byte)
	PublishLine(name hub.Track, body []byte)
	Forget(name hub.Track)
	Invalidate(name hub.Track)
}

// Publisher is the [poller.Sink] of a session. It turns updates into events of the feeds
// that share the session. One goroutine uses it.
type Publisher struct {
	encoder
	each   func(do func(Feed))
	deltas map[poller.Variant]*delta
	lines  map[poller.Variant]*lastLines // of the topics whose last lines are known
}

// NewPublisher returns a publisher for a router with this code page; each calls a
// function for every feed.
func NewPublisher(page charset.Page, each func(do func(Feed))) *Publisher {
	return &Publisher{encoder: encoder{page: page}, each: each}
}

// Update publishes an update to every feed.
func (p *Publisher) Update(u poller.Update) {
	track := TrackOf(u.Variant)
	switch u.Kind {
	case poller.Read:
		p.read(track, u)
	case poller.Happened:
		p.happened(track, u)
	case poller.Recalled:
		p.recalled(track, u)
	case poller.Paused:
		p.each(func(f Feed) { f.Forget(track) })
	case poller.Invalidated:
		delete(p.deltas, u.Variant)
		delete(p.lines, u.Variant)
		p.each(func(f Feed) { f.Invalidate(track) })
	}
}

// read publishes readings in the form of the variant.
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

// change publishes the changes of a table. The first one has all rows: a viewer may
// have rows of an earlier time.
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
	state := sync.OnceValue(d.state(u.Variant.Topic, p.page, u.At)) // shared by all feeds
	if !known {
		change = state()
	}
	p.each(func(f Feed) { f.PublishChange(track, change, state) })
}

// TrackOf returns the track of a variant.
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

// variantOf returns the variant of a track; false for tracks that are not polled, such
// as the status.
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

// Watch polls the router for a track until leave is called. See [poller.Poller.Watch].
func (d *Device) Watch(track hub.Track) (leave func()) {
	v, ok := variantOf(track)
	if !ok || v.Topic.Foreign {
		return func() {}
	}
	return d.poller.Watch(v)
}

var _ hub.Watcher = (*Device)(nil)
