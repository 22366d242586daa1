package sim_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

const ask = "/system/identity/print"

func TestBrokenFraming(t *testing.T) {
	for name, kind := range map[string]sim.FaultKind{"garbage": sim.Garbage, "4 GiB": sim.HugeLength, "reserved": sim.ReservedByte} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				d.Inject(sim.Fault{Kind: kind, Count: 1})
				c.send(ask)
				require.NoError(t, c.conn.SetReadDeadline(time.Now().Add(time.Second)))
				_, err := c.r.Next()
				if kind == sim.Garbage {
					require.Error(t, err)
					return
				}
				_, ok := errors.AsType[*proto.Error](err)
				require.True(t, ok, "%v", err)
			})
		})
	}
}

func TestFatalTrapAndHangUp(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.Trap, Path: ask, Text: "std failure: timeout (13)", Category: -1, Count: 1})
		c.send(ask, ".tag=1")
		c.wants("!trap =message=std failure: timeout (13) .tag=1", "!done .tag=1")
		c.send(ask)
		c.wants("!re =name=MikroTik", "!done") // one strike and no more

		d.Inject(sim.Fault{Kind: sim.Fatal, Text: "going down", Count: 1})
		d.Inject(sim.Fault{Kind: sim.HangUp, Path: "/system/clock/print"})
		c.send(ask, ".tag=1")
		c.wants("!fatal going down")
		c.wantsEnd()
		c = login(t, d)
		c.send(ask)
		c.wants("!re =name=MikroTik", "!done")
		c.send("/system/clock/print")
		_, err := c.r.Next()
		require.ErrorIs(t, err, io.EOF)
		d.Clear()
		login(t, d).rows("/system/clock/print")
	})
}

func TestClosedInARow(t *testing.T) {
	for _, n := range []int{0, 1, 30, 5000} {
		in(t, sim.Options{PPPUsers: n}, func(t *testing.T, d *sim.Device) {
			c := login(t, d)
			d.Inject(sim.Fault{Kind: sim.CloseInRow, Path: "/ppp/active/print"})
			c.send("/ppp/active/print", ".tag=1")
			var err error
			for err == nil {
				_, err = c.r.Next()
			}
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d rows", n)
		})
	}
}

func TestSlowAndDribble(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.Slow, Delay: 7 * time.Second, Count: 1})
		start := time.Now()
		c.run(ask)
		assert.Equal(t, 7*time.Second, time.Since(start))

		d.Inject(sim.Fault{Kind: sim.Dribble, Delay: time.Millisecond, Count: 1})
		start = time.Now()
		c.send(ask)
		c.wants("!re =name=MikroTik", "!done")
		size := len(proto.AppendSentence(proto.AppendSentence(nil, "!re", "=name=MikroTik"), "!done"))
		assert.Equal(t, time.Duration(size)*time.Millisecond, time.Since(start))

		d.Inject(sim.Fault{Kind: sim.Dribble, Delay: time.Hour, Count: 1})
		start = time.Now()
		c.send(ask)
		time.Sleep(time.Second)
		d.Clear()
		c.wants("!re =name=MikroTik", "!done")
		assert.Equal(t, time.Second, time.Since(start), "what dribbles comes at once after Clear")
	})
}

func TestSilence(t *testing.T) {
	for name, tc := range map[string]struct {
		kind sim.FaultKind
		ask  []string // what gets no answer on a fresh connection
	}{
		"at connect": {sim.MuteAtConnect, []string{"/login", "=name=admin", "=password="}},
		"at login":   {sim.MuteAtLogin, []string{"/login", "=name=admin", "=password="}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				d.Inject(sim.Fault{Kind: tc.kind, Count: 1})
				c := dial(t, d)
				c.send(tc.ask...)
				c.silent()
				c.send(ask) // it is taken all the same
				login(t, d)
			})
		})
	}
}

// silent expects that nothing comes for an hour.
func (c *client) silent() {
	c.t.Helper()
	require.NoError(c.t, c.conn.SetReadDeadline(time.Now().Add(time.Hour)))
	n, err := c.conn.Read(make([]byte, 1))
	require.Zero(c.t, n)
	var timeout net.Error
	require.ErrorAs(c.t, err, &timeout)
	require.True(c.t, timeout.Timeout())
	require.NoError(c.t, c.conn.SetReadDeadline(time.Time{}))
}

func TestDeafAfterLogin(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		d.Inject(sim.Fault{Kind: sim.Deaf})
		c := login(t, d)
		c.send(ask, ".tag=1")
		c.send("/cancel", "=tag=1", ".tag=2")
		c.silent()
		assert.Equal(t, 1, d.Stats().Commands[ask])
		d.Clear()
		c.send(ask, ".tag=3")
		c.wants("!re =name=MikroTik .tag=3", "!done .tag=3")
	})
}

func TestStopReading(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.StopReading})
		c.send(ask)
		require.NoError(t, c.conn.SetWriteDeadline(time.Now().Add(time.Second)))
		_, err := c.conn.Write([]byte{1, 'x', 0})
		require.Error(t, err, "nobody reads")
		d.Clear()
		c.wants("!re =name=MikroTik", "!done")
	})
}

