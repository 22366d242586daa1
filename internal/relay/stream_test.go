package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// rest reads a stream to its end.
func rest(s device.Stream) (reply routeros.Reply, err error) {
	reply.Page = s.Page()
	var buf []byte
	for {
		rows, n, err := s.Next(buf)
		if err != nil {
			reply.Done = s.Done()
			return reply, err
		}
		reply.Rows, reply.Len = append(reply.Rows, rows...), reply.Len+n
		buf = rows
	}
}

func TestStartAtAnotherInstance(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 2000, Nasty: true}, "windows-1251", routeros.Options{})
	for name, args := range map[string][]string{
		"a table":       {"/ppp/active/print", "=.proplist=.id,name,address,caller-id"},
		"no row":        {"/ppp/active/print", "?name=nobody"},
		"a number":      {"/ppp/active/print", "=count-only="},
		"a refusal":     {"/no/such/menu/print"},
		"no command":    {""},
		"rows, by time": {"/tool/ping", "=address=192.0.2.1", "=count=3", "=interval=0.05"},
	} {
		t.Run(name, func(t *testing.T) {
			want, wantErr := s.Start(t.Context(), "key", args)
			got, gotErr := r.Start(t.Context(), "key", args)
			require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr))
			assert.Equal(t, routeros.SafeToRetry(wantErr), routeros.SafeToRetry(gotErr))
			if wantErr != nil {
				assert.Nil(t, got)
				return
			}
			wantReply, wantErr := rest(want)
			gotReply, gotErr := rest(got)
			assert.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr))
			assert.Equal(t, errors.Is(wantErr, io.EOF), errors.Is(gotErr, io.EOF))
			assert.Equal(t, wantReply.Len, gotReply.Len)
			if name != "rows, by time" {
				assert.Equal(t, words(&wantReply), words(&gotReply))
			}
			wantRet, _ := wantReply.Ret()
			gotRet, _ := gotReply.Ret()
			assert.Equal(t, string(wantRet), string(gotRet))
			got.Cancel(errors.New("too late"))
			_, _, after := got.Next(nil)
			assert.Equal(t, gotErr, after, "the end stays the end")
		})
	}
}

// A stream without an end brings rows as they come, until the consumer or its context
// ends it.
func TestAStreamWithoutEnd(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{PPPUsers: 1}, "", routeros.Options{})
	mine := errors.New("the client left")
	listens := func() int { return s.router.Stats().Listens["/ppp/active"] }
	for name, end := range map[string]func(device.Stream, context.CancelCauseFunc){
		"by its consumer": func(s device.Stream, _ context.CancelCauseFunc) { s.Cancel(mine) },
		"by its context":  func(_ device.Stream, cancel context.CancelCauseFunc) { cancel(mine) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			stream, err := r.Start(ctx, "key", []string{"/ppp/active/listen"})
			require.NoError(t, err)
			eventually(t, "it listens", func() bool { return listens() == 1 })
			for i := range 3 {
				s.router.AddPPP(fmt.Sprint(name, i))
				rows, n, err := stream.Next(nil)
				require.NoError(t, err)
				assert.Equal(t, 1, n)
				row, _ := rows.Cut()
				value, _ := row.Get("name")
				assert.Equal(t, fmt.Sprint(name, i), string(value))
			}
			end(stream, cancel)
			_, _, err = stream.Next(nil)
			assert.Same(t, mine, err)
			eventually(t, "it ends at the router", func() bool { return listens() == 0 })
		})
	}
}

// A requester that takes no rows holds the owner back: at most a window of frames is
// under way, the rest waits at the owner, whose limit ends the command. It is alone: rows of
// 40,000 users take the router longer than an owner waits when others need the processor.
func TestASlowReader(t *testing.T) {
	f := newFleet(t)
	s, r, _ := f.pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 40_000}, "", routeros.Options{})
	before := s.router.Stats().BytesOut
	stream, err := r.Start(t.Context(), "key", []string{"/ppp/active/print"})
	require.NoError(t, err)
	eventually(t, "the command is cancelled at the router", func() bool { return s.router.Stats().Cancels == 1 })
	sent := s.router.Stats().BytesOut - before
	reply, err := rest(stream)
	require.ErrorIs(t, err, routeros.ErrReplyTooLarge)
	assert.Equal(t, errcode.TooLarge, errcode.Of(err))
	assert.Positive(t, reply.Len)
	assert.Less(t, len(reply.Rows), 4<<20, "what was under way, and what the owner was sending")
	assert.Greater(t, sent, int64(4<<20), "the limit of the owner")
	eventually(t, "nothing is held", func() bool { return s.held.Taken() == 0 })
}

func TestTheOwnerDiesInTheMiddleOfAStream(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	s, r, b := f.pair(sim.Options{PPPUsers: 1}, "", routeros.Options{})
	stream, err := r.Start(t.Context(), "key", []string{"/ppp/active/listen"})
	require.NoError(t, err)
	time.Sleep(3 * f.timing.Silence) // rows are not the only sign of life
	s.router.AddPPP("x")
	_, n, err := stream.Next(nil)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	b.nc.Close()
	_, _, err = stream.Next(nil)
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	require.ErrorContains(t, err, "may have been carried out")
	eventually(t, "the owner ends it at the router", func() bool { return s.router.Stats().Listens["/ppp/active"] == 0 })
}

// A command after which the router closes the connection has succeeded, at whatever
// instance.
func TestARebootAtAnotherInstance(t *testing.T) {
	t.Parallel()
	s, r, _ := newFleet(t).pair(sim.Options{}, "", routeros.Options{})
	s.router.Inject(sim.Fault{Kind: sim.HangUp, Path: "/system/reboot"})
	_, err := r.Run(t.Context(), "key", []string{"/system/reboot"})
	require.NoError(t, err)
	eventually(t, "it is back", func() bool { return s.Status().Link.Logins == 2 })
	stream, err := r.Start(t.Context(), "key", []string{"/system/reboot"})
	require.NoError(t, err)
	_, err = rest(stream)
	assert.ErrorIs(t, err, io.EOF)
}

func TestTheServerStopsInTheMiddleOfAStream(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	s := dial(t, sim.Options{PPPUsers: 1}, "", routeros.Options{})
	server, _ := f.serve("b", relay.ServerOptions{}, func(server *relay.Server) { server.HandleCommands(commands(s, 7)) })
	r, _, _ := f.remote(relay.Target{Instance: "b", Epoch: 7})
	stream, err := r.Start(t.Context(), "key", []string{"/ppp/active/listen"})
	require.NoError(t, err)
	server.Close()
	_, _, err = stream.Next(nil)
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	require.ErrorContains(t, err, "is stopping")
	eventually(t, "it ends at the router", func() bool { return s.router.Stats().Listens["/ppp/active"] == 0 })
}
