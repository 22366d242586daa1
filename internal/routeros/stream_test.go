package routeros_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func TestNextTakesWhatHasArrived(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := startAs(t, s, routeros.Streaming, "/x/listen")
		p.hears("/x/listen", ".tag=1")
		p.recites("!re =a=1 .tag=1")
		rows, n, err := c.Next(nil)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		assert.Equal(t, []string{"!re =a=1 .tag=1"}, lines(rows))
		assert.Nil(t, c.Done())

		p.recites("!re =a=2 .tag=1", "!re =a=3 .tag=1")
		p.recites("!re =a=4 .tag=1", "!done =ret=end .tag=1")
		synctest.Wait()
		rows, n, err = c.Next(nil)
		require.NoError(t, err, "the rows come before the end")
		assert.Equal(t, 3, n)
		assert.Equal(t, []string{"!re =a=2 .tag=1", "!re =a=3 .tag=1", "!re =a=4 .tag=1"}, lines(rows))
		for range 2 {
			rows, n, err = c.Next(nil)
			require.ErrorIs(t, err, io.EOF)
			assert.Zero(t, n)
			assert.Empty(t, rows)
		}
		ret, _ := c.Done().Get("ret")
		assert.Equal(t, "end", string(ret))
	})
}

func TestNextGivesTheErrorAfterTheRows(t *testing.T) {
	for name, tt := range map[string]struct {
		end   func(p *peer)
		check func(t *testing.T, err error)
	}{
		"trap": {func(p *peer) { p.recites("!trap =message=no .tag=1", "!done .tag=1") }, func(t *testing.T, err error) {
			assert.Equal(t, "no", asType[*routeros.TrapError](t, err).Error())
		}},
		"fatal": {func(p *peer) { p.says("!fatal", "going down") }, func(t *testing.T, err error) {
			assert.Equal(t, "going down", asType[*routeros.FatalError](t, err).Reason)
		}},
		"end of the connection": {func(p *peer) { p.hangsUp() }, func(t *testing.T, err error) {
			assert.Equal(t, "read", asType[*routeros.LinkError](t, err).Step)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				stream, whole := start(t, s, "/x/print"), start(t, s, "/y/print")
				p.hears("/x/print", ".tag=1")
				p.hears("/y/print", ".tag=2")
				p.recites("!re =a=1 .tag=1", "!re =a=2 .tag=1", "!re =b=1 .tag=2")
				tt.end(p)
				synctest.Wait()
				rows, n, err := stream.Next(nil)
				require.NoError(t, err)
				assert.Equal(t, 2, n)
				assert.Equal(t, []string{"!re =a=1 .tag=1", "!re =a=2 .tag=1"}, lines(rows))
				for range 2 {
					_, n, err = stream.Next(nil)
					assert.Zero(t, n)
					tt.check(t, err)
				}
				if s.Err() == nil { // a trap concerns its own command
					return
				}
				r, err := whole.Wait()
				tt.check(t, err)
				assert.Equal(t, []string{"!re =b=1 .tag=2"}, lines(r.Rows))
			})
		})
	}
}

// Two buffers in turn carry a stream of any length.
func TestNextUsesTheBuffersOfItsConsumer(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		calls, err := s.StartAll(t.Context(), routeros.Command{
			Words: []string{"/x/listen"}, Class: routeros.Streaming, Buf: proto.Sentences("old rows")[:0:8],
		})
		require.NoError(t, err)
		c := calls[0]
		p.hears("/x/listen", ".tag=1")
		a, b := make(proto.Sentences, 5, 1000), make(proto.Sentences, 7, 1000)
		next := func(buf proto.Sentences, want string) proto.Sentences {
			p.recites("!re =a=" + want + " .tag=1")
			rows, n, err := c.Next(buf)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			require.Equal(t, []string{"!re =a=" + want + " .tag=1"}, lines(rows))
			return rows
		}
		next(a, "1")
		kept := next(b, "2")
		assert.Same(t, &a[0], &kept[0], "the buffer of the call before")
		again := next(kept, "3")
		assert.Same(t, &b[0], &again[0])
		assert.Equal(t, []string{"!re =a=2 .tag=1"}, lines(kept), "not touched before it is needed")
		kept = next(nil, "4")
		assert.Same(t, &a[0], &kept[0])
		assert.Equal(t, []string{"!re =a=3 .tag=1"}, lines(again))
	})
}

