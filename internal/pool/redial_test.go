package pool_test

import (
	"context"
	"errors"
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

// crowd is how many links the tests of drawn waits look at: enough for a draw
// to fall into each half of its range in every run.
const crowd = 64

// gaps are the waits between one attempt and the next.
func gaps(dials []time.Time) []time.Duration {
	var list []time.Duration
	for i := 1; i < len(dials); i++ {
		list = append(list, dials[i].Sub(dials[i-1]))
	}
	return list
}

// forCrowd loses the sessions of many routers that stay unreachable, and returns
// the waits of each of them in the time given.
func forCrowd(t *testing.T, before, during time.Duration) [][]time.Duration {
	t.Helper()
	var all [][]time.Duration
	for range crowd {
		in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
			acquire(t, p, admin)
			time.Sleep(before)
			n.set(func(n *network) { n.refuse, n.dials = errUnplugged, []time.Time{time.Now()} })
			n.device.DropSessions()
			time.Sleep(during)
			all = append(all, gaps(n.dialed()))
		})
	}
	return all
}

// Each wait is drawn evenly between nothing and a bound that doubles from 500 ms
// to 60 s.
func TestLostSessionsAreRedialedWithGrowingFullJitter(t *testing.T) {
	all := forCrowd(t, time.Minute, 20*time.Minute)
	bound := 500 * time.Millisecond
	for k := range 12 {
		var shortest, longest time.Duration = bound, 0
		for _, waits := range all {
			require.Greater(t, len(waits), k)
			shortest, longest = min(shortest, waits[k]), max(longest, waits[k])
		}
		assert.Less(t, longest, bound, "wait %d", k)
		assert.Greater(t, longest, bound/2, "wait %d", k)
		assert.Less(t, shortest, bound/2, "wait %d", k)
		bound = min(2*bound, time.Minute)
	}
}

func TestTheWaitBeginsAnewAfterASessionThatLived(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for range 20 { // power cuts of an hour each
			n.set(func(n *network) { n.refuse = errUnplugged })
			n.device.DropSessions()
			time.Sleep(time.Hour)
			n.set(func(n *network) { n.refuse = nil })
			time.Sleep(time.Minute) // the longest wait
			require.Equal(t, pool.Up, lease.Status().State)
			time.Sleep(2 * time.Minute)

			lost := time.Now()
			n.device.DropSessions()
			synctest.Wait()
			for lease.Status().State != pool.Up {
				time.Sleep(10 * time.Millisecond)
			}
			assert.LessOrEqual(t, time.Since(lost), 510*time.Millisecond)
		}
	})
}

// A router that lets in and throws out at once is no better than one that does
// not let in.
func TestTheWaitGrowsWhereSessionsDoNotLive(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		_, err := p.Acquire(t.Context(), "", admin, func(s pool.Status) {
			if s.State == pool.Up {
				time.AfterFunc(100*time.Millisecond, n.device.DropSessions)
			}
		})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		early := len(n.dialed())
		assert.Greater(t, early, 4)
		time.Sleep(20 * time.Minute)
		late := len(n.dialed()) - early
		assert.Greater(t, late, 20, "one in half a minute on average")
		assert.Less(t, late, 100)
	})
}

