package exchange_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/exchange"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// Tracks of the tests.
var (
	snapshots = hub.Track{Topic: "hardware"}
	changes   = hub.Track{Topic: "interfaces", Kind: hub.Changes}
	lines     = hub.Track{Topic: "log", Kind: hub.Lines}
)

const patience = time.Minute

var secret = []byte("a secret that all instances share")

// instance is one of a fleet.
type instance struct {
	name   string
	hub    *hub.Hub
	x      *exchange.Exchange
	nc     *nats.Conn
	routes map[string]*exchange.Route
}

// peers are requests over plain subjects.
type peers struct {
	t    testing.TB
	nc   *nats.Conn
	name string
}

func (p peers) Ask(ctx context.Context, to, name string, request []byte) ([]byte, error) {
	reply, err := p.nc.RequestWithContext(ctx, "t.cmd."+to+"."+name, request)
	if err != nil {
		return nil, err
	}
	return reply.Data, nil
}

func (p peers) Handle(name string, answer func(context.Context, []byte) ([]byte, error)) {
	_, err := p.nc.Subscribe("t.cmd."+p.name+"."+name, func(m *nats.Msg) {
		go func() {
			if data, err := answer(context.Background(), m.Data); err == nil {
				_ = m.Respond(data)
			}
		}()
	})
	require.NoError(p.t, err)
}

func start(t testing.TB, url, name string, routers ...string) *instance {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	require.NoError(t, err)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	i := &instance{name: name, hub: hub.NewShared(hub.NewSealer(secret), 1), nc: nc, routes: make(map[string]*exchange.Route)}
	i.x, err = exchange.New(context.Background(), exchange.Options{
		NATS: nc, JetStream: js, Subject: func(parts ...string) string { return "t." + strings.Join(parts, ".") },
		Stream: "t_events", Replicas: 1, Instance: name, Hub: i.hub, Epoch: 1, Peers: peers{t, nc, name},
		Describe: func(id string) []byte { return []byte(name + " has " + id) },
		Log:      slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})).With("instance", name),
		Timing:   exchange.Timing{Linger: 300 * time.Millisecond, Lease: time.Second, Probe: 250 * time.Millisecond},
	})
	require.NoError(t, err)
	t.Cleanup(func() { i.x.Close(); i.hub.Close(); nc.Close() })
	for _, id := range routers {
		r := i.x.Open(id)
		r.Attach(i.hub.Open(id, `"router_id":"`+id+`",`, r))
		i.routes[id] = r
	}
	return i
}

// fleet starts instances that know the routers.
func fleet(t testing.TB, url string, names []string, routers ...string) []*instance {
	t.Helper()
	var all []*instance
	for _, name := range names {
		all = append(all, start(t, url, name, routers...))
	}
	return all
}

// device is the device of a router, with the topics that are watched.
type device struct {
	mu      sync.Mutex
	watched map[hub.Track]int
}

func newDevice() *device { return &device{watched: make(map[hub.Track]int)} }

func (d *device) Watch(name hub.Track) func() {
	d.add(name, 1)
	return func() { d.add(name, -1) }
}

func (d *device) add(name hub.Track, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watched[name] += n
}

func (d *device) watches(name hub.Track) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.watched[name] > 0
}

// own makes one instance the owner of a router, the others follow.
func own(all []*instance, owner int, id string, epoch uint64, d *device) *exchange.Route {
	for i, in := range all {
		if i == owner {
			in.routes[id].Own(epoch, d)
		} else {
			in.routes[id].Follow(all[owner].name, epoch)
		}
	}
	return all[owner].routes[id]
}

// viewer reads a subscription.
type viewer struct {
	t     testing.TB
	at    string // name of the instance
	sub   *hub.Subscription
	ready chan struct{}
	last  string // id
	got   []string
}

func (i *instance) view(t testing.TB, lastID string, q hub.Query) *viewer {
	q.LastEventID, q.All = lastID, true
	v := &viewer{t: t, at: i.name, sub: i.hub.Subscribe(q), ready: make(chan struct{}, 1), last: lastID}
	v.sub.Notify(func() {
		select {
		case v.ready <- struct{}{}:
		default:
		}
	})
	t.Cleanup(v.sub.Close)
	return v
}

// take reads what is there.
func (v *viewer) take() {
	events, err := v.sub.Take()
	require.NoError(v.t, err)
	for _, e := range events {
		frame := string(e.Frame())
		if id, rest, ok := strings.Cut(strings.TrimPrefix(frame, "id: "), "\n"); ok && strings.HasPrefix(frame, "id: ") {
			v.last, frame = id, rest
		}
		v.got = append(v.got, strings.TrimSuffix(frame, "\n\n"))
	}
}

