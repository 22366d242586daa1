package exchange

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// The owner of a router tells what it knows of it, see [Options.Describe]: at once to an
// instance that has begun to follow the router, and every statesEvery to all where it has
// changed.
const (
	statesEvery = 5 * time.Second
	// maxStates limits the routers of one request.
	maxStates = 256
)

// description is a router as its owner describes it.
type description struct {
	token  string
	status *hub.Body // the last status; nil for none
	sticky bool
	data   []byte // see Options.Describe
}

// State returns what the owner described last; nil for nothing.
func (r *Route) State() []byte {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	return r.state
}

// tellStates is the goroutine that publishes what has changed of this instance's routers.
func (x *Exchange) tellStates() {
	ticks := time.NewTicker(statesEvery)
	defer ticks.Stop()
	told := make(map[*Route]uint64) // by hash
	for {
		select {
		case <-x.done.Done():
			return
		case <-ticks.C:
		}
		var b []byte
		now := make(map[*Route]uint64)
		limit := int(x.opts.NATS.MaxPayload()) / 2
		for _, r := range x.own() {
			data := x.opts.Describe(r.id)
			h := fnv.New64a()
			_, _ = h.Write(data)
			now[r] = h.Sum64()
			if data == nil || told[r] == now[r] {
				continue
			}
			if len(b)+len(data) > limit {
				x.publishStates(b)
				b = nil
			}
			b = x.describe(b, r, data)
		}
		told = now
		x.publishStates(b)
	}
}

func (x *Exchange) publishStates(b []byte) {
	if len(b) > 0 {
		_ = x.opts.NATS.Publish(x.states, b) // the next change is as good
	}
}

// own returns the routes whose routers are of this instance.
func (x *Exchange) own() []*Route {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []*Route
	for _, r := range x.routes {
		if r.source != nil {
			list = append(list, r)
		}
	}
	return list
}

// describe appends the description of a router.
func (x *Exchange) describe(b []byte, r *Route, data []byte) []byte {
	x.mu.Lock()
	status := r.status
	x.mu.Unlock()
	b = appendBytes(b, []byte(r.token))
	flags := byte(0)
	var last hub.Body
	if status != nil {
		flags, last = 1, hub.Body{Seq: status.n, Data: status.body}
		if status.sticky {
			flags |= 2
		}
	}
	return appendBytes(appendBody(append(b, flags), last), data)
}

func appendBytes(b, data []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(data))), data...)
}

// cutDescription parses a description at the beginning of data, and returns the rest.
func cutDescription(data []byte) (d description, rest []byte, err error) {
	token, data, err := cutBytes(data)
	if err != nil || len(data) == 0 {
		return d, nil, errMessage
	}
	flags := data[0]
	last, data, err := cutBody(data[1:])
	if err != nil {
		return d, nil, err
	}
	d.token, d.sticky = string(token), flags&2 != 0
	if flags&1 != 0 {
		d.status = &last
	}
	d.data, rest, err = cutBytes(data)
	return d, rest, err
}

// learn takes descriptions of routers of other instances. The dispatcher calls it.
func (x *Exchange) learn(data []byte) {
	for len(data) > 0 {
		d, rest, err := cutDescription(data)
		if err != nil {
			return
		}
		data = rest
		x.mu.Lock()
		r := x.routes[d.token]
		if r == nil || r.source != nil || r.feed == nil {
			x.mu.Unlock()
			continue
		}
		r.state = d.data
		feed := r.feed
		x.mu.Unlock()
		if d.status != nil && d.status.Seq > 0 && x.order.alone == 0 {
			feed.SeedStatus(*d.status, d.sticky)
		}
	}
}

// askStates asks the owners of routers that this instance has begun to follow.
func (x *Exchange) askStates() {
	asks := make(map[string][]*Route)
	x.mu.Lock()
	for r := range x.strange {
		if r.source != nil || r.closed {
			delete(x.strange, r)
			continue
		}
		if r.owner != "" && len(asks[r.owner]) < maxStates {
			asks[r.owner] = append(asks[r.owner], r)
			delete(x.strange, r)
		}
	}
	x.mu.Unlock()
	for owner, routes := range asks {
		x.wg.Go(func() { x.askState(owner, routes) })
	}
}

func (x *Exchange) askState(owner string, routes []*Route) {
	req := request{Instance: x.opts.Instance}
	for _, r := range routes {
		req.Tracks = append(req.Tracks, trackOfWire{Router: r.token})
	}
	data, _ := json.Marshal(req) // cannot fail
	ctx, cancel := context.WithTimeout(x.done, askTimeout)
	defer cancel()
	answer, err := x.opts.Peers.Ask(ctx, owner, "states", data)
	if err != nil {
		x.opts.Log.LogAttrs(ctx, slog.LevelDebug, "another instance does not tell the states of its routers", slog.String("instance", owner), slog.Any("error", err))
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, r := range routes {
			x.strange[r] = struct{}{} // again at the next tick
		}
		return
	}
	x.call(func() { x.learn(answer) })
}

// answerStates answers "states".
func (x *Exchange) answerStates(_ context.Context, data []byte) ([]byte, error) {
	var req request
	if err := json.Unmarshal(data, &req); err != nil || len(req.Tracks) > maxStates {
		return nil, errMessage
	}
	var answer []byte
	for _, w := range req.Tracks {
		x.mu.Lock()
		r := x.routes[w.Router]
		mine := r != nil && r.source != nil
		x.mu.Unlock()
		if mine {
			answer = x.describe(answer, r, x.opts.Describe(r.id))
		}
	}
	return answer, nil
}
