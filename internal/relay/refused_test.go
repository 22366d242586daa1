package relay_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
)

// At most one owner gets a command: another is asked if one has refused it for a reason that
// is its own.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	b, c := relay.Target{Instance: "b", Epoch: 7}, relay.Target{Instance: "c", Epoch: 7}
	away := errcode.New(errcode.Unreachable, "the claim is in doubt")
	readOnly := []*rules.Set{rules.ReadOnly()}
	for name, tt := range map[string]struct {
		targets []relay.Target
		change  func(at string, o *relay.CommandOptions) // of how the instances take commands
		words   string
		want    string // error
		sent    [2]int // to the routers of b and c
	}{
		"the owner":                        {targets: []relay.Target{b, c}, sent: [2]int{1, 0}},
		"one that is gone, and the owner":  {targets: []relay.Target{{Instance: "z"}, c}, sent: [2]int{0, 1}},
		"one of an old claim, and the new": {targets: []relay.Target{{Instance: "b", Epoch: 6}, c}, sent: [2]int{0, 1}},
		"the same with another claim":      {targets: []relay.Target{{Instance: "b", Epoch: 6}, b}, sent: [2]int{1, 0}},
		"one that is gone":                 {targets: []relay.Target{{Instance: "z"}}, want: `the instance "z" is gone; nothing was sent`},
		"two that do not have it yet":      {targets: []relay.Target{{Instance: "b", Epoch: 1}, {Instance: "c", Epoch: 1}, b}, sent: [2]int{1, 0}},
		"two that do not have it":          {targets: []relay.Target{{Instance: "b", Epoch: 1}, {Instance: "c", Epoch: 1}}, want: "this instance does not have the session"},
		"nobody":                           {want: "nobody has the session"},
		"one in doubt, and another": {
			targets: []relay.Target{b, c}, sent: [2]int{0, 1},
			change: func(at string, o *relay.CommandOptions) {
				if at == "b" {
					o.Permit = func() error { return away }
				}
			},
		},
		"denied by the rules of the server": {
			targets: []relay.Target{b, c}, words: "/system/identity/set", want: "command /system/identity/set not allowed: the server is read-only (READ_ONLY)",
			change: func(_ string, o *relay.CommandOptions) { o.Rules = readOnly },
		},
		"permitted by the rules of the server": {
			targets: []relay.Target{b, c}, sent: [2]int{1, 0},
			change: func(_ string, o *relay.CommandOptions) { o.Rules = readOnly },
		},
		"refused by the router": {targets: []relay.Target{b, c}, words: "/no/print", want: "no such command or directory (no)", sent: [2]int{1, 0}},
		"another key":           {targets: []relay.Target{b, c}, want: "the grant is not signed", change: func(_ string, o *relay.CommandOptions) { o.Keys = [][]byte{[]byte("x")} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			var routers [2]*session
			for i, at := range []string{"b", "c"} {
				routers[i] = dial(t, sim.Options{}, "", routeros.Options{})
				opts := commands(routers[i], 7)
				if tt.change != nil {
					tt.change(at, &opts)
				}
				f.serve(at, relay.ServerOptions{}, func(s *relay.Server) { s.HandleCommands(opts) })
			}
			r, _, _ := f.remote(tt.targets...)
			path := "/system/identity/print"
			if tt.words != "" {
				path = tt.words
			}
			reply, err := r.Run(t.Context(), "key", []string{path})
			for i, s := range routers {
				assert.Equal(t, tt.sent[i], s.router.Stats().Commands[path], "router %d", i)
			}
			if tt.want == "" {
				require.NoError(t, err)
				assert.Equal(t, 1, reply.Len)
				return
			}
			require.ErrorContains(t, err, tt.want)
			_, byRouter := errors.AsType[*routeros.TrapError](err)
			assert.Equal(t, !byRouter, routeros.SafeToRetry(err))
		})
	}
}

func TestADeniedCommandIsDeniedByItsType(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	s := dial(t, sim.Options{}, "", routeros.Options{})
	opts := commands(s, 7)
	opts.Rules = []*rules.Set{rules.ReadOnly()}
	f.serve("b", relay.ServerOptions{}, func(server *relay.Server) { server.HandleCommands(opts) })
	r, _, _ := f.remote(relay.Target{Instance: "b", Epoch: 7})
	_, err := r.Start(t.Context(), "key", []string{"/system/reboot"})
	var denied *rules.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Equal(t, opts.Rules[0].Check([]string{"/system/reboot"}), denied)
	info, err := r.Info(t.Context(), "key")
	require.NoError(t, err, "rules are about commands of clients")
	info.Release()
}
