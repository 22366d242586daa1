package routeros_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// A router that sends !trap and no !done has answered: its words come within ten
// seconds, with the rows before them, and the session goes on.
func TestATrapWithoutDone(t *testing.T) {
	for name, class := range map[string]routeros.Class{
		"foreground": routeros.Foreground, "background": routeros.Background, "standing": routeros.Streaming,
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 1, MaxStreams: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
				c := startAs(t, s, class, "/x/print")
				p.hears("/x/print", ".tag=1")
				p.recites("!re =a=1 .tag=1", "!trap =category=4 =message=failure .tag=1", "!trap =message=more .tag=1")
				began := time.Now()
				r, err := c.Wait()
				assert.Less(t, time.Since(began), 10*time.Second)
				assert.Equal(t, []routeros.Trap{{Category: 4, Message: "failure"}, {Category: routeros.CategoryNone, Message: "more"}},
					asType[*routeros.TrapError](t, err).Traps)
				assert.Equal(t, []string{"!re =a=1 .tag=1"}, lines(r.Rows))
				p.hears("/cancel", "=tag=1", ".tag=c1")
				assert.Zero(t, s.Load().InFlight+s.Load().Streams, "the router has answered, its place is free")

				// What still comes does no harm, to the next command either.
				next := startAs(t, s, class, "/y/print")
				p.hears("/y/print", ".tag=2")
				p.recites("!re =a=late .tag=1", "!trap =message=interrupted .tag=1", "!done .tag=1", "!done .tag=c1", "!done .tag=1")
				synctest.Wait()
				assert.Equal(t, 1, s.Load().InFlight+s.Load().Streams)
				p.recites("!re =b=1 .tag=2", "!done .tag=2")
				r, err = next.Wait()
				require.NoError(t, err)
				assert.Equal(t, []string{"!re =b=1 .tag=2"}, lines(r.Rows))
				works(t, s, p)
			})
		})
	}
}

// A trap that concerns a part of the command does not end it while more comes.
func TestRowsAfterATrap(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := start(t, s, "/interface/monitor", "=numbers=1,2,3")
		p.hears("/interface/monitor", "=numbers=1,2,3", ".tag=1")
		p.recites("!trap =message=no-such-item .tag=1")
		for range 20 {
			time.Sleep(time.Second)
			p.recites("!re =a=1 .tag=1")
		}
		p.recites("!done .tag=1")
		r, err := c.Wait()
		asType[*routeros.TrapError](t, err)
		assert.Equal(t, 20, r.Len)
		p.hearsNothing()
		works(t, s, p)
	})
}

// However a command ends after a trap, the words of the router are its error.
func TestATrapIsNotForgotten(t *testing.T) {
	for name, ends := range map[string]func(p *peer, cancel context.CancelCauseFunc){
		"done":                 func(p *peer, _ context.CancelCauseFunc) { p.recites("!done =exit-code=1 .tag=1") },
		"the router hangs up":  func(p *peer, _ context.CancelCauseFunc) { p.hangsUp() },
		"the session is ended": func(p *peer, _ context.CancelCauseFunc) { p.recites("!fatal session-terminated") },
		"the time is over":     func(_ *peer, cancel context.CancelCauseFunc) { cancel(routeros.ErrTimeout) },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				c := startIn(ctx, t, s, "/system/reboot")
				p.hears("/system/reboot", ".tag=1")
				p.recites("!re =a=1 .tag=1", "!trap =message=not-permitted .tag=1")
				synctest.Wait()
				ends(p, cancel)
				r, err := c.Wait()
				assert.Equal(t, "not-permitted", asType[*routeros.TrapError](t, err).Error())
				assert.Equal(t, []string{"!re =a=1 .tag=1"}, lines(r.Rows))
				if name == "done" {
					code, _ := r.Done.Get("exit-code")
					assert.Equal(t, "1", string(code))
				}
				_ = p.conn.Close()
			})
		})
	}
}

// A refusal of the login without !done is a refusal, too.
func TestARefusedLoginWithoutDone(t *testing.T) {
	for _, limit := range []time.Duration{0, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p, conn := pipe(t)
			login := dial(t.Context(), conn, api, routeros.Options{LoginTimeout: limit})
			p.hears("/login", "=name=api", "=password="+password)
			p.says("!trap", "=message=invalid user name or password (6)")
			a := <-login
			assert.Equal(t, "invalid user name or password (6)", asType[*routeros.LoginError](t, a.err).Reason)
			assert.Less(t, a.after, 10*time.Second)
			if limit != 0 {
				assert.LessOrEqual(t, a.after, limit)
			}
		})
	}
}