func TestRebootAndShutdown(t *testing.T) {
	in(t, sim.Options{PPPUsers: 3, HotspotUsers: 3, BootTime: time.Minute}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.AddPPP("visitor")
		hot := c.rows("/ip/hotspot/active/print")
		dynamic := c.rows("/interface/print", "?dynamic=true")
		queue := c.rows("/queue/simple/print", "?name=q-office")
		c.send("/system/reboot")
		c.wantsEnd()
		c = dial(t, d)
		c.wantsEnd()
		time.Sleep(time.Minute)
		c = login(t, d)
		assert.Equal(t, "1m", c.rows("/system/resource/print")[0]["uptime"])
		ppp := c.rows("/ppp/active/print")
		require.Len(t, ppp, 3, "the visitor does not come back by himself")
		assert.Equal(t, "*800005", ppp[0][".id"])
		assert.NotEqual(t, hot[0][".id"], c.rows("/ip/hotspot/active/print")[0][".id"])
		after := c.rows("/interface/print", "?dynamic=true")
		require.Len(t, after, 3)
		assert.NotEqual(t, dynamic[0][".id"], after[0][".id"])
		assert.Equal(t, queue[0][".id"], c.rows("/queue/simple/print", "?name=q-office")[0][".id"])
		assert.Less(t, len(c.rows("/interface/print", "?name=ether1")[0]["tx-byte"]), 11, "counters begin again")
		assert.Equal(t, "router rebooted", d.Log()[0].Message)

		c.send("/system/shutdown")
		c.wantsEnd()
		time.Sleep(time.Hour)
		dial(t, d).wantsEnd()
		d.Reboot()
		time.Sleep(time.Minute)
		login(t, d)
	})
}

func TestChurn(t *testing.T) {
	in(t, sim.Options{PPPUsers: 60, HotspotUsers: 30, Churn: 0.5, Seed: 9}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		names := func() string {
			var all []string
			for _, r := range c.rows("/ppp/active/print", "=.proplist=name") {
				all = append(all, r["name"])
			}
			require.Len(t, all, 60)
			return strings.Join(all, "|")
		}
		before := names()
		assert.Equal(t, before, names())
		time.Sleep(2 * time.Second)
		assert.NotEqual(t, before, names(), "30 a minute are one every two seconds")
		time.Sleep(time.Hour * 24 * 365) // only the end of it is played
		names()
		assert.Len(t, c.rows("/ip/hotspot/active/print"), 30)
		assert.Len(t, c.rows("/interface/print", "?dynamic=true"), 60)

		c.send("/ppp/active/listen", ".tag=1")
		dead, alive := 0, 0
		for start := time.Now(); time.Since(start) < time.Minute; {
			if s := c.next(); strings.Contains(s, ".dead=") {
				dead++
			} else {
				alive++
			}
		}
		assert.InDelta(t, 30, dead, 1)
		assert.InDelta(t, 30, alive, 1)
	})
}

// TestResets needs TCP: a pipe knows no reset.
func TestResets(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  sim.Fault
		strike func(c *client, d *sim.Device)
	}{
		"at login":  {sim.Fault{Kind: sim.ResetAtLogin}, func(c *client, _ *sim.Device) { c.send("/login", "=name=admin", "=password=") }},
		"in a row":  {sim.Fault{Kind: sim.ResetInRow, Path: "/login"}, func(c *client, _ *sim.Device) { c.send("/login", "=name=admin", "=password=") }},
		"drop all":  {sim.Fault{Kind: sim.Slow}, func(c *client, d *sim.Device) { c.ready(); d.DropSessions() }},
		"reboot":    {sim.Fault{Kind: sim.Slow}, func(c *client, d *sim.Device) { c.ready(); d.Reboot() }},
		"no answer": {sim.Fault{Kind: sim.Slow}, func(c *client, _ *sim.Device) { c.ready(); c.send("/system/reboot") }},
	} {
		t.Run(name, func(t *testing.T) {
			d, addr := serve(t, sim.Options{})
			d.Inject(tc.fault)
			conn, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			c := &client{t, conn, proto.NewReader(conn, proto.Limits{})}
			tc.strike(c, d)
			for err == nil {
				_, err = c.r.Next()
			}
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
	}
}

// ready logs in.
func (c *client) ready() {
	c.send("/login", "=name=admin", "=password=")
	c.wants("!done")
}

// serve runs a device on a TCP port of the loopback until the test ends.
func serve(t testing.TB, o sim.Options) (d *sim.Device, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d = sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(l) }()
	t.Cleanup(func() {
		d.Close()
		require.NoError(t, <-served)
	})
	return d, l.Addr().String()
}

func TestLastWordsArriveBeforeTheEnd(t *testing.T) {
	_, addr := serve(t, sim.Options{})
	for range 50 {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		c := &client{t, conn, proto.NewReader(conn, proto.Limits{})}
		// More than one sentence is under way when the device hangs up.
		wire := proto.AppendSentence(proto.AppendSentence(nil, ask), ask)
		_, err = conn.Write(append(wire, make([]byte, 4096)...))
		require.NoError(t, err)
		c.wants("!fatal not logged in")
		_ = conn.Close()
	}
}

func TestServeEndsWithItsListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := sim.New(sim.Options{})
	require.NoError(t, l.Close())
	require.ErrorIs(t, d.Serve(l), net.ErrClosed)
	d.Close()
	require.NoError(t, d.Serve(l), "a closed device does not serve")
}

func TestNothingIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a goroutine that stays would fail the bubble
		d := sim.New(sim.Options{PPPUsers: 10, Churn: 1})
		ours, theirs := net.Pipe()
		over := make(chan struct{})
		go func() { defer close(over); d.ServeConn(theirs) }()
		c := &client{t, ours, proto.NewReader(ours, proto.Limits{})}
		c.ready()
		c.send("/ppp/active/listen", ".tag=1")
		c.send("/ping", "=address=192.0.2.1", ".tag=2")
		c.send("/ppp/active/print", "=interval=1s", ".tag=3")
		_ = ours.Close()
		<-over // without Close: the end of the connection is enough
	})
}