// A password that worked is tried three times more before it counts as wrong, and
// then every five minutes.
func TestARefusedLoginIsNotTriedAgainForFiveMinutes(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		var log journal
		lease, err := p.Acquire(t.Context(), "", admin, log.note)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		n.set(func(n *network) { n.password, n.dials = "changed-meanwhile", nil })
		n.device.DropSessions()
		time.Sleep(8 * time.Second) // over the waits of half a second, 1, 2 and 4 s
		failures := func() int { return n.device.Stats().LoginFailures }
		require.Equal(t, 4, failures())
		for i, wait := range gaps(n.dialed()) {
			assert.Greater(t, wait, time.Second/2<<i, "half of it is certain")
			assert.LessOrEqual(t, wait, time.Second<<i+time.Millisecond)
		}
		synctest.Wait()
		for _, s := range log.list[1:] {
			refused, ok := errors.AsType[*routeros.LoginError](s.Err)
			assert.NotEqual(t, ok && refused.Retried, s.State == pool.LoginFailed || !ok)
		}
		status := lease.Status()
		assert.Equal(t, pool.LoginFailed, status.State)
		assert.Equal(t, &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}, status.Err)
		refused := n.dialed()[3]
		assert.Equal(t, refused.Add(5*time.Minute), status.NextAttempt)
		began := time.Now()
		_, err = run(t.Context(), lease, "/system/identity/print")
		assert.Zero(t, time.Since(began), "nobody waits that long")
		down, ok := errors.AsType[*pool.DownError](err)
		require.True(t, ok)
		assert.Equal(t, status.NextAttempt, down.NextAttempt)
		assert.ErrorContains(t, err, "invalid user name or password (6); next attempt in ")
		assert.NotContains(t, err.Error(), secret)

		time.Sleep(time.Until(status.NextAttempt) - time.Nanosecond)
		assert.Equal(t, 4, failures())
		time.Sleep(time.Second)
		assert.Equal(t, 5, failures())

		_, err = p.Acquire(t.Context(), "", admin, nil)
		assert.IsType(t, &routeros.LoginError{}, err, "the bare cause")
		assert.Equal(t, 6, failures(), "who asks for the connection gets an attempt")

		n.set(func(n *network) { n.password = "" })
		began = time.Now()
		second := acquire(t, p, admin)
		assert.Zero(t, time.Since(began))
		assert.Same(t, lease.Link, second.Link)
		assert.False(t, second.Reused())
		works(t, lease.Link)
	})
}

// A router that boots may refuse everybody, or end connections, before it lets in
// again. That is no reason to take a password that worked for wrong.
func TestAPasswordThatWorkedIsNotGivenUpAtOnce(t *testing.T) {
	for name, fault := range map[string]sim.Fault{
		"one refusal":    {Kind: sim.Trap, Text: "invalid user name or password (6)", Category: -1, Count: 1},
		"three refusals": {Kind: sim.Trap, Text: "cannot log in", Category: -1, Count: 3},
		"fatal":          {Kind: sim.Fatal, Text: "too many connections", Count: 5},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				var log journal
				lease, err := p.Acquire(t.Context(), "", admin, log.note)
				require.NoError(t, err)
				for range 2 { // a second time, the tries begin again
					time.Sleep(time.Minute)
					fault.Path = "/login"
					n.device.Inject(fault)
					n.device.DropSessions()
					time.Sleep(time.Second)
					time.Sleep(40 * time.Second)
					works(t, lease.Link)
				}
				assert.NotContains(t, log.states(), "login_failed")
			})
		})
	}
}

// Who asks for the login gets the refusal, also while the link tries again by itself.
func TestAcquireGetsTheRefusalDuringTheTries(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Minute}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.password = "changed-meanwhile" })
		n.device.DropSessions()
		synctest.Wait()
		_, err := p.Acquire(t.Context(), "", admin, nil)
		assert.Equal(t, &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}, err)
		assert.Equal(t, pool.Down, lease.Status().State)
		assert.ErrorContains(t, lease.Status().Err, "tried again")
	})
}

// A wrong password from the start is tried once.
func TestAPasswordThatNeverWorkedIsTriedOnce(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.password = "wrong"
		lease, err := p.Lease("", admin, nil)
		require.NoError(t, err)
		require.Error(t, lease.Wait(t.Context()))
		time.Sleep(4 * time.Minute)
		assert.Equal(t, 1, n.device.Stats().LoginFailures)
		assert.Equal(t, pool.LoginFailed, lease.Status().State)
	})
}

