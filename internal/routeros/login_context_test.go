package routeros_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// A deadline of the login must not be in force any longer once it has succeeded.
func TestLoginDeadlineEndsWithTheLogin(t *testing.T) {
	inSession(t, routeros.Options{LoginTimeout: time.Second}, func(t *testing.T, s *routeros.Session, p *peer) {
		time.Sleep(time.Hour)
		works(t, s, p)
	})
}

// gone is a connection that turns out to be closed once the router has answered.
type gone struct{ net.Conn }

func (c gone) SetDeadline(t time.Time) error {
	if t.IsZero() {
		return net.ErrClosed
	}
	return c.Conn.SetDeadline(t)
}

func TestLoginOnAConnectionThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		login := dial(t.Context(), gone{conn}, api, routeros.Options{})
		p.admits()
		a := <-login
		require.Nil(t, a.session)
		assert.Equal(t, "login", asType[*routeros.LinkError](t, a.err).Step)
		require.ErrorIs(t, a.err, net.ErrClosed)
		p.hearsEnd()
	})
}

// The context of New bounds the login and nothing else.
func TestLoginContextEndsWithTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		ctx, cancel := context.WithCancel(t.Context())
		login := dial(ctx, conn, api, routeros.Options{})
		p.admits()
		a := <-login
		require.NoError(t, a.err)
		cancel()
		synctest.Wait()
		works(t, a.session, p)
		require.NoError(t, a.session.Close())
	})
}

// answered gives the context up when the router's answer arrives.
type answered struct {
	net.Conn
	cancel context.CancelCauseFunc
}

func (c answered) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.cancel(errGaveUp)
	return n, err
}

// A login that succeeds too late is no session: the deadline that the end of the
// context sets would strike it at any time.
func TestLoginGivenUpAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		login := dial(ctx, answered{conn, cancel}, api, routeros.Options{})
		p.admits()
		a := <-login
		require.Nil(t, a.session)
		assert.Equal(t, "login", asType[*routeros.LinkError](t, a.err).Step)
		require.ErrorIs(t, a.err, errGaveUp)
		p.hearsEnd()
	})
}

func TestLoginGivenUp(t *testing.T) {
	why := errors.New("nobody wants it any longer")
	for name, tt := range map[string]struct {
		ctx     func(parent context.Context) (context.Context, context.CancelFunc)
		router  func(p *peer)
		is      error
		timeout bool
		after   time.Duration
	}{
		"cancelled while the router is mute": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(3*time.Second, func() { cancel(why) })
			return ctx, func() { cancel(nil) }
		}, func(p *peer) { p.hears("/login", "=name=api", "=password="+password) }, why, false, 3 * time.Second},
		"cancelled while the router does not read": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(3*time.Second, func() { cancel(why) })
			return ctx, func() { cancel(nil) }
		}, func(*peer) {}, why, false, 3 * time.Second},
		"cancelled between the two steps": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(3*time.Second, func() { cancel(why) })
			return ctx, func() { cancel(nil) }
		}, func(p *peer) {
			p.hears("/login", "=name=api", "=password="+password)
			p.says("!done", "=ret=abc123")
		}, why, false, 3 * time.Second},
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 2*time.Second)
		}, func(p *peer) { p.hears("/login", "=name=api", "=password="+password) }, context.DeadlineExceeded, true, 2 * time.Second},
		"over before it began": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(why)
			return ctx, func() {}
		}, func(*peer) {}, why, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, conn := pipe(t)
				ctx, cancel := tt.ctx(t.Context())
				defer cancel()
				login := dial(ctx, conn, api, routeros.Options{})
				tt.router(p)
				a := <-login
				require.Nil(t, a.session)
				link := asType[*routeros.LinkError](t, a.err)
				assert.Equal(t, "login", link.Step)
				require.ErrorIs(t, a.err, tt.is)
				assert.Equal(t, tt.timeout, link.Timeout())
				assert.Equal(t, tt.after, a.after)
				assertNoPassword(t, a.err)
				p.hearsEnd()
			})
		})
	}
}
