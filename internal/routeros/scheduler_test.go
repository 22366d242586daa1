package routeros_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

func commands(class routeros.Class, paths ...string) []routeros.Command {
	var all []routeros.Command
	for _, path := range paths {
		all = append(all, routeros.Command{Words: []string{path}, Class: class})
	}
	return all
}

// One of five places is for polls.
func TestFourCommandsAtATime(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 5}, func(t *testing.T, s *routeros.Session, p *peer) {
		for i := range 6 {
			start(t, s, fmt.Sprintf("/%d/print", i))
		}
		for i := range 4 {
			p.hears(fmt.Sprintf("/%d/print", i), fmt.Sprintf(".tag=%d", i+1))
		}
		p.hearsNothing()
		assert.Equal(t, routeros.Load{InFlight: 4, MaxInFlight: 5, MaxStreams: 8, Queued: 2, MaxQueued: 256}, s.Load())
		p.recites("!done .tag=3")
		p.hears("/4/print", ".tag=5")
		p.hearsNothing()
		p.recites("!done .tag=5", "!done .tag=1")
		p.hears("/5/print", ".tag=6")
		p.recites("!done .tag=2", "!done .tag=4", "!done .tag=6")
		synctest.Wait()
		assert.Equal(t, routeros.Load{MaxInFlight: 5, MaxStreams: 8, MaxQueued: 256}, s.Load())
	})
}

func TestBusyLine(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 3, MaxQueue: 3}, func(t *testing.T, s *routeros.Session, p *peer) {
		_, err := s.StartAll(t.Context(), commands(routeros.Foreground, "/a/x", "/b/x", "/c/x", "/d/x", "/e/x", "/f/x")...)
		require.ErrorIs(t, err, routeros.ErrBusy, "more than there will ever be room for")
		p.hearsNothing()

		_, err = s.StartAll(t.Context(), commands(routeros.Foreground, "/a/x", "/b/x", "/c/x", "/d/x")...)
		require.NoError(t, err)
		p.hears("/a/x", ".tag=1")
		p.hears("/b/x", ".tag=2")
		_, err = s.StartAll(t.Context(), commands(routeros.Foreground, "/e/x", "/f/x")...)
		require.ErrorIs(t, err, routeros.ErrBusy, "all or none")
		assert.Equal(t, 2, s.Load().Queued)
		ctx, cancel := context.WithCancel(t.Context())
		start(t, s, "/e/x") // the last place in line
		_, err = s.Start(ctx, "/f/x")
		require.ErrorIs(t, err, routeros.ErrBusy)
		_, err = s.Run(ctx, "/f/x")
		require.ErrorIs(t, err, routeros.ErrBusy)
		p.hearsNothing()

		p.recites("!done .tag=1")
		p.hears("/c/x", ".tag=3")
		c := startIn(ctx, t, s, "/f/x")
		cancel()
		_, err = c.Wait()
		require.ErrorIs(t, err, context.Canceled)
		start(t, s, "/g/x") // in the place that was given up
		p.recites("!done .tag=2", "!done .tag=3")
		p.hears("/d/x", ".tag=4")
		p.hears("/e/x", ".tag=5")
	})
}

func TestBusyStreams(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 1, MaxStreams: 2}, func(t *testing.T, s *routeros.Session, p *peer) {
		_, err := s.StartAll(t.Context(), commands(routeros.Streaming, "/a/listen", "/b/listen", "/c/listen")...)
		require.ErrorIs(t, err, routeros.ErrBusy)
		a := startAs(t, s, routeros.Streaming, "/a/listen")
		startAs(t, s, routeros.Streaming, "/b/listen")
		p.hears("/a/listen", ".tag=1")
		p.hears("/b/listen", ".tag=2")
		assert.Equal(t, routeros.Load{MaxInFlight: 1, Streams: 2, MaxStreams: 2, MaxQueued: 256}, s.Load())
		_, err = s.StartAll(t.Context(), commands(routeros.Streaming, "/c/listen")...)
		require.ErrorIs(t, err, routeros.ErrBusy)
		works(t, s, p)
		_, err = s.StartAll(t.Context(), append(commands(routeros.Foreground, "/d/print"), commands(routeros.Streaming, "/c/listen")...)...)
		require.ErrorIs(t, err, routeros.ErrBusy)
		p.hearsNothing()

		a.Cancel(errGaveUp)
		p.hears("/cancel", "=tag=1", ".tag=c1")
		_, err = s.StartAll(t.Context(), commands(routeros.Streaming, "/c/listen")...)
		require.ErrorIs(t, err, routeros.ErrBusy, "the router has not let go of it yet")
		p.recites("!done .tag=1")
		synctest.Wait()
		startAs(t, s, routeros.Streaming, "/c/listen")
		p.hears("/c/listen", ".tag=4")
	})
}