// A link whose router took user and password in UTF-8 sends them so at once from
// then on, which leaves no refused login in the log of the router.
func TestALinkRemembersTheFormOfItsLogin(t *testing.T) {
	for name, tc := range map[string]struct {
		user, codePage string // as the router has it; of the key
		refused        int
	}{
		"in the code page": {"\xee\xef\xe5\xf0", "windows-1251", 0},
		"in UTF-8":         {"опер", "windows-1251", 1},
		"no code page":     {"опер", "", 0},
		"GBK":              {"\xb2\xd9\xd7\xf7", "gbk", 0},
	} {
		t.Run(name, func(t *testing.T) {
			key := admin
			key.User, key.CodePage = "опер", tc.codePage
			if tc.codePage == "gbk" {
				key.User = "操作"
			}
			in(t, sim.Options{Users: []sim.User{{Name: tc.user, Password: secret}}}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, key)
				assert.Equal(t, tc.refused, n.device.Stats().LoginFailures)
				for range 3 {
					n.device.DropSessions()
					time.Sleep(time.Minute)
				}
				assert.Equal(t, 4, lease.Status().Logins)
				assert.Equal(t, tc.refused, n.device.Stats().LoginFailures, "at the first login alone")
			})
		})
	}
}

// A login that an unreachable RADIUS server could not decide is tried again
// soon: nobody has to correct the password.
func TestALoginThatSaysNothingOfThePasswordIsTriedAgainSoon(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.Inject(sim.Fault{Kind: sim.Trap, Path: "/login", Text: "invalid user name or password (6): radius timeout", Count: 2})
		n.device.DropSessions()
		time.Sleep(5 * time.Second)
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Len(t, n.dialed(), 4)
	})
}

// waiting is a caller that asked for a session in the background.
type waiting struct {
	began time.Time
	took  time.Duration
	err   error
	done  chan struct{}
}

func ask(ctx context.Context, link *pool.Link) *waiting {
	w := &waiting{began: time.Now(), done: make(chan struct{})}
	go func() { // ends with the attempt, which is bounded
		defer close(w.done)
		_, w.err = link.Session(ctx)
		w.took = time.Since(w.began)
	}()
	return w
}

func TestCallersDuringAnAttemptWaitForItsOutcome(t *testing.T) {
	for name, refuse := range map[string]error{"it succeeds": nil, "it fails": errUnplugged} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond, Patience: time.Minute}, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				n.set(func(n *network) { n.delay, n.refuse = 10*time.Second, refuse })
				n.device.DropSessions()
				time.Sleep(4 * time.Second)
				require.Equal(t, pool.Connecting, lease.Status().State)
				var callers []*waiting
				for range 10 {
					callers = append(callers, ask(t.Context(), lease.Link))
				}
				for _, w := range callers {
					<-w.done
					assert.ErrorIs(t, w.err, refuse)
					assert.InDelta(t, 6*time.Second, w.took, float64(time.Millisecond))
				}
			})
		})
	}
}

// Nobody waits longer for a router that is known to be down than for one whose
// next attempt is near, however long the attempt takes.
func TestCallersDuringALongAttemptWaitNoLongerThanPatience(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = time.Minute })
		n.last().Fail(errUnplugged)
		time.Sleep(4 * time.Second)
		require.Equal(t, pool.Connecting, lease.Status().State)
		w := ask(t.Context(), lease.Link)
		<-w.done
		assert.Equal(t, 2*time.Second, w.took)
		assert.Equal(t, &pool.DownError{Cause: errUnplugged}, w.err)
	})
}

// A router that is known to be down stays so while its next attempt waits for
// others to end.
func TestWaitingForATurnToDialIsNotConnecting(t *testing.T) {
	opts := pool.Options{MinBackoff: time.Nanosecond, MaxDials: 1}
	in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
		var log journal
		lease, err := p.Acquire(t.Context(), "", admin, log.note)
		require.NoError(t, err)
		n.set(func(n *network) { n.delay = time.Minute })
		slow := admin
		slow.Addr = "slow"
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", slow, nil)
			assert.NoError(t, err)
		})
		synctest.Wait() // the only place is taken
		n.set(func(n *network) { n.delay = 0 })
		n.last().Fail(errUnplugged)
		time.Sleep(time.Second)

		status := lease.Status()
		assert.Equal(t, pool.Down, status.State)
		assert.WithinRange(t, status.NextAttempt, status.Since, time.Now())
		w := ask(t.Context(), lease.Link)
		<-w.done
		assert.Equal(t, 2*time.Second, w.took)
		assert.ErrorIs(t, w.err, errUnplugged)
		assert.Len(t, n.dialed(), 2, "it has not been its turn")

		wg.Wait() // the place is free
		time.Sleep(time.Second)
		works(t, lease.Link)
		assert.Equal(t, []string{"down", "connecting", "up"}, log.states()[len(log.states())-3:])
	})
}

