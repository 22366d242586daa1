package server_test

import (
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func splitHostPort(addr string) (host, port string, err error) { return net.SplitHostPort(addr) }

// Timeouts short enough for a test; what is tested is that each step has one.
var impatient = map[string]string{
	"POLL_INTERVAL": "500ms", "POLL_TIMEOUT": "1s", "DIAL_TIMEOUT": "1s", "LOGIN_TIMEOUT": "1s",
	"ROUTER_WRITE_TIMEOUT": "1s", "RUN_TIMEOUT": "1s", "COMMAND_TIMEOUT": "1s", "RECONNECT_MIN": "50ms", "RECONNECT_MAX": "200ms",
}

// A router that fails in any way gives a typed error in time, costs no memory,
// and the streams of other routers do not notice.
func TestFaultyRouters(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fault   sim.Fault
		atLogin bool // injected before the connect
		status  int
		code    string
		text    string
	}{
		// What the bytes look like decides: no API at all, or a sentence without an end.
		{name: "garbage", fault: sim.Fault{Kind: sim.Garbage}, status: 504, code: "timeout", text: "did not finish"},
		{name: "4 GiB announced", fault: sim.Fault{Kind: sim.HugeLength}, status: 502, code: "router_unreachable", text: "over the limit"},
		{name: "reserved byte", fault: sim.Fault{Kind: sim.ReservedByte}, status: 502, code: "router_unreachable", text: "reserved control byte"},
		{name: "fatal", fault: sim.Fault{Kind: sim.Fatal, Text: "session terminated on request"}, status: 502, code: "router_unreachable", text: "session terminated on request"},
		{name: "close inside a row", fault: sim.Fault{Kind: sim.CloseInRow}, status: 502, code: "router_unreachable", text: "inside a reply"},
		{name: "reset inside a row", fault: sim.Fault{Kind: sim.ResetInRow}, status: 502, code: "router_unreachable", text: "reset"},
		{name: "half open", fault: sim.Fault{Kind: sim.Deaf}, status: 504, code: "timeout", text: "did not finish"},
		{name: "stops reading", fault: sim.Fault{Kind: sim.StopReading}, status: 504, code: "timeout"},
		{name: "mute after accept", fault: sim.Fault{Kind: sim.MuteAtConnect}, atLogin: true, status: 504, code: "timeout", text: "sent nothing"},
		{name: "mute at login", fault: sim.Fault{Kind: sim.MuteAtLogin}, atLogin: true, status: 504, code: "timeout", text: "sent nothing"},
		{name: "reset at login", fault: sim.Fault{Kind: sim.ResetAtLogin}, atLogin: true, status: 502, code: "router_unreachable", text: "/ip service"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel() // with one another
			_, goodAddr := device(t, sim.Options{PPPUsers: 3})
			bad, badAddr := device(t, sim.Options{PPPUsers: 3})
			p := start(t, impatient)
			p.connect("good", goodAddr)
			good := p.open("good")
			good.snapshot()
			heap := heapInUse()

			var a answer
			if tc.atLogin {
				bad.Inject(tc.fault)
				a = p.connect("bad", badAddr)
			} else {
				require.Equal(t, http.StatusOK, p.connect("bad", badAddr).status)
				bad.Inject(tc.fault)
				a = p.run("bad", "/ppp/active/print")
			}
			assert.Equal(t, tc.status, a.status, a.raw)
			assert.Equal(t, tc.code, a.body.Code, a.raw)
			assert.Contains(t, a.body.Error, tc.text)
			assert.Less(t, heapInUse(), heap+16<<20, "memory stays flat")

			for range 3 {
				assert.Len(t, good.snapshot()["ppp_active"], 3, "the other router's stream goes on")
			}
			if tc.atLogin {
				return
			}
			bad.Clear()
			eventually(t, "the router works again once the fault is gone", func() bool {
				return p.run("bad", "/ppp/active/print").status == http.StatusOK
			})
		})
	}
}

func TestADribblingRouterIsSlowAndCorrect(t *testing.T) {
	t.Parallel()
	_, goodAddr := device(t, sim.Options{PPPUsers: 3})
	bad, badAddr := device(t, sim.Options{PPPUsers: 3})
	p := start(t, nil)
	p.connect("good", goodAddr)
	p.connect("bad", badAddr)
	good := p.open("good")
	good.snapshot()
	bad.Inject(sim.Fault{Kind: sim.Dribble, Delay: 100 * time.Microsecond})
	var rows []map[string]string
	p.run("bad", "/ppp/active/print").data(t, &rows)
	assert.Len(t, rows, 3)
	good.snapshot()
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	a := p.connect("r", addr)
	assert.Equal(t, http.StatusBadGateway, a.status)
	assert.Contains(t, a.body.Error, "refused")
	assert.Equal(t, http.StatusNotFound, p.get("/routers/r").status, "a failed connect leaves nothing behind")
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	a := p.connectAs("r", addr, testUser, "not-"+testPass)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Equal(t, "login_failed", a.body.Code)
	assert.Contains(t, a.body.Error, "invalid user name or password")
	assert.NotContains(t, a.raw, testPass)
	assert.Equal(t, 1, d.Stats().LoginFailures, "one attempt, not a loop")
	eventually(t, "nothing stays open", func() bool { return d.Stats().Connections == 0 })
}

func TestFiveThousandUsers(t *testing.T) {
	_, addr := device(t, sim.Options{PPPUsers: 5000})
	// Neither viewer is cut off: one never reads on, and the other decodes each table first.
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "SSE_WRITE_TIMEOUT": "2m"})
	p.connect("r", addr)
	lazy := p.open("r") // never reads on
	viewer := p.open("r")
	seen := viewer.snapshot()
	users, _ := seen["ppp_active"].([]any)
	require.Len(t, users, 5000)
	heap := heapInUse()
	for range 4 {
		users, _ := viewer.snapshot()["ppp_active"].([]any)
		require.Len(t, users, 5000)
	}
	assert.Less(t, heapInUse(), heap+64<<20, "a viewer who does not read costs bounded memory")
	var rows []map[string]string
	p.run("r", "/ppp/active/print").data(t, &rows)
	assert.Len(t, rows, 5000)
	lazy.close()
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
