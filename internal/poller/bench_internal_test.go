package poller

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/sim"
)

// encoding is a sink that makes JSON of the rows, as a device does.
type encoding struct {
	encoders map[*Topic]*menu.Encoder
	size     int
}

func (e *encoding) Update(u Update) {
	b := make([]byte, 0, e.size)
	for _, r := range u.Readings {
		if e.encoders[r.Topic] == nil {
			e.encoders[r.Topic] = menu.NewEncoder(r.Topic.Menu, charset.Page{})
		}
		b = e.encoders[r.Topic].AppendRows(b, r.Rows)
	}
	e.size = len(b)
}

// alive is a session that nobody ends for its silence.
type alive struct{ *routeros.Session }

func (alive) FailIfSilent(time.Time, error) bool { return false }

func (alive) Logins() (int, <-chan struct{}) { return 1, nil }

// A poll of a small router in the same process, whose own work is in the time;
// the allocations are nearly all of the poll.
func BenchmarkPoll(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	device := sim.New(sim.Options{Personality: sim.HEX(), User: "api", Password: "p", PPPUsers: 15, HotspotUsers: 4})
	go func() { _ = device.Serve(listener) }() // ends with device.Close
	defer device.Close()
	session, err := routeros.Dial(b.Context(), listener.Addr().String(), routeros.TLS{}, routeros.Credentials{User: "api", Password: "p"}, routeros.Options{})
	require.NoError(b, err)
	defer session.Close()
	p := New(alive{session}, &encoding{encoders: make(map[*Topic]*menu.Encoder)}, "r", Options{})
	l := &loop{Poller: p, pace: newPace(p.opts.Interval, 0)}
	p.wanted = []want{{Variant: Variant{Topic: Combined}, watchers: 1}}
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		l.refresh(now)
		for _, s := range l.sources {
			s.now = true
		}
		l.findDue(now)
		l.poll(b.Context(), now, nil)
		l.nextDue()
	}
	require.NoError(b, p.info.Err)
}
