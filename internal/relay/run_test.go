package relay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/limit"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// words are the rows of a reply, without tags and with what changes between two reads
// left out.
func words(reply *routeros.Reply) (rows [][]string) {
	for row := range reply.Rows.All() {
		var plain []string
		for w := range row.Words() {
			if text := string(w); !strings.HasPrefix(text, ".tag=") && !strings.HasPrefix(text, "=uptime=") {
				plain = append(plain, reply.Page.String(w))
			}
		}
		rows = append(rows, plain)
	}
	return rows
}

func TestRunAtAnotherInstance(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{PPPUsers: 20, Nasty: true}, "windows-1251", routeros.Options{})
	for name, args := range map[string][]string{
		"a table":                               {"/ppp/active/print", "=.proplist=.id,name,address,caller-id"},
		"one row":                               {"/system/identity/print"},
		"no row":                                {"/ppp/active/print", "?name=nobody"},
		"a number":                              {"/ppp/active/print", "=count-only="},
		"a change":                              {"/system/identity/set", "=name=Кантор"},
		"what it became":                        {"/system/identity/print"},
		"a refusal":                             {"/no/such/menu/print"},
		"a wrong value":                         {"/ip/address/add", "=address=x"},
		"no command":                            {""},
		"text that the code page does not have": {"/system/identity/set", "=name=日本"},
	} {
		t.Run(name, func(t *testing.T) {
			want, wantErr := s.Run(t.Context(), "key", args)
			got, gotErr := r.Run(t.Context(), "key", args)
			defer want.Release()
			defer got.Release()
			assert.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr))
			assert.Equal(t, errcode.Of(wantErr), errcode.Of(gotErr))
			assert.Equal(t, routeros.SafeToRetry(wantErr), routeros.SafeToRetry(gotErr))
			require.Equal(t, want == nil, got == nil)
			if want == nil {
				return
			}
			assert.Equal(t, want.Len, got.Len)
			assert.Equal(t, words(want), words(got))
			assert.Equal(t, want.Page.Name(), got.Page.Name())
			wantRet, _ := want.Ret()
			gotRet, _ := got.Ret()
			assert.Equal(t, string(wantRet), string(gotRet))
			assert.WithinDuration(t, time.Now(), got.Answered, 10*time.Second)
		})
	}
	assert.Equal(t, 2, s.router.Stats().Commands["/system/identity/set"], "once by each way")
}

func TestALargeReplyIsCountedWhileItIsHeld(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	budget := limit.NewMemory(64 << 20)
	f.budget = budget
	s, r, _ := f.pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 5000}, "", routeros.Options{})
	reply, err := r.Run(t.Context(), "key", []string{"/ppp/active/print"})
	require.NoError(t, err)
	assert.Equal(t, 5000, reply.Len)
	n, ok := reply.Rows.Count()
	assert.True(t, ok)
	assert.Equal(t, 5000, n)
	assert.Equal(t, cap(reply.Rows), budget.Taken())
	eventually(t, "the owner holds nothing more", func() bool { return s.held.Taken() == 0 })
	reply.Release()
	assert.Zero(t, budget.Taken())
}

func TestAReplyThatTheRequesterCannotHold(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	budget := limit.NewMemory(512 << 10)
	f.budget = budget
	s, r, _ := f.pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 5000}, "", routeros.Options{})
	reply, err := r.Run(t.Context(), "key", []string{"/ppp/active/print"})
	require.ErrorIs(t, err, routeros.ErrNoMemory)
	reply.Release()
	eventually(t, "nothing is held", func() bool { return budget.Taken() == 0 && s.held.Taken() == 0 })
}

func TestAReplyThatTheOwnerCannotHold(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 5000}, "", routeros.Options{Budget: limit.NewMemory(512 << 10)})
	for name, way := range devices(s, r) {
		_, err := way.Run(t.Context(), "key", []string{"/ppp/active/print"})
		require.ErrorIs(t, err, routeros.ErrNoMemory, name)
	}
}

func TestInfoOfAnotherInstance(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{Identity: "far", Missing: []string{"/system/routerboard"}}, "", routeros.Options{})
	want, err := s.Info(t.Context(), "key")
	require.NoError(t, err)
	got, err := r.Info(t.Context(), "key")
	require.NoError(t, err)
	require.Len(t, got.Replies, len(want.Replies))
	for i, w := range want.Replies {
		g := got.Replies[i]
		assert.Same(t, w.Menu, g.Menu)
		assert.Equal(t, fmt.Sprint(w.Err), fmt.Sprint(g.Err))
		require.Equal(t, w.Reply == nil, g.Reply == nil)
		if w.Reply != nil {
			assert.Equal(t, w.Reply.Len, g.Reply.Len)
		}
	}
	assert.Equal(t, words(want.Replies[2].Reply), words(got.Replies[2].Reply))
	got.Release()
	s.router.Inject(sim.Fault{Kind: sim.Trap, Text: "not enough permissions (9)"})
	_, wantErr := s.Info(t.Context(), "key")
	_, gotErr := r.Info(t.Context(), "key")
	assert.Equal(t, wantErr, gotErr)
}

