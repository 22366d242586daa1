package pool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

const probe = "/system/identity/print"

func TestASilentRouterIsProbedOncePerHeartbeat(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(59 * time.Second)
		assert.Zero(t, n.ran(probe))
		time.Sleep(10*time.Minute + 2*time.Second)
		assert.Equal(t, 11, n.ran(probe), "a minute after the last answer each")
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Zero(t, lease.Load().InFlight)

		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		began := time.Now()
		for lease.Status().State == pool.Up {
			time.Sleep(100 * time.Millisecond)
		}
		assert.LessOrEqual(t, time.Since(began), 66*time.Second, "a heartbeat and the time for the answer")
		assert.EqualError(t, lease.Status().Err, "probe: no answer: no sign of life for 5s")
	})
}

// Any sentence is a sign of life, also where the probe itself is not answered:
// the router may be busy. Probes without an answer do not pile up.
func TestAnySentenceIsASignOfLife(t *testing.T) {
	in(t, sim.Options{}, pool.Options{Silence: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		following, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		defer following.Cancel(nil)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: probe, Delay: 24 * time.Hour})
		for range 5 {
			time.Sleep(62 * time.Second) // of silence; the probe is out
			n.device.AddPPP("anna")
			_, _, err := following.Next(nil)
			require.NoError(t, err)
		}
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Equal(t, 5, n.ran(probe))
		assert.Equal(t, 4, n.device.Stats().Cancels, "each probe ends the one before")
	})
}

// A router that stops answering just after it has answered a probe is noticed as
// soon as a command gets no answer.
func TestASuspicionSoonAfterAProbe(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(61 * time.Second)
		require.Equal(t, 1, n.ran(probe))
		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, routeros.ErrTimeout)
		defer cancel()
		_, err := run(ctx, lease, add...)
		require.ErrorIs(t, err, routeros.ErrTimeout)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.NotEqual(t, pool.Up, lease.Status().State)
	})
}

// A router that reads and answers nothing: whoever waits for it is told within 15 s,
// whatever it is that waits, and whenever the router stopped.
func TestSilenceIsNoticedWhileACommandWaits(t *testing.T) {
	run := func(words ...string) func(*testing.T, *pool.Link) error {
		return func(t *testing.T, l *pool.Link) error { _, err := run(t.Context(), l, words...); return err }
	}
	stream := func(words ...string) func(*testing.T, *pool.Link) error {
		return func(t *testing.T, l *pool.Link) error {
			s, err := stream(t.Context(), l, words...)
			for err == nil {
				_, _, err = s.Next(nil)
			}
			return err
		}
	}
	together := func(class routeros.Class) func(*testing.T, *pool.Link) error {
		return func(t *testing.T, l *pool.Link) error {
			calls, err := l.StartAll(t.Context(), routeros.Command{Words: []string{"/ppp/active/print"}, Class: class}, routeros.Command{Words: []string{"/ip/address/print"}, Class: class})
			require.NoError(t, err)
			_, err = calls[0].Wait()
			_, second := calls[1].Wait()
			assert.Equal(t, err, second)
			return err
		}
	}
	for name, do := range map[string]func(*testing.T, *pool.Link) error{
		"a read": run("/ip/address/print"), "a write": run(add...), "a long command": run("/ping", "=address=192.0.2.1"),
		"a stream": stream("/tool/torch"), "a listen": stream("/ppp/active/listen"),
		"a batch": together(routeros.Foreground), "a poll": together(routeros.Background),
	} {
		for _, idle := range []time.Duration{0, 3 * time.Second, 57 * time.Second, 10 * time.Minute} {
			t.Run(fmt.Sprint(name, ", idle for ", idle), func(t *testing.T) {
				in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
					lease := acquire(t, p, admin)
					works(t, lease.Link)
					time.Sleep(idle)
					n.device.Inject(sim.Fault{Kind: sim.Deaf})
					began := time.Now()
					err := do(t, lease.Link)
					link, ok := errors.AsType[*routeros.LinkError](err)
					require.True(t, ok, "%v", err)
					assert.Equal(t, "probe", link.Step)
					assert.Equal(t, errcode.Unreachable, errcode.Of(err))
					assert.LessOrEqual(t, time.Since(began), 10*time.Second, "5 s of silence and 5 s for the answer to the probe")
				})
			})
		}
	}
}

// The same while the router stops in the middle of what it does.
func TestSilenceIsNoticedInTheMiddleOfAStream(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		s, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		defer s.Cancel(nil)
		time.Sleep(10 * time.Minute)
		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		began := time.Now()
		_, _, err = s.Next(nil)
		require.ErrorContains(t, err, "no sign of life")
		assert.LessOrEqual(t, time.Since(began), 10*time.Second)
	})
}

// A router that is alive may take its time: it answers the probe.
func TestARouterThatWorksIsLeftToWork(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: "/ip/address/print", Delay: 52 * time.Second})
		_, err := run(t.Context(), lease, "/ip/address/print")
		require.NoError(t, err)
		assert.Equal(t, 10, n.ran(probe), "after each 5 s of silence")
		time.Sleep(59 * time.Second)
		assert.Equal(t, 10, n.ran(probe), "nobody waits any more")

		s, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		s.Cancel(nil)
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Equal(t, 1, lease.Status().Logins)
	})
}

// Commands that are answered at once cost no probe and no timer of their own, and a
// patient listen none but the heartbeat.
func TestNobodyIsProbedForNothing(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for range 600 {
			_, err := run(t.Context(), lease, "/ip/address/print")
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		assert.Zero(t, n.ran(probe))
		_, err := lease.StartAll(t.Context(), routeros.Command{Words: []string{"/ppp/active/listen"}, Class: routeros.Streaming, Patient: true})
		require.NoError(t, err)
		time.Sleep(58 * time.Second)
		assert.Zero(t, n.ran(probe))
		time.Sleep(9*time.Minute + 11*time.Second)
		assert.Equal(t, 10, n.ran(probe))
	})
}

// A long sentence over a slow line is a sign of life as long as its bytes come, but
// not for ever.
func TestBytesOfALongSentence(t *testing.T) {
	for name, tc := range map[string]struct {
		delay time.Duration // before each byte
		ok    bool
	}{"it comes": {400 * time.Millisecond, true}, "it does not end": {4 * time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Identity: strings.Repeat("x", 60)}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				n.device.Inject(sim.Fault{Kind: sim.Dribble, Delay: tc.delay, Count: 1})
				began := time.Now()
				_, err := run(t.Context(), lease, "/system/identity/print", "=.proplist=name")
				if tc.ok {
					require.NoError(t, err)
					assert.Greater(t, time.Since(began), 20*time.Second)
					return
				}
				require.ErrorContains(t, err, "no sign of life")
				assert.InDelta(t, 125, time.Since(began).Seconds(), 1, "the heartbeat, the time for the answer, and a heartbeat more")
			})
		})
	}
}

// A heartbeat does not outlive its session: the timer that runs out after the end
// touches neither the next session nor a closed link.
func TestAHeartbeatEndsWithItsSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(59 * time.Second)
		n.last().Fail(errUnplugged)
		time.Sleep(time.Second)
		require.Equal(t, 2, lease.Status().Logins)
		require.Equal(t, 1, n.ran(probe), "after the redial")
		time.Sleep(58 * time.Second)
		assert.Equal(t, 1, n.ran(probe), "the next one is due a minute after that")
		lease.Release()
		time.Sleep(time.Hour)
		assert.Equal(t, 1, n.ran(probe))
	})
}
