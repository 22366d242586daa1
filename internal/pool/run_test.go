package pool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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

var add = []string{"/ip/address/add", "=address=203.0.113.9/24", "=interface=ether2"}

func TestACommandThatWasNotSentGoesToTheNextSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for range 20 {
			n.last().Fail(errUnplugged) // the link does not know yet
			reply, err := run(t.Context(), lease, add...)
			require.NoError(t, err)
			id, ok := reply.Ret()
			require.True(t, ok)
			_, err = run(t.Context(), lease, "/ip/address/remove", "=.id="+string(id))
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		assert.Equal(t, 20, n.ran(add[0]), "each went out once")
		assert.Equal(t, 21, n.device.Stats().Logins)
	})
}

func TestACommandThatWasSentIsNotRepeated(t *testing.T) {
	for name, fault := range map[string]sim.Fault{
		"hung up":           {Kind: sim.HangUp},
		"cut in the reply":  {Kind: sim.CloseInRow},
		"garbage came back": {Kind: sim.ReservedByte},
		"fatal":             {Kind: sim.Fatal, Text: "session terminated on request"},
	} {
		for _, words := range [][]string{add, {"/ip/address/print"}} {
			t.Run(name+words[0], func(t *testing.T) {
				in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
					lease := acquire(t, p, admin)
					fault := fault
					fault.Path, fault.Count = words[0], 1
					n.device.Inject(fault)
					_, err := run(t.Context(), lease, words...)
					require.Error(t, err)
					_, down := errors.AsType[*pool.DownError](err)
					assert.False(t, down, "it was sent: %v", err)
					time.Sleep(time.Minute)
					works(t, lease.Link)
					assert.Equal(t, 1, n.ran(words[0]))
				})
			})
		}
	}
}

func TestRefusalsDoNotTouchTheSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for _, words := range [][]string{
			{"/no/such/menu/print"}, {"/ip/address/add", "=address=rubbish"}, // by the router
			nil, {"print"}, {""}, {"/a", ""}, {"/a", ".tag=1"}, // before anything is sent
		} {
			_, err := run(t.Context(), lease, words...)
			require.Error(t, err, "%q", words)
		}
		works(t, lease.Link)
		assert.Equal(t, 1, n.device.Stats().Accepted)
		assert.Equal(t, 3, sum(n.device.Stats().Commands))
	})
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func TestAStreamGoesOnUntilItsContextEnds(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		ctx, cancel := context.WithCancelCause(t.Context())
		call, err := stream(ctx, lease, "/ppp/active/listen")
		require.NoError(t, err)
		assert.Equal(t, 1, lease.Load().Streams)
		synctest.Wait() // the router listens
		for i := range 3 {
			n.device.AddPPP(fmt.Sprint("user", i))
			_, rows, err := call.Next(nil)
			require.NoError(t, err)
			assert.Equal(t, 1, rows)
		}
		cancel(io.ErrClosedPipe)
		_, _, err = call.Next(nil)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		synctest.Wait()
		assert.Zero(t, lease.Load().Streams)
		works(t, lease.Link)
	})
}

func TestASilentRouterIsGivenUp(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, _ *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		began := time.Now()
		time.Sleep(time.Second)
		works(t, lease.Link)
		assert.False(t, lease.FailIfSilent(began, errUnplugged), "it has spoken since")
		time.Sleep(time.Second)
		assert.True(t, lease.FailIfSilent(time.Now(), errUnplugged))
		synctest.Wait()
		assert.ErrorIs(t, lease.Status().Err, errUnplugged)
		assert.False(t, lease.FailIfSilent(time.Now(), errUnplugged), "there is no session any more")
		assert.Zero(t, lease.Load())
		assert.Empty(t, lease.Fingerprint())
	})
}

// A command without an answer makes the link ask for a sign of life, at once and
// not only when the heartbeat is due.
func TestATimeoutIsASuspicion(t *testing.T) {
	in(t, sim.Options{}, pool.Options{Heartbeat: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		ctx, cancel := context.WithTimeoutCause(t.Context(), 4*time.Second, routeros.ErrTimeout)
		defer cancel()
		_, err := run(ctx, lease, add...)
		require.ErrorIs(t, err, routeros.ErrTimeout)
		require.Equal(t, pool.Up, lease.Status().State)
		time.Sleep(5 * time.Second) // what the probe may take
		synctest.Wait()
		assert.NotEqual(t, pool.Up, lease.Status().State)
		assert.ErrorContains(t, lease.Status().Err, "no sign of life")
	})
}

// Everything at once, for the race detector. At the end nothing is left, and on
// the way every error is one that callers can tell what to do with.
func TestStress(t *testing.T) {
	in(t, sim.Options{PPPUsers: 20}, pool.Options{MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond}, func(t *testing.T, n *network, p *pool.Pool) {
		keys := make([]pool.Key, 3)
		for i := range keys {
			keys[i] = admin
			keys[i].Addr = fmt.Sprint("r", i)
		}
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				for range 60 {
					visit(t, n, p, keys[rand.N(len(keys))])
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Second)
		assert.Zero(t, n.device.Stats().Connections)
	})
}

// visit is one caller of the stress test.
func visit(t *testing.T, n *network, p *pool.Pool, key pool.Key) {
	ctx, cancel := context.WithTimeout(t.Context(), rand.N(20*time.Millisecond)+time.Microsecond)
	defer cancel()
	lease, err := p.Acquire(ctx, "", key, func(pool.Status) {})
	if !expected(err) {
		assert.NoError(t, err)
	}
	if err != nil {
		assert.Nil(t, lease)
		return
	}
	for range rand.N(6) {
		switch rand.N(8) {
		case 0:
			n.device.DropSessions()
		case 1:
			n.last().Fail(errUnplugged)
		case 2:
			lease.FailIfSilent(time.Now(), errUnplugged)
		case 3:
			time.Sleep(rand.N(5 * time.Millisecond))
		case 4:
			_, err = run(ctx, lease, "/system/identity/set", "=name=x")
		default:
			_, err = run(ctx, lease, "/ppp/active/print")
		}
		if !expected(err) {
			assert.NoError(t, err)
		}
		_, _, _ = lease.Status(), lease.Load(), lease.Leases()
	}
	lease.Release()
}

// expected errors say what happened to the connection. A pipe whose other end
// has just been closed refuses even to change its deadline.
func expected(err error) bool {
	_, link := errors.AsType[*routeros.LinkError](err)
	_, down := errors.AsType[*pool.DownError](err)
	return err == nil || link || down || errors.Is(err, errUnplugged) || errors.Is(err, routeros.ErrBusy) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrClosedPipe)
}