// until waits for an event that contains one of the texts, and returns all since the last call.
func (v *viewer) until(texts ...string) []string {
	v.t.Helper()
	late := time.After(patience)
	for {
		v.take()
		for i, e := range v.got {
			if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(e, text) }) {
				got := v.got[:i+1]
				v.got = v.got[i+1:]
				return got
			}
		}
		select {
		case <-v.ready:
		case <-late:
			require.Failf(v.t, "the event did not come", "%s: %q; came: %q", v.at, texts, v.got)
		}
	}
}

// publishUntil publishes until the viewer gets an event with the text: a newcomer gets lines
// from the moment on when the owner knows of it.
func (v *viewer) publishUntil(publish func(), text string) {
	v.t.Helper()
	require.Eventually(v.t, func() bool {
		publish()
		v.take()
		return strings.Contains(strings.Join(v.got, "\n"), text)
	}, patience, 5*time.Millisecond)
	v.got = nil
}

func body(format string, args ...any) []byte { return fmt.Appendf(nil, format+"}", args...) }

func full(text string) func() []byte { return func() []byte { return []byte(text + "}") } }

func awaitWatched(t testing.TB, d *device, name hub.Track, want bool) {
	t.Helper()
	require.Eventually(t, func() bool { return d.watches(name) == want }, patience, 5*time.Millisecond)
}

func TestAnEventReachesEveryInstance(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b"}, "r")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	q := hub.Query{Tracks: []hub.Track{snapshots, changes, lines}}
	here, there := all[0].view(t, "", q), all[1].view(t, "", q)
	for _, name := range q.Tracks {
		awaitWatched(t, d, name, true)
	}
	for _, v := range []*viewer{here, there} {
		v.publishUntil(func() { r.PublishLine(lines, body(`"line":0`)) }, `"line":0`)
	}
	r.PublishStatus(body(`"state":"up"`), false)
	r.Publish(snapshots, body(`"cpu":1`))
	r.PublishChange(changes, nil, full(`"rows":[1]`))
	r.PublishChange(changes, body(`"added":2`), full(`"rows":[1,2]`))
	r.PublishLine(lines, body(`"line":1`))
	for _, v := range []*viewer{here, there} {
		got := slices.DeleteFunc(v.until(`"line":1`), func(e string) bool { return strings.Contains(e, `"line":0`) })
		assert.Equal(t, []string{
			"event: status\ndata: {\"router_id\":\"r\",\"state\":\"up\"}", `data: {"router_id":"r","cpu":1}`,
			`data: {"router_id":"r","rows":[1]}`, `data: {"router_id":"r","added":2}`, `data: {"router_id":"r","line":1}`,
		}, got)
	}
	assert.Equal(t, here.last, there.last, "one order, one id")
	here.sub.Close()
	there.sub.Close()
	for _, name := range q.Tracks {
		awaitWatched(t, d, name, false)
	}
}

// A newcomer elsewhere begins with what the owner knows.
func TestANewcomerBeginsWithTheState(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	q := hub.Query{Tracks: []hub.Track{changes}}
	first := all[1].view(t, "", q)
	awaitWatched(t, d, changes, true)
	r.PublishChange(changes, nil, full(`"rows":[1]`))
	first.until(`"rows":[1]`)
	r.PublishChange(changes, body(`"added":2`), full(`"rows":[1,2]`))
	first.until(`"added":2`)
	assert.Equal(t, []string{`data: {"router_id":"r","rows":[1,2]}`}, all[2].view(t, "", q).until(`rows`))
	assert.Equal(t, []string{`data: {"router_id":"r","rows":[1,2]}`}, all[0].view(t, "", q).until(`rows`))
	r.PublishChange(changes, nil, full(`"rows":[1,3]`)) // values that are no change
	require.Eventually(t, func() bool {
		v := all[0].view(t, "", q)
		defer v.sub.Close()
		return strings.Contains(v.until("rows")[0], "[1,3]")
	}, patience, 10*time.Millisecond)
}