// Cancelling reaches the router, and the caller gets the same error as at the owner.
func TestCancelAtAnotherInstance(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{}, "", routeros.Options{})
	mine := errors.New("the client left")
	cancels := 0
	for name, way := range devices(s, r) {
		s.router.Inject(sim.Fault{Kind: sim.Slow, Path: "/tool/fetch", Delay: time.Hour})
		ctx, cancel := context.WithCancelCause(t.Context())
		before := s.router.Stats().Commands["/tool/fetch"]
		go func() {
			for s.router.Stats().Commands["/tool/fetch"] == before {
				time.Sleep(time.Millisecond)
			}
			cancel(mine)
		}()
		_, err := way.Run(ctx, "key", []string{"/tool/fetch", "=url=http://192.0.2.1/"})
		assert.Same(t, mine, err, name)
		cancels++
		eventually(t, name, func() bool { return s.router.Stats().Cancels == cancels })
	}
}

// A caller whose time is over while the router is away gets the state of the router.
func TestTimeIsOverWhileTheRouterIsAway(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{}, "", routeros.Options{})
	s.router.Inject(sim.Fault{Kind: sim.ResetAtLogin})
	s.router.DropSessions()
	eventually(t, "it is down", func() bool { return s.Status().Link.Failures > 0 })
	for name, way := range devices(s, r) {
		_, err := way.Run(t.Context(), "key", []string{"/system/identity/print"})
		assert.Equal(t, errcode.Unreachable, errcode.Of(err), name)
		assert.True(t, routeros.SafeToRetry(err), "%s: %v", name, err)
		assert.Equal(t, errcode.Unreachable, errcode.Of(way.Retry(t.Context())), name)
	}
	s.router.Clear()
	require.NoError(t, r.Retry(t.Context()))
	assert.Equal(t, pool.Up, s.Status().Link.State)
}

func TestTheOwnerDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	s, r, b := f.pair(sim.Options{}, "", routeros.Options{})
	s.router.Inject(sim.Fault{Kind: sim.Slow, Path: "/system/identity/set", Delay: time.Hour})
	go func() {
		for s.router.Stats().Commands["/system/identity/set"] == 0 {
			time.Sleep(time.Millisecond)
		}
		b.nc.Close()
	}()
	_, err := r.Run(t.Context(), "key", []string{"/system/identity/set", "=name=x"})
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	assert.EqualError(t, err, `the instance "b" gave no sign of life for 2s; the command may have been carried out`)
	assert.False(t, routeros.SafeToRetry(err))

	_, err = r.Run(t.Context(), "key", []string{"/system/identity/set", "=name=x"})
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	refusal(t, err, true)
	assert.Equal(t, 1, s.router.Stats().Commands["/system/identity/set"])
}

func TestTheRequesterDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	s := dial(t, sim.Options{}, "", routeros.Options{})
	f.serve("b", relay.ServerOptions{}, func(server *relay.Server) { server.HandleCommands(commands(s, 7)) })
	r, _, b := f.remote(relay.Target{Instance: "b", Epoch: 7})
	s.router.Inject(sim.Fault{Kind: sim.Slow, Path: "/tool/fetch", Delay: time.Hour})
	go func() { _, _ = r.Run(context.Background(), "key", []string{"/tool/fetch"}) }()
	eventually(t, "it is sent", func() bool { return s.router.Stats().Commands["/tool/fetch"] == 1 })
	b.nc.Close()
	eventually(t, "it is cancelled at the router", func() bool { return s.router.Stats().Cancels == 1 })
}

func TestManyRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 300}, "", routeros.Options{})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			reply, err := r.Run(t.Context(), fmt.Sprint("key", i), []string{"/ppp/active/print", "=.proplist=name"})
			if assert.NoError(t, err) {
				assert.Equal(t, 300, reply.Len)
				reply.Release()
			}
		})
	}
	wg.Wait()
	eventually(t, "nothing is held", func() bool { return s.held.Taken() == 0 })
}

func TestPathsBelongToOneSession(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c, _ := f.client("a")
	state, who := &known{}, &owners{targets: []relay.Target{{Instance: "b", Epoch: 7}, {Instance: "c", Epoch: 9}}}
	r := relay.NewRemote(relay.RemoteOptions{Client: c, Owner: who.owner, State: state})
	knows := func() bool { _, known := r.Paths().IsMenu("/ip"); return known }
	r.Paths().Learn("/ip", false)
	assert.True(t, knows())
	state.logins++
	assert.False(t, knows(), "after a login")
	r.Paths().Learn("/ip", false)
	_, _ = who.owner(t.Context(), relay.Target{Instance: "b", Epoch: 7})
	assert.False(t, knows(), "at another owner")
	assert.Equal(t, "far", r.Facts().Identity)
}
