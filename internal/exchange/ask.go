package exchange

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// ask asks the owner to watch tracks, and for what went before.
func (x *Exchange) ask(owner string, tracks []*track) {
	for part := range slices.Chunk(tracks, maxAsk) {
		if err := x.askSome(owner, part); err != nil {
			x.opts.Log.LogAttrs(x.done, slog.LevelDebug, "another instance does not answer", slog.String("instance", owner), slog.Any("error", err))
			x.again(owner, part)
		}
	}
}

// again has tracks asked for once more, at the next tick.
func (x *Exchange) again(owner string, tracks []*track) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, t := range tracks {
		t.asking = false
		if t.route.source == nil {
			t.needs = true
		}
		if t.route.owner != owner {
			x.touch(t.route)
		}
	}
}

func (x *Exchange) askSome(owner string, tracks []*track) error {
	req := request{Instance: x.opts.Instance}
	drops := make([]uint64, len(tracks))
	x.mu.Lock()
	for i, t := range tracks {
		req.Tracks = append(req.Tracks, t.wire())
		drops[i] = t.drops
	}
	x.mu.Unlock()
	data, err := json.Marshal(req)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(x.done, askTimeout)
	defer cancel()
	answer, err := x.opts.Peers.Ask(ctx, owner, "watch", data)
	if err != nil {
		return err
	}
	for i, t := range tracks {
		if len(answer) == 0 {
			return errMessage
		}
		has := answer[0] == 1
		answer = answer[1:]
		if !has {
			x.again(owner, tracks[i:i+1])
			continue
		}
		var at place
		var seed hub.Seed
		if at, seed, answer, err = cutSeed(answer); err != nil {
			x.again(owner, tracks[i:])
			return err
		}
		x.mu.Lock()
		t.watched = true
		x.mu.Unlock()
		x.call(func() { x.seed(plant{t, at, drops[i], seed}) })
	}
	x.probe(0, 0) // what comes back with it is as late as the seeds
	return nil
}

// answerWatch answers "watch".
func (x *Exchange) answerWatch(ctx context.Context, data []byte) ([]byte, error) {
	var req request
	if err := json.Unmarshal(data, &req); err != nil || len(req.Tracks) > maxAsk {
		return nil, errMessage
	}
	tracks := x.admit(req)
	ctx, cancel := context.WithTimeout(ctx, beginTimeout)
	defer cancel()
	for i, t := range tracks {
		if t != nil && !x.awaitBegin(ctx, t) {
			tracks[i] = nil
		}
	}
	// What was in the stream before the request must be in the answer: the instance that asks
	// may have subscribed after it.
	if err := x.sync(ctx); err != nil {
		return nil, err
	}
	exports := make([]func() hub.Seed, len(tracks))
	at := make([]place, len(tracks))
	captured := make(chan struct{})
	x.call(func() {
		defer close(captured)
		for i, t := range tracks {
			if t != nil {
				exports[i], at[i] = t.route.feed.Export(t.name), t.at
			}
		}
	})
	select {
	case <-captured:
	case <-x.done.Done():
		return nil, context.Cause(x.done)
	}
	var answer []byte
	for i, export := range exports {
		if export == nil {
			answer = append(answer, 0)
			continue
		}
		answer = appendSeed(append(answer, 1), at[i], export())
	}
	return answer, nil
}

// sync waits until this instance has come to where the stream is now.
func (x *Exchange) sync(ctx context.Context) error {
	came := make(chan struct{})
	x.mu.Lock()
	x.counter++
	id := x.counter
	x.syncs[id] = came
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.syncs, id)
	}()
	x.probe(0, id)
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-x.done.Done():
		return context.Cause(x.done)
	}
}

// admit adds the tracks of a request to those that an instance watches; nil for each that
// this one cannot serve.
func (x *Exchange) admit(req request) []*track {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.clients[req.Instance]
	if c == nil {
		c = &client{tracks: make(map[*track]struct{})}
		x.clients[req.Instance] = c
	}
	c.expires = time.Now().Add(x.opts.Timing.Lease)
	tracks := make([]*track, len(req.Tracks))
	for i, w := range req.Tracks {
		r := x.routes[w.Router]
		name, ok := parseToken(w.Track)
		if r == nil || r.source == nil || r.feed == nil || !ok {
			continue
		}
		t := r.track(name)
		t.clients[req.Instance] = struct{}{}
		c.tracks[t] = struct{}{}
		tracks[i] = t
		x.touch(r)
	}
	return tracks
}

// awaitBegin waits for the first message of the incarnation of a track.
func (x *Exchange) awaitBegin(ctx context.Context, t *track) bool {
	for {
		x.mu.Lock()
		begun, ready := t.begun, t.active && t.at.inc == t.sent.inc && t.at.n > 0
		gone := t.route.source == nil
		x.mu.Unlock()
		if ready || gone {
			return ready
		}
		select {
		case <-begun: // nil until the track is active
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return false
		case <-x.done.Done():
			return false
		}
	}
}