// Somebody asks for the connection while the next attempt waits for its turn:
// that attempt is the answer, no second one follows at once.
func TestAskingForAnAttemptThatIsDueMakesOneAttempt(t *testing.T) {
	opts := pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour, MaxDials: 1}
	in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = 2 * time.Hour })
		slow := admin
		slow.Addr = "slow"
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", slow, nil)
			assert.NoError(t, err)
		})
		synctest.Wait() // the only place is taken
		n.set(func(n *network) { n.delay, n.refuse = 0, errUnplugged })
		n.last().Fail(errUnplugged)
		time.Sleep(time.Hour + time.Minute)
		require.Equal(t, pool.Down, lease.Status().State)
		for range 3 {
			wg.Go(func() {
				_, err := p.Acquire(t.Context(), "", admin, nil)
				assert.ErrorIs(t, err, errUnplugged)
			})
		}
		wg.Wait()
		synctest.Wait()
		assert.Len(t, n.dialed(), 3, "the first one, the slow one, and the one that failed")
	})
}

func TestATurnToDialIsGivenUp(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MaxDials: 1}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Minute
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", admin, nil)
			assert.NoError(t, err)
		})
		synctest.Wait()
		other := admin
		other.Addr = "other"
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, "", other, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		assert.Len(t, n.dialed(), 1)
		works(t, acquire(t, p, other).Link)
	})
}

func TestCallersBetweenAttempts(t *testing.T) {
	for name, tc := range map[string]struct {
		patience time.Duration
		wait     bool
	}{
		"the next attempt is far away": {time.Nanosecond, false},
		"it is near":                   {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			opts := pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour, Patience: tc.patience}
			in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				n.last().Fail(errUnplugged)
				synctest.Wait()
				status := lease.Status()
				require.Equal(t, pool.Down, status.State)
				w := ask(t.Context(), lease.Link)
				<-w.done
				if tc.wait {
					assert.NoError(t, w.err)
					assert.InDelta(t, status.NextAttempt.Sub(w.began), w.took, float64(time.Second))
					return
				}
				assert.Zero(t, w.took)
				assert.Equal(t, &pool.DownError{Cause: errUnplugged, NextAttempt: status.NextAttempt}, w.err)
			})
		})
	}
}

func TestACallerThatWaitsEndsWithItsContext(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = time.Minute })
		n.last().Fail(fmt.Errorf("pulled: %w", errUnplugged))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := ask(ctx, lease.Link)
		<-w.done
		assert.Equal(t, time.Second, w.took)
		assert.ErrorIs(t, w.err, context.DeadlineExceeded)
		assert.ErrorIs(t, w.err, errUnplugged, "with what it waited for")
		down, ok := errors.AsType[*pool.DownError](w.err)
		require.True(t, ok)
		assert.True(t, down.Timeout(), "the caller's time ran out")
		assert.EqualError(t, down, "context deadline exceeded while waiting for the router (pulled: no route to host)")
	})
}

