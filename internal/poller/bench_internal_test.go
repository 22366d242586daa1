package poller

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// deaf is a Publisher for whom nobody is there.
type deaf struct{}

func (deaf) Publish(Form, []byte)                      {}
func (deaf) PublishChange(Form, []byte, func() []byte) {}
func (deaf) PublishLine(Form, []byte)                  {}
func (deaf) Silent(time.Time, error)                   {}
func (deaf) Paused(Form)                               {}
func (deaf) Dropped()                                  {}

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
	p := New(session, deaf{}, "r", Options{})
	s := newState(p.opts)
	p.wanted[Form{}] = &want{watchers: 1}
	var forms []Form
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		forms = p.forms(forms)
		for _, t := range s.topics {
			t.now = true
		}
		due := s.due(forms, now)
		p.poll(b.Context(), s, forms, due, s.lag(due, now))
		p.schedule(s, forms, due)
		s.soonest(forms)
	}
	require.NoError(b, p.info.Err)
}