func TestReplyUsesTheBufferOfItsCommand(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		buf := make(proto.Sentences, 100, 1000)
		calls, err := s.StartAll(t.Context(), routeros.Command{Words: []string{"/x/print"}, Buf: buf})
		require.NoError(t, err)
		p.hears("/x/print", ".tag=1")
		p.recites("!re =a=1 .tag=1", "!re =a=2 .tag=1", "!done .tag=1")
		r, err := calls[0].Wait()
		require.NoError(t, err)
		assert.Equal(t, []string{"!re =a=1 .tag=1", "!re =a=2 .tag=1"}, lines(r.Rows))
		assert.Same(t, &buf[0], &r.Rows[0])
	})
}

// The reader waits for nobody: a stream whose rows are not taken does not hold
// up the other commands.
func TestSlowConsumerHoldsUpNobody(t *testing.T) {
	const rows = 10_000
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := startAs(t, s, routeros.Streaming, "/x/listen")
		p.hears("/x/listen", ".tag=1")
		for i := range rows / 100 {
			var batch []string
			for j := range 100 {
				batch = append(batch, fmt.Sprintf("!re =n=%d .tag=1", 100*i+j))
			}
			p.recites(batch...)
			if i%25 == 0 {
				works(t, s, p)
			}
		}
		works(t, s, p)
		all, n, err := c.Next(nil)
		require.NoError(t, err)
		require.Equal(t, rows, n)
		i := 0
		for row := range all.All() {
			value, _ := row.Get("n")
			require.Equal(t, fmt.Sprint(i), string(value))
			i++
		}
		require.Equal(t, rows, i)
	})
}

func TestReplyTooLarge(t *testing.T) {
	row := "!re =a=" + strings.Repeat("x", 80) + " .tag=1"
	size := len(wire(row)) // as it is kept, with the terminator
	for name, tt := range map[string]struct {
		opts  routeros.Options
		limit int // of the command
	}{
		"limit of the session": {routeros.Options{ReplyLimit: 10 * size}, 0},
		"limit of the command": {routeros.Options{}, 10 * size},
		"the command's counts": {routeros.Options{ReplyLimit: size}, 10 * size},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, tt.opts, func(t *testing.T, s *routeros.Session, p *peer) {
				calls, err := s.StartAll(t.Context(),
					routeros.Command{Words: []string{"/x/listen"}, Class: routeros.Streaming, Limit: tt.limit},
					routeros.Command{Words: []string{"/y/print"}})
				require.NoError(t, err)
				c, other := calls[0], calls[1]
				p.hears("/x/listen", ".tag=1")
				p.hears("/y/print", ".tag=2")

				for range 3 { // unread rows count, not all that ever came
					for range 10 {
						p.recites(row)
					}
					synctest.Wait()
					_, n, err := c.Next(nil)
					require.NoError(t, err)
					require.Equal(t, 10, n, "the limit itself is within it")
				}
				for range 10 {
					p.recites(row)
				}
				p.hearsNothing()
				p.recites(row)
				p.hears("/cancel", "=tag=1", ".tag=c1")
				p.recites(row, row) // on its way already
				_, n, err := c.Next(nil)
				require.ErrorIs(t, err, routeros.ErrReplyTooLarge)
				assert.Zero(t, n)
				p.recites(row, "!trap =category=2 =message=interrupted .tag=1", "!done .tag=c1", "!done .tag=1")

				p.recites("!re =b=1 .tag=2", "!done .tag=2")
				r, err := other.Wait()
				require.NoError(t, err)
				assert.Equal(t, 1, r.Len)
				assert.Equal(t, 0, s.Load().Streams)
				works(t, s, p)
			})
		})
	}
}