func TestAViewerReturnsToAnotherInstance(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r", "s")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	s := own(all, 1, "s", 1, newDevice())
	q := hub.Query{Tracks: []hub.Track{changes, lines}}
	v := all[1].view(t, "", q)
	awaitWatched(t, d, lines, true)
	awaitWatched(t, d, changes, true)
	r.PublishChange(changes, nil, full(`"rows":[1]`))
	s.PublishChange(changes, nil, full(`"rows":["s"]`))
	v.until(`"s"`)
	v.publishUntil(func() { r.PublishLine(lines, body(`"line":0`)) }, `"line":0`)
	require.NotEmpty(t, v.last)
	r.PublishLine(lines, body(`"line":1`))
	v.until(`"line":1`)
	v.sub.Close()
	r.PublishChange(changes, body(`"added":2`), full(`"rows":[1,2]`))
	r.PublishLine(lines, body(`"line":2`))
	again := all[2].view(t, v.last, q)
	r.PublishLine(lines, body(`"line":3`))
	got := strings.Join(again.until(`"line":3`), "\n")
	assert.NotContains(t, got, "reset")
	assert.NotContains(t, got, `"line":1`)
	assert.Contains(t, got, `"added":2`)
	assert.Contains(t, got, `"line":2`)
	assert.NotContains(t, got, `"rows"`, "what it has need not come again")
}

// What the owner knows of a router is known everywhere, also what was before.
func TestTheStateOfARouterIsKnownElsewhere(t *testing.T) {
	url := natsserver.Start(t).URL
	all := fleet(t, url, []string{"a", "b"}, "r")
	r := own(all, 0, "r", 1, newDevice())
	r.PublishStatus(body(`"state":"down"`), true)
	require.Eventually(t, func() bool { return string(all[1].routes["r"].State()) == "a has r" }, patience, 5*time.Millisecond)
	late := start(t, url, "c", "r")
	late.routes["r"].Follow("a", 1)
	assert.Contains(t, late.view(t, "", hub.Query{Tracks: []hub.Track{snapshots}}).until("down")[0], "event: status")
	require.Eventually(t, func() bool { return string(late.routes["r"].State()) == "a has r" }, patience, 5*time.Millisecond)
}

func TestALargeEventTravelsInPieces(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b"}, "r")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	v := all[1].view(t, "", hub.Query{Tracks: []hub.Track{snapshots}})
	awaitWatched(t, d, snapshots, true)
	var b strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&b, "%x,", uint32(i)*2654435761)
	}
	r.Publish(snapshots, body(`"large":"%s"`, b.String()))
	got := v.until("large")
	assert.Contains(t, got[len(got)-1], b.String())
}

// An instance that dies does not keep the router being polled.
func TestAnInstanceThatDiesWatchesNothing(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b"}, "r")
	d := newDevice()
	own(all, 0, "r", 1, d)
	all[1].view(t, "", hub.Query{Tracks: []hub.Track{snapshots}})
	awaitWatched(t, d, snapshots, true)
	time.Sleep(3 * time.Second / 2) // longer than a lease, which is renewed
	require.True(t, d.watches(snapshots))
	all[1].nc.Close()
	awaitWatched(t, d, snapshots, false)
}

func TestWithoutNATS(t *testing.T) {
	node := natsserver.Start(t)
	all := fleet(t, node.URL, []string{"a", "b"}, "r", "s")
	d, d2 := newDevice(), newDevice()
	r, s := own(all, 0, "r", 1, d), own(all, 1, "s", 1, d2)
	q := hub.Query{Tracks: []hub.Track{changes}}
	v := all[0].view(t, "", q)
	awaitWatched(t, d, changes, true)
	awaitWatched(t, d2, changes, true)
	r.PublishChange(changes, nil, full(`"rows":["r1"]`))
	s.PublishChange(changes, nil, full(`"rows":["s1"]`))
	if !strings.Contains(strings.Join(v.until("r1"), "\n"), "s1") {
		v.until("s1")
	}

	node.Kill()
	require.Eventually(t, all[0].x.Alone, patience, 10*time.Millisecond)
	got := strings.Join(v.until("r1"), "\n")
	assert.Contains(t, got, "event: reset")
	r.PublishChange(changes, body(`"added":"r2"`), full(`"rows":["r1","r2"]`))
	got += strings.Join(v.until(`"added":"r2"`), "\n")
	assert.Contains(t, got, `"code":"router_unreachable"`, "of the router of the other instance")
	s.PublishChange(changes, body(`"added":"s2"`), full(`"rows":["s1","s2"]`))

	require.NoError(t, node.Restart())
	got = strings.Join(v.until(`"rows":["r1","r2"]`), "\n")
	if !strings.Contains(got, `"rows":["s1","s2"]`) {
		got += strings.Join(v.until(`"rows":["s1","s2"]`), "\n")
	}
	assert.Contains(t, got, "event: reset")
	assert.False(t, all[0].x.Alone())
}
