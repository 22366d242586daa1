package exchange

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// client is another instance that watches tracks of this one. It is guarded by mu.
type client struct {
	expires time.Time
	tracks  map[*track]struct{}
}

// request is what an instance asks the owner of routers.
type request struct {
	Instance string        `json:"instance"`
	Tracks   []trackOfWire `json:"tracks,omitempty"`
	Sum      uint64        `json:"sum,omitempty"` // of all tracks that it watches at the owner
}

type trackOfWire struct {
	Router string `json:"r"` // token of the router_id
	Track  string `json:"t"` // see tokenOf
}

// parseToken is the track of a token.
func parseToken(s string) (hub.Track, bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return hub.Track{}, false
	}
	kind, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil || hub.Kind(kind) > hub.Lines {
		return hub.Track{}, false
	}
	name := hub.Track{Topic: strings.TrimPrefix(parts[0], "_"), Kind: hub.Kind(kind), Volatile: parts[2] == "1"}
	return name, tokenOf(name) == s
}

func (t *track) wire() trackOfWire { return trackOfWire{t.route.token, tokenOf(t.name)} }

// sum is the part of a track in [request.Sum].
func (w trackOfWire) sum() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(w.Router + "/" + w.Track))
	return h.Sum64()
}

func (x *Exchange) unwatch(owner string, tracks []*track) {
	for part := range slices.Chunk(tracks, maxAsk) {
		req := request{Instance: x.opts.Instance}
		for _, t := range part {
			req.Tracks = append(req.Tracks, t.wire())
		}
		data, _ := json.Marshal(req) // cannot fail
		ctx, cancel := context.WithTimeout(x.done, askTimeout)
		_, _ = x.opts.Peers.Ask(ctx, owner, "unwatch", data) // the lease ends in any case
		cancel()
	}
}

// answerUnwatch answers "unwatch".
func (x *Exchange) answerUnwatch(_ context.Context, data []byte) ([]byte, error) {
	var req request
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, errMessage
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.clients[req.Instance]
	for _, w := range req.Tracks {
		r := x.routes[w.Router]
		name, ok := parseToken(w.Track)
		if r == nil || c == nil || !ok || r.tracks[name] == nil {
			continue
		}
		delete(c.tracks, r.tracks[name])
		delete(r.tracks[name].clients, req.Instance)
		x.touch(r)
	}
	return nil, nil
}

// forgetClients ends the watches of other instances on a track; mu is held.
func (x *Exchange) forgetClients(t *track) {
	for name := range t.clients {
		if c := x.clients[name]; c != nil {
			delete(c.tracks, t)
		}
	}
	clear(t.clients)
}

// renewLeases tells the owners which tracks are still watched here. An owner that knows of
// others gets them once more.
func (x *Exchange) renewLeases() {
	sums := make(map[string]uint64)
	tracks := make(map[string][]*track)
	x.mu.Lock()
	busy := make(map[string]bool)
	for _, t := range x.subjects {
		owner := t.route.owner
		if t.route.source != nil || owner == "" {
			continue
		}
		busy[owner] = busy[owner] || t.asking
		if t.watched {
			sums[owner] ^= t.wire().sum()
			tracks[owner] = append(tracks[owner], t)
		}
	}
	x.mu.Unlock()
	for owner, sum := range sums {
		if !busy[owner] {
			x.wg.Go(func() { x.renewLease(owner, sum, tracks[owner]) })
		}
	}
}

func (x *Exchange) renewLease(owner string, sum uint64, tracks []*track) {
	data, _ := json.Marshal(request{Instance: x.opts.Instance, Sum: sum}) // cannot fail
	ctx, cancel := context.WithTimeout(x.done, askTimeout)
	defer cancel()
	answer, err := x.opts.Peers.Ask(ctx, owner, "renew", data)
	if err != nil || len(answer) == 8 && binary.BigEndian.Uint64(answer) == sum {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, t := range tracks {
		if t.route.owner == owner && t.sub != nil {
			t.needs = true
			x.touch(t.route)
		}
	}
}

// answerRenew answers "renew" with the sum of the tracks that the instance watches.
func (x *Exchange) answerRenew(_ context.Context, data []byte) ([]byte, error) {
	var req request
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, errMessage
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	sum := uint64(0)
	if c := x.clients[req.Instance]; c != nil {
		c.expires = time.Now().Add(x.opts.Timing.Lease)
		for t := range c.tracks {
			sum ^= t.wire().sum()
		}
	}
	return binary.BigEndian.AppendUint64(nil, sum), nil
}