// Streams have places of their own, and so does the question whether the router
// is still there.
func TestStandingAndUrgentDoNotWait(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 1, MaxQueue: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
		start(t, s, "/a/print")
		start(t, s, "/b/print")
		p.hears("/a/print", ".tag=1")
		startAs(t, s, routeros.Streaming, "/c/listen")
		p.hears("/c/listen", ".tag=3")
		works(t, s, p)
		p.hearsNothing()
		p.recites("!done .tag=1")
		p.hears("/b/print", ".tag=2")
	})
}

func TestBackgroundLeavesAPlaceAndTheWay(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 3}, func(t *testing.T, s *routeros.Session, p *peer) {
		_, err := s.StartAll(t.Context(), commands(routeros.Background, "/poll/1", "/poll/2", "/poll/3", "/poll/4")...)
		require.NoError(t, err)
		p.hears("/poll/1", ".tag=1")
		p.hears("/poll/2", ".tag=2")
		p.hearsNothing()
		start(t, s, "/user/1") // into the place that was left
		p.hears("/user/1", ".tag=5")
		start(t, s, "/user/2")
		p.hearsNothing()
		p.recites("!done .tag=1")
		p.hears("/user/2", ".tag=6")
		p.hearsNothing()
		p.recites("!done .tag=2") // the last place is for polls
		p.hears("/poll/3", ".tag=3")
		start(t, s, "/user/3")
		p.hearsNothing()
		p.recites("!done .tag=5")
		p.hears("/user/3", ".tag=7")
		p.recites("!done .tag=6")
		p.hears("/poll/4", ".tag=4")
		p.hearsNothing()
	})
}

// Where there is but one place the polls may have it, in turns with commands.
func TestBackgroundWithOnePlace(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
		startAs(t, s, routeros.Background, "/poll/1")
		p.hears("/poll/1", ".tag=1")
		start(t, s, "/user/1")
		startAs(t, s, routeros.Background, "/poll/2")
		start(t, s, "/user/2")
		p.recites("!done .tag=1")
		p.hears("/user/1", ".tag=2")
		p.recites("!done .tag=2")
		p.hears("/poll/2", ".tag=3")
		p.recites("!done .tag=3")
		p.hears("/user/2", ".tag=4")
	})
}

// countingConn counts writes.
type countingConn struct {
	net.Conn
	writes atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func TestStartAllIsOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		counted := &countingConn{Conn: conn}
		login := dial(t.Context(), counted, api, routeros.Options{MaxInFlight: 5})
		p.admits()
		s := (<-login).session
		require.NotNil(t, s)
		before := counted.writes.Load()
		calls, err := s.StartAll(t.Context(), commands(routeros.Foreground, "/a/print", "/b/print", "/c/print")...)
		require.NoError(t, err)
		p.hears("/a/print", ".tag=1")
		p.hears("/b/print", ".tag=2")
		p.hears("/c/print", ".tag=3")
		assert.EqualValues(t, 1, counted.writes.Load()-before)

		p.recites("!done .tag=2", "!done .tag=1", "!done .tag=3")
		for _, c := range calls {
			_, err := c.Wait()
			require.NoError(t, err)
		}

		// Two of six have to wait. Places that come free together are filled together.
		before = counted.writes.Load()
		_, err = s.StartAll(t.Context(), commands(routeros.Foreground, "/d/print", "/e/print", "/f/print", "/g/print", "/h/print", "/i/print")...)
		require.NoError(t, err)
		for i, path := range []string{"/d/print", "/e/print", "/f/print", "/g/print"} {
			p.hears(path, fmt.Sprintf(".tag=%d", i+4))
		}
		p.recites("!done .tag=4", "!done .tag=6")
		p.hears("/h/print", ".tag=8")
		p.hears("/i/print", ".tag=9")
		assert.EqualValues(t, 2, counted.writes.Load()-before)
		require.NoError(t, s.Close())
	})
}

// What gathers while the writer is at work leaves together.
func TestCommandsGatherBehindAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		counted := &countingConn{Conn: conn}
		login := dial(t.Context(), counted, api, routeros.Options{MaxInFlight: 100})
		p.admits()
		s := (<-login).session
		require.NotNil(t, s)
		before := counted.writes.Load()
		for i := range 50 {
			start(t, s, fmt.Sprintf("/%d/print", i))
			synctest.Wait() // the first one's writer is stuck in its write
		}
		for i := range 50 {
			p.hears(fmt.Sprintf("/%d/print", i), fmt.Sprintf(".tag=%d", i+1))
		}
		assert.EqualValues(t, 2, counted.writes.Load()-before)
		require.NoError(t, s.Close())
	})
}

func TestStartAllOfNothing(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		calls, err := s.StartAll(t.Context())
		require.NoError(t, err)
		assert.Empty(t, calls)
		p.hearsNothing()
	})
}