func TestTakeDoesNotWait(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		told := make(chan struct{}, 8)
		calls, err := s.StartAll(t.Context(), routeros.Command{
			Words: []string{"/x/listen"}, Class: routeros.Streaming, Arrived: func() { told <- struct{}{} },
		})
		require.NoError(t, err)
		c := calls[0]
		p.hears("/x/listen", ".tag=1")
		rows, n, over, err := c.Take(nil)
		require.NoError(t, err)
		assert.False(t, over)
		assert.Zero(t, n)
		assert.Empty(t, rows)

		p.recites("!re =a=1 .tag=1", "!re =a=2 .tag=1")
		synctest.Wait()
		assert.Len(t, told, 1, "told once for what was not taken yet")
		rows, n, over, err = c.Take(nil)
		require.NoError(t, err)
		assert.False(t, over)
		assert.Equal(t, 2, n)
		assert.Equal(t, []string{"!re =a=1 .tag=1", "!re =a=2 .tag=1"}, lines(rows))
		_, n, _, _ = c.Take(rows)
		assert.Zero(t, n)

		p.recites("!re =a=3 .tag=1", "!trap =message=no .tag=1", "!done .tag=1")
		synctest.Wait()
		assert.Len(t, told, 2)
		rows, n, over, err = c.Take(nil)
		require.NoError(t, err, "the rows come before the end")
		assert.False(t, over)
		assert.Equal(t, 1, n)
		assert.Equal(t, []string{"!re =a=3 .tag=1"}, lines(rows))
		_, _, over, err = c.Take(nil)
		assert.True(t, over)
		assert.Equal(t, "no", asType[*routeros.TrapError](t, err).Error())
	})
}

func TestTheEndIsTold(t *testing.T) {
	for name, end := range map[string]func(p *peer, c *routeros.Call){
		"done":                  func(p *peer, _ *routeros.Call) { p.recites("!done .tag=1") },
		"end of the connection": func(p *peer, _ *routeros.Call) { p.hangsUp() },
		"cancelled":             func(_ *peer, c *routeros.Call) { c.Cancel(io.ErrClosedPipe) },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				told := make(chan struct{}, 8)
				calls, err := s.StartAll(t.Context(), routeros.Command{
					Words: []string{"/x/listen"}, Class: routeros.Streaming, Arrived: func() { told <- struct{}{} },
				})
				require.NoError(t, err)
				p.hears("/x/listen", ".tag=1")
				end(p, calls[0])
				synctest.Wait()
				assert.Len(t, told, 1)
				_, _, over, err := calls[0].Take(nil)
				assert.True(t, over)
				assert.Error(t, err)
			})
		})
	}
}

// A detached command outlives the context with which it was started.
func TestDetachedCommands(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx, cancel := context.WithCancel(t.Context())
		calls, err := s.StartAll(ctx,
			routeros.Command{Words: []string{"/x/listen"}, Class: routeros.Streaming, Detached: true},
			routeros.Command{Words: []string{"/x/print"}})
		require.NoError(t, err)
		p.hears("/x/listen", ".tag=1")
		p.hears("/x/print", ".tag=2")
		cancel()
		_, err = calls[1].Wait()
		require.ErrorIs(t, err, context.Canceled)
		p.hears("/cancel", "=tag=2", ".tag=c2")
		p.recites("!re =a=1 .tag=1")
		synctest.Wait()
		rows, _, over, err := calls[0].Take(nil)
		require.NoError(t, err)
		assert.False(t, over)
		assert.Equal(t, []string{"!re =a=1 .tag=1"}, lines(rows))
		calls[0].Cancel(io.EOF)
		p.hears("/cancel", "=tag=1", ".tag=c1")
	})
}
