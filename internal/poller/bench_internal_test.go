package poller

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
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

// BenchmarkTableCount merges a reading of the counters of 20 interfaces.
func BenchmarkTableCount(b *testing.B) {
	var whole, counters proto.Sentences
	for i := range 20 {
		id := fmt.Sprintf("=.id=*%X", i+1)
		whole = whole.Append(proto.AppendSentence(nil, "!re", id, fmt.Sprint("=name=ether", i), "=default-name=ether1", "=type=ether", "=mtu=1500", "=actual-mtu=1500", "=l2mtu=1598",
			"=max-l2mtu=10218", "=mac-address=02:00:5E:00:00:01", "=last-link-up-time=2026-05-31 10:00:00", "=link-downs=0", "=rx-byte=123456789", "=tx-byte=987654321",
			"=rx-packet=123456", "=tx-packet=654321", "=rx-drop=0", "=tx-drop=0", "=rx-error=0", "=tx-error=0", "=fp-rx-byte=1", "=fp-tx-byte=1", "=running=true", "=disabled=false"))
		counters = counters.Append(proto.AppendSentence(nil, "!re", id, "=rx-byte=123456790", "=tx-byte=987654322", "=rx-packet=123457", "=tx-packet=654322", "=fp-rx-byte=2", "=fp-tx-byte=2"))
	}
	t := &table{menu: menu.Interface}
	now := time.Now()
	t.read(whole, now, now)
	b.ReportAllocs()
	for b.Loop() {
		t.count(counters, now)
	}
}