func TestAReturningRouterProvesItselfFirst(t *testing.T) {
	in(t, sim.Options{}, pool.Options{Patience: 10 * time.Second}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		drop := func() {
			time.Sleep(20 * time.Second) // it lived: the first wait is a short one
			n.device.DropSessions()
		}
		time.Sleep(20 * time.Second)
		assert.Zero(t, n.ran(probe), "a person waits for the first login; the answer is proof")

		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: probe, Delay: 3 * time.Second, Count: 1})
		drop()
		time.Sleep(time.Second)
		require.Equal(t, 2, n.device.Stats().Logins)
		_, err := run(t.Context(), lease, "/system/resource/print")
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(n.dialed()[1]), 3*time.Second, "nobody is let in before")
		assert.Equal(t, 1, n.ran(probe))

		n.device.Inject(sim.Fault{Kind: sim.Trap, Path: probe, Text: "not enough permissions (9)", Count: 1})
		drop()
		time.Sleep(time.Second)
		assert.Equal(t, pool.Up, lease.Status().State, "a refusal is an answer")

		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		drop()
		time.Sleep(6 * time.Second) // the first wait and the probe
		assert.Equal(t, 3, lease.Status().Logins, "a login that leads to nothing is none")
		assert.ErrorContains(t, lease.Status().Err, "no sign of life for 5s")
		n.device.Clear()
		time.Sleep(time.Minute)
		works(t, lease.Link)
	})
}

func TestWatchersAreToldInOrder(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		var first, second journal
		one, err := p.Acquire(t.Context(), "", admin, first.note)
		require.NoError(t, err)
		synctest.Wait() // the word of the first "up" is out
		two, err := p.Acquire(t.Context(), "", admin, second.note)
		require.NoError(t, err)
		want := []string{"up"}
		for range 5 {
			n.device.DropSessions()
			time.Sleep(3 * time.Minute)
			want = append(want, "down", "connecting", "up")
		}
		assert.Equal(t, want, first.states()[len(first.states())-len(want):])
		assert.Equal(t, want[1:], second.states(), "every change from Acquire on")
		for _, s := range second.list {
			assert.Equal(t, s.State == pool.Up, s.Err == nil, "the reason is there from loss to return")
			assert.Equal(t, s.State == pool.Down, !s.NextAttempt.IsZero())
		}
		assert.Equal(t, 6, one.Status().Logins)

		one.Release()
		heard := len(first.states())
		n.device.DropSessions()
		time.Sleep(3 * time.Minute)
		assert.Len(t, first.states(), heard, "who has released is told nothing more")
		two.Release()
		synctest.Wait()
		assert.Equal(t, "up", second.states()[len(second.states())-1])
	})
}

func TestSinceIsWhenTheStateBegan(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		up := time.Now()
		time.Sleep(time.Hour)
		assert.Equal(t, up, lease.Status().Since)
		n.set(func(n *network) { n.refuse = errUnplugged })
		lost := time.Now()
		n.device.DropSessions()
		time.Sleep(time.Hour)
		assert.Equal(t, lost, lease.Status().Since, "not when it was tried last")
		assert.Greater(t, lease.Status().Failures, 50)
		n.set(func(n *network) { n.refuse = nil })
		time.Sleep(2 * time.Minute)
		status := lease.Status()
		assert.Equal(t, n.dialed()[len(n.dialed())-1], status.Since)
		assert.Zero(t, status.Failures)
	})
}

// What was learned in a session is told from that of another one by the number of
// logins.
func TestLoginsAreNoticed(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		number, changed := lease.Logins()
		assert.Equal(t, 1, number)
		n.device.DropSessions()
		for range 10 { // lost, an attempt, up
			<-changed
			if number, changed = lease.Logins(); number == 2 {
				return
			}
		}
		t.Error("the second login was not noticed")
	})
}

// A step of the wall clock moves no attempt and no heartbeat: every time that
// something is measured from has the monotonic reading. Inside a bubble of
// synctest no time has one, so this test runs outside.
func TestTimesAreMonotonic(t *testing.T) {
	n := &network{device: sim.New(sim.Options{User: admin.User, Password: admin.Password.Reveal()})}
	p := pool.New(n.dial, pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour})
	defer n.device.Close()
	defer p.Close()
	down := make(chan pool.Status, 1)
	lease, err := p.Acquire(t.Context(), "", admin, func(s pool.Status) {
		if s.State == pool.Down {
			down <- s
		}
	})
	require.NoError(t, err)
	assert.Contains(t, lease.Status().Since.String(), " m=")
	n.last().Fail(errUnplugged)
	s := <-down
	assert.Contains(t, s.Since.String(), " m=")
	assert.Contains(t, s.NextAttempt.String(), " m=")
}
