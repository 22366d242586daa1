package pool_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

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
