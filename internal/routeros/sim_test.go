package routeros_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// The tests here run against the simulated device, which was not written with
// this client in mind.

const active = "/ppp/active/print"

// atDevice runs f in a bubble with a session at a device.
func atDevice(t *testing.T, o sim.Options, opts routeros.Options, f func(t *testing.T, s *routeros.Session, d *sim.Device)) {
	t.Helper()
	o.User, o.Password = api.User, api.Password
	synctest.Test(t, func(t *testing.T) {
		d := sim.New(o)
		t.Cleanup(d.Close)
		p, conn := pipe(t)
		over := make(chan struct{})
		go func() { defer close(over); d.ServeConn(p.conn) }()
		t.Cleanup(func() { <-over })
		s, err := routeros.New(t.Context(), conn, api, opts)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		f(t, s, d)
	})
}

func TestDevices(t *testing.T) {
	challenge := sim.HAP()
	challenge.Version, challenge.ChallengeLogin = "6.42.12", true
	for name, p := range map[string]sim.Personality{
		"hap": sim.HAP(), "hex": sim.HEX(), "ccr2004": sim.CCR2004(), "chr": sim.CHR(), "before 6.43": challenge,
	} {
		for where, tagFirst := range map[string]bool{"tag last": false, "tag first": true} {
			t.Run(name+", "+where, func(t *testing.T) {
				atDevice(t, sim.Options{Personality: p, PPPUsers: 500, TagFirst: tagFirst}, routeros.Options{}, func(t *testing.T, s *routeros.Session, d *sim.Device) {
					r, err := s.Run(t.Context(), "/system/resource/print")
					require.NoError(t, err)
					row, _ := r.Rows.Cut()
					board, _ := row.Get("board-name")
					assert.Equal(t, p.Board, string(board))

					r, err = s.Run(t.Context(), active, "=.proplist=.id,name")
					require.NoError(t, err)
					assert.Equal(t, 500, r.Len)
					r, err = s.Run(t.Context(), active, "=count-only=")
					require.NoError(t, err)
					ret, _ := r.Ret()
					assert.Equal(t, "500", string(ret))
					r, err = s.Run(t.Context(), active, "?name=nobody") // with !empty or without
					require.NoError(t, err)
					assert.Zero(t, r.Len)

					_, err = s.Run(t.Context(), "/no/such/print")
					trap := asType[*routeros.TrapError](t, err)
					assert.True(t, trap.Missing())
					assert.Len(t, trap.Traps, 2)
					assert.Equal(t, 1, d.Stats().Logins)
				})
			})
		}
	}
}

func TestDeviceRefusesTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sim.New(sim.Options{User: "api", Password: "another"})
		t.Cleanup(d.Close)
		p, conn := pipe(t)
		over := make(chan struct{})
		go func() { defer close(over); d.ServeConn(p.conn) }()
		_, err := routeros.New(t.Context(), conn, api, routeros.Options{})
		assert.Equal(t, "invalid user name or password (6)", asType[*routeros.LoginError](t, err).Reason)
		assertNoPassword(t, err)
		<-over // New has closed its end
	})
}

func TestDeviceStreams(t *testing.T) {
	for name, order := range map[string]sim.CancelOrder{"cancel answered first": sim.CancelFirst, "cancel answered last": sim.CancelLast} {
		t.Run(name, func(t *testing.T) {
			atDevice(t, sim.Options{Personality: sim.CCR2004(), CancelOrder: order}, routeros.Options{}, func(t *testing.T, s *routeros.Session, d *sim.Device) {
				ctx, cancel := context.WithCancelCause(t.Context())
				calls, err := s.StartAll(ctx, routeros.Command{Words: []string{"/ppp/active/listen"}, Class: routeros.Streaming})
				require.NoError(t, err)
				synctest.Wait()

				d.AddPPP("anna")
				rows, n, err := calls[0].Next(nil)
				require.NoError(t, err)
				require.Equal(t, 1, n)
				assert.Contains(t, lines(rows)[0], "=name=anna")
				d.RemovePPP("anna")
				rows, _, err = calls[0].Next(rows)
				require.NoError(t, err)
				assert.Contains(t, lines(rows)[0], "=.dead=")

				cancel(errGaveUp)
				_, _, err = calls[0].Next(rows)
				require.ErrorIs(t, err, errGaveUp)
				r, err := s.Run(t.Context(), "/system/identity/print")
				require.NoError(t, err)
				assert.Equal(t, 1, r.Len)
				synctest.Wait() // the last word on the stream may come behind
				assert.Equal(t, 1, d.Stats().Cancels)
				assert.Zero(t, s.Load().Streams)
			})
		})
	}
}

func TestDeviceFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault sim.Fault
		check func(t *testing.T, err error)
		lives bool // the session goes on
	}{
		// Text passes for one long sentence that never ends: nothing shows it
		// but the time limit, and LastHeard to whoever looks after the session.
		"garbage":       {sim.Fault{Kind: sim.Garbage}, wantsTimeout, true},
		"huge length":   {sim.Fault{Kind: sim.HugeLength}, wantsLink("read"), false},
		"reserved byte": {sim.Fault{Kind: sim.ReservedByte}, wantsLink("read"), false},
		"close in row":  {sim.Fault{Kind: sim.CloseInRow}, wantsLink("read"), false},
		"hang up":       {sim.Fault{Kind: sim.HangUp}, wantsLink("read"), false},
		"fatal": {sim.Fault{Kind: sim.Fatal, Text: "going down"}, func(t *testing.T, err error) {
			assert.Equal(t, "going down", asType[*routeros.FatalError](t, err).Reason)
		}, false},
		"trap": {sim.Fault{Kind: sim.Trap, Text: "std failure: timeout (13)", Category: 4}, func(t *testing.T, err error) {
			assert.Equal(t, []routeros.Trap{{Category: 4, Message: "std failure: timeout (13)"}}, asType[*routeros.TrapError](t, err).Traps)
		}, true},
		"slow":      {sim.Fault{Kind: sim.Slow, Delay: 7 * time.Second}, wantsNoError, true},
		"dribble":   {sim.Fault{Kind: sim.Dribble, Delay: time.Millisecond}, wantsNoError, true},
		"too slow":  {sim.Fault{Kind: sim.Slow, Delay: 40 * time.Second}, wantsTimeout, true},
		"half-open": {sim.Fault{Kind: sim.Deaf}, wantsTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			atDevice(t, sim.Options{PPPUsers: 20}, routeros.Options{}, func(t *testing.T, s *routeros.Session, d *sim.Device) {
				if tt.fault.Kind != sim.Deaf {
					tt.fault.Path = active
				}
				d.Inject(tt.fault)
				r, err := s.Run(within(t, 30*time.Second), active)
				tt.check(t, err)
				if err == nil {
					assert.Equal(t, 20, r.Len)
				}
				synctest.Wait()
				assert.Equal(t, tt.lives, s.Err() == nil, "%v", s.Err())
			})
		})
	}
}

func wantsNoError(t *testing.T, err error) { t.Helper(); require.NoError(t, err) }
func wantsTimeout(t *testing.T, err error) { t.Helper(); require.ErrorIs(t, err, routeros.ErrTimeout) }

func wantsLink(step string) func(t *testing.T, err error) {
	return func(t *testing.T, err error) {
		t.Helper()
		assert.Equal(t, step, asType[*routeros.LinkError](t, err).Step)
	}
}

func TestDeviceThatStopsReading(t *testing.T) {
	atDevice(t, sim.Options{}, routeros.Options{}, func(t *testing.T, s *routeros.Session, d *sim.Device) {
		d.Inject(sim.Fault{Kind: sim.StopReading})
		began := time.Now()
		var err error
		for err == nil { // until the device has noticed and the pipe is full
			_, err = s.Start(t.Context(), "/system/identity/set", "=name="+strings.Repeat("x", 1000))
			synctest.Wait()
			if s.Load().InFlight == 3 {
				<-s.Done()
				err = s.Err()
			}
		}
		require.ErrorIs(t, err, routeros.ErrTimeout)
		assert.Equal(t, "write", asType[*routeros.LinkError](t, err).Step)
		assert.Equal(t, 10*time.Second, time.Since(began))
		d.Clear() // lets go of the connection
	})
}

func TestDeviceDropsItsSessions(t *testing.T) {
	atDevice(t, sim.Options{}, routeros.Options{}, func(t *testing.T, s *routeros.Session, d *sim.Device) {
		calls, err := s.StartAll(t.Context(), routeros.Command{Words: []string{"/log/listen"}, Class: routeros.Streaming})
		require.NoError(t, err)
		synctest.Wait()
		d.DropSessions()
		<-s.Done()
		wantsLink("read")(t, s.Err())
		for err == nil {
			_, _, err = calls[0].Next(nil)
		}
		assert.NotErrorIs(t, err, io.EOF)
		assert.Same(t, s.Err(), err)
	})
}
