package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// Fifty dashboards that ask for the same table at the same time cost the router
// one print.
func TestIdenticalReadsShareACommand(t *testing.T) {
	in(t, sim.Options{Latency: time.Second}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		var wg sync.WaitGroup
		run := func(ctx context.Context, check func(*routeros.Reply, error), words ...string) {
			wg.Go(func() { check(run(ctx, lease, words...)) })
		}
		good := func(_ *routeros.Reply, err error) { assert.NoError(t, err) }
		early, leave := context.WithCancelCause(t.Context())
		for range 50 {
			run(t.Context(), good, "/ip/address/print")
			run(t.Context(), good, "/ip/address/print", "=.proplist=address")
		}
		run(early, func(_ *routeros.Reply, err error) { assert.ErrorIs(t, err, errUnplugged) }, "/ip/address/print")
		synctest.Wait()
		leave(errUnplugged)
		wg.Wait()
		assert.Equal(t, 2, n.ran("/ip/address/print"), "one for each wording")
		assert.Zero(t, n.device.Stats().Cancels, "one who leaves does not end it for the others")

		run(t.Context(), good, "/ip/address/print")
		wg.Wait()
		assert.Equal(t, 3, n.ran("/ip/address/print"), "an answer is not kept")
	})
}

// Words may hold any byte; commands that are equal only when their words are joined are not shared.
func TestDifferentReadsAreNotTakenForOne(t *testing.T) {
	in(t, sim.Options{Latency: time.Second, PPPUsers: 3}, pool.Options{}, func(t *testing.T, _ *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		whole, err := run(t.Context(), lease, "/ppp/active/print")
		require.NoError(t, err)
		row, _ := whole.Rows.Cut()
		name, _ := row.Get("name")
		for _, joint := range []string{"\x00", "\" \"", " ", ","} {
			var wg sync.WaitGroup
			wg.Go(func() {
				reply, err := run(t.Context(), lease, "/ppp/active/print", "?name="+string(name)+joint+"?service=pppoe")
				if assert.NoError(t, err) {
					assert.Zero(t, reply.Len, "nobody is called that")
				}
			})
			synctest.Wait()
			reply, err := run(t.Context(), lease, "/ppp/active/print", "?name="+string(name), "?service=pppoe")
			require.NoError(t, err)
			assert.Equal(t, 1, reply.Len)
			wg.Wait()
		}
	})
}

// Who asked first may leave before the others, and is not held up by them.
func TestTheFirstToAskMayLeave(t *testing.T) {
	in(t, sim.Options{}, pool.Options{Silence: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.SetLatency(time.Minute)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var wg sync.WaitGroup
		wg.Go(func() {
			began := time.Now()
			_, err := run(ctx, lease, "/ip/address/print")
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(began))
		})
		synctest.Wait()
		reply, err := run(t.Context(), lease, "/ip/address/print")
		require.NoError(t, err)
		assert.NotZero(t, reply.Len)
		wg.Wait()
		assert.Equal(t, 1, n.ran("/ip/address/print"))
		assert.Zero(t, n.device.Stats().Cancels)
	})
}

func TestAReadEndsWithTheLastWhoWaits(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.SetLatency(time.Minute)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := run(ctx, lease, "/ip/address/print")
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		}
		wg.Wait()
		synctest.Wait()
		assert.Equal(t, 1, n.device.Stats().Cancels)
	})
}

// A client always sees its own changes: a read that began before a write ended
// is shared with nobody who asks after it.
func TestAReadAfterAWriteSeesIt(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		before, err := run(t.Context(), lease, "/ip/address/print")
		require.NoError(t, err)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: "/ip/address/print", Delay: time.Minute, Count: 1})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := run(t.Context(), lease, "/ip/address/print")
			assert.NoError(t, err)
		})
		synctest.Wait() // the slow read is under way
		_, err = run(t.Context(), lease, add...)
		require.NoError(t, err)
		after, err := run(t.Context(), lease, "/ip/address/print")
		require.NoError(t, err)
		assert.Equal(t, before.Len+1, after.Len)
		wg.Wait()
	})
}

func TestOnlyPlainReadsAreShared(t *testing.T) {
	for _, words := range [][]string{
		{"/ppp/active/print", "=follow="}, {"/ppp/active/print", "=follow-only=yes"}, {"/interface/print", "=interval=1"},
		{"/ping", "=address=192.0.2.1", "=count=1"}, {"/interface/monitor-traffic", "=interface=ether1", "=once="},
	} {
		t.Run(fmt.Sprint(words), func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() { _, _ = run(ctx, lease, words...) })
				}
				wg.Wait()
				synctest.Wait()
				assert.Equal(t, 3, n.ran(words[0]))
			})
		})
	}
}

// write is a way to send a command that changes something. It returns once the
// router has it, and gives it up when its context ends.
type write func(ctx context.Context, t *testing.T, link *pool.Link)

func writes() map[string]write {
	return map[string]write{
		"run": func(ctx context.Context, _ *testing.T, link *pool.Link) {
			go func() { _, _ = run(ctx, link, add...) }() // ends with the pool at the latest
		},
		"stream whose rows nobody takes": func(ctx context.Context, t *testing.T, link *pool.Link) {
			_, err := stream(ctx, link, add...)
			require.NoError(t, err)
		},
	}
}

// Of two identical reads the second one shares the first one's answer, unless
// somebody's write began, ended, or was given up in between.
func TestReadsAreNotSharedOverAWrite(t *testing.T) {
	for name, send := range writes() {
		for when, tc := range map[string]struct {
			write, first, leave, second time.Duration // when each happens
			prints                      int
		}{
			"no write between":             {write: time.Second, first: 4 * time.Second, second: 5 * time.Second, prints: 1},
			"it began":                     {write: 2 * time.Second, first: time.Second, second: 3 * time.Second, prints: 2},
			"it ended":                     {write: time.Second, first: 9 * time.Second, second: 12 * time.Second, prints: 2},
			"it was given up":              {write: time.Second, first: 2 * time.Second, leave: 3 * time.Second, second: 4 * time.Second, prints: 2},
			"the router had its last word": {write: time.Second, leave: 2 * time.Second, first: 3 * time.Second, second: 12 * time.Second, prints: 2},
		} {
			t.Run(name+", "+when, func(t *testing.T) {
				in(t, sim.Options{}, pool.Options{Silence: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
					lease := acquire(t, p, admin)
					n.device.SetLatency(10 * time.Second)
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					var wg sync.WaitGroup
					at := func(d time.Duration, do func()) {
						wg.Go(func() { time.Sleep(d); do() })
					}
					read := func() {
						_, err := run(t.Context(), lease, "/ip/address/print")
						assert.NoError(t, err)
					}
					at(tc.write, func() { send(ctx, t, lease.Link) })
					at(tc.first, read)
					at(tc.second, read)
					if tc.leave > 0 {
						at(tc.leave, leave)
					}
					wg.Wait()
					time.Sleep(time.Minute)
					assert.Equal(t, tc.prints, n.ran("/ip/address/print"))
					assert.Equal(t, 1, n.ran(add[0]))
				})
			})
		}
	}
}
