package routeros_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// However a session ends, everybody who waits gets the same first cause, and is
// told where nothing was sent.
func TestEnds(t *testing.T) {
	limits := proto.Limits{Word: 1000, Words: 20, Sentence: 2000}
	half := wire("!re =a=1 .tag=1")
	violation := func(text string) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			assert.Equal(t, "read", asType[*routeros.LinkError](t, err).Step)
			assert.Contains(t, asType[*proto.Error](t, err).Detail, text)
		}
	}
	link := func(text string) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			assert.False(t, asType[*routeros.LinkError](t, err).Timeout())
			assert.EqualError(t, err, text)
		}
	}
	fatal := func(reason string) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			assert.Equal(t, reason, asType[*routeros.FatalError](t, err).Reason)
			assert.EqualError(t, err, "the router closed the session: "+reason)
		}
	}
	lost := errors.New("no sign of life")
	for name, tt := range map[string]struct {
		end   func(p *peer, s *routeros.Session)
		check func(t *testing.T, err error)
	}{
		"closed":                {func(p *peer, _ *routeros.Session) { p.hangsUp() }, link("read: the router closed the connection")},
		"closed inside a row":   {func(p *peer, _ *routeros.Session) { p.sends(half[:8]); p.hangsUp() }, link("read: the router closed the connection inside a reply")},
		"closed before the end": {func(p *peer, _ *routeros.Session) { p.sends(half[:len(half)-1]); p.hangsUp() }, link("read: the router closed the connection inside a reply")},
		"word of 4 GiB":         {func(p *peer, _ *routeros.Session) { p.sends([]byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF}) }, violation("a word of 4294967295 bytes")},
		"word over the limit":   {func(p *peer, _ *routeros.Session) { p.sends([]byte{0x83, 0xE9}) }, violation("a word of 1001 bytes")},
		"too many words": {func(p *peer, _ *routeros.Session) {
			p.sends(wire("! 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"))
		}, violation("more than 20 words")},
		// An answer of another protocol in the middle swallows what comes after it up to a
		// zero byte, here a row: the list must not look as if it were whole without it.
		"HTTP in the middle": {func(p *peer, _ *routeros.Session) {
			row := wire("!re =name=anna .tag=1") // 'H' is the length of a word of 72 bytes
			p.sends(append([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n\r\n\r\n"[:1+72-(len(row)-1)]), append(row, wire("!done .tag=1")...)...))
		}, violation("no reply word")},
		"no reply word":            {func(p *peer, _ *routeros.Session) { p.says("re", "=a=1", ".tag=1") }, violation("no reply word")},
		"no reply word, no tag":    {func(p *peer, _ *routeros.Session) { p.says("re") }, violation("no reply word")},
		"an attribute first":       {func(p *peer, _ *routeros.Session) { p.says("=a=1", ".tag=1") }, violation("no reply word")},
		"a tag first":              {func(p *peer, _ *routeros.Session) { p.says(".tag=1", "!re", "=a=1") }, violation("no reply word")},
		"reserved byte":            {func(p *peer, _ *routeros.Session) { p.sends([]byte{0xF8}) }, violation("reserved control byte 0xF8")},
		"undefined byte":           {func(p *peer, _ *routeros.Session) { p.sends([]byte{0xF1}) }, violation("0xF1")},
		"reserved byte in a row":   {func(p *peer, _ *routeros.Session) { p.sends(append(half[:len(half)-1:len(half)-1], 0xFF)) }, violation("0xFF")},
		"fatal":                    {func(p *peer, _ *routeros.Session) { p.says("!fatal", "session terminated on request") }, fatal("session terminated on request")},
		"fatal with a tag":         {func(p *peer, _ *routeros.Session) { p.says("!fatal", ".tag=1", "going down") }, fatal("going down")},
		"fatal with an attribute":  {func(p *peer, _ *routeros.Session) { p.says("!fatal", "=message=going down") }, fatal("going down")},
		"fatal without a reason":   {func(p *peer, _ *routeros.Session) { p.says("!fatal") }, fatal("no reason given")},
		"fatal, then closed":       {func(p *peer, _ *routeros.Session) { p.says("!fatal", "bye"); p.hangsUp() }, fatal("bye")},
		"fatal and rubbish behind": {func(p *peer, _ *routeros.Session) { p.sends(append(wire("!fatal bye"), 0xFF)) }, fatal("bye")},
		"closed on this side": {func(_ *peer, s *routeros.Session) { _ = s.Close() }, func(t *testing.T, err error) {
			require.ErrorIs(t, err, routeros.ErrClosed)
		}},
		"given up on this side": {func(_ *peer, s *routeros.Session) { s.Fail(lost); s.Fail(io.EOF) }, func(t *testing.T, err error) {
			require.ErrorIs(t, err, lost)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 3, Limits: limits}, func(t *testing.T, s *routeros.Session, p *peer) {
				calls := []*routeros.Call{
					startAs(t, s, routeros.Streaming, "/x/listen"), start(t, s, "/a/print"), start(t, s, "/b/print"), start(t, s, "/waits/print"),
				}
				p.hears("/x/listen", ".tag=1")
				p.hears("/a/print", ".tag=2")
				p.hears("/b/print", ".tag=3")
				running := run(t.Context(), s, "/waits/too/print")
				synctest.Wait()
				require.NoError(t, s.Err())
				select {
				case <-s.Done():
					require.Fail(t, "over already")
				default:
				}

				tt.end(p, s)
				<-s.Done()
				tt.check(t, s.Err())
				p.hearsEnd()
				for i, c := range calls {
					_, err := c.Wait()
					if i < 3 {
						assert.Same(t, s.Err(), err)
					} else {
						assertNotSent(t, err, s.Err())
					}
					c.Cancel(io.EOF) // too late to matter
				}
				_, err := s.Start(t.Context(), "/x/print")
				assertNotSent(t, err, s.Err())
				o := <-running
				assertNotSent(t, o.err, s.Err())
				assert.Zero(t, s.Load().InFlight+s.Load().Streams+s.Load().Queued)

				first := s.Err()
				s.Fail(io.EOF)
				require.NoError(t, s.Close())
				assert.Same(t, first, s.Err(), "the first cause stays")
			})
		})
	}
}

func TestRouterThatStopsReading(t *testing.T) {
	for name, tt := range map[string]struct {
		opts  routeros.Options
		hears int // bytes before it stops
		after time.Duration
	}{
		"at once":              {routeros.Options{}, 0, 10 * time.Second},
		"inside a command":     {routeros.Options{}, 5, 10 * time.Second},
		"time limit of 1 hour": {routeros.Options{WriteTimeout: time.Hour}, 0, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, tt.opts, func(t *testing.T, s *routeros.Session, p *peer) {
				began := time.Now()
				c := start(t, s, "/x/print")
				_, err := io.ReadFull(p.conn, make([]byte, tt.hears))
				require.NoError(t, err)
				synctest.Wait()
				more := start(t, s, "/y/print") // gathers behind the stuck write
				c.Cancel(errGaveUp)
				_, err = more.Wait()
				link := asType[*routeros.LinkError](t, err)
				assert.Equal(t, "write", link.Step)
				assert.True(t, link.Timeout())
				require.ErrorIs(t, err, routeros.ErrTimeout)
				assert.ErrorContains(t, err, "stopped reading for "+tt.after.String())
				assert.Equal(t, tt.after, time.Since(began))
				<-s.Done()
				assertNotSent(t, err, s.Err())
			})
		})
	}
}

// A router may take its time as long as it goes on reading.
func TestRouterThatReadsSlowly(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		for range 3 {
			c := start(t, s, "/x/print")
			time.Sleep(9 * time.Second)
			heard, err := p.r.Next()
			require.NoError(t, err)
			p.recites("!done .tag=" + string(heard.Tag()))
			_, err = c.Wait()
			require.NoError(t, err)
		}
	})
}

func TestWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		broken := &brokenConn{Conn: conn}
		login := dial(t.Context(), broken, api, routeros.Options{})
		p.admits()
		s := (<-login).session
		require.NotNil(t, s)
		broken.fail()
		c := start(t, s, "/x/print")
		_, err := c.Wait()
		assert.Equal(t, "write", asType[*routeros.LinkError](t, err).Step)
		require.ErrorIs(t, err, errBroken)
		p.hearsEnd()
		require.NoError(t, s.Close())
	})
}

var errBroken = errors.New("broken pipe")

// brokenConn cannot be written to once fail was called.
type brokenConn struct {
	net.Conn
	mu  sync.Mutex
	err error // guarded by mu
}

func (c *brokenConn) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errBroken
}

func (c *brokenConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func TestLastHeard(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		login := time.Now()
		assert.Equal(t, login.UnixNano(), s.LastHeard().UnixNano())

		time.Sleep(5 * time.Second)
		row := wire("!re =a=1 .tag=99")
		p.sends(row[:7])
		synctest.Wait()
		assert.Equal(t, login.UnixNano(), s.LastHeard().UnixNano(), "half a sentence is no sign of life")

		time.Sleep(5 * time.Second)
		p.sends(row[7:])
		synctest.Wait()
		assert.Equal(t, 10*time.Second, s.LastHeard().Sub(login), "any whole one is")

		time.Sleep(5 * time.Second)
		p.sends([]byte{0, 0})
		synctest.Wait()
		assert.Equal(t, 10*time.Second, s.LastHeard().Sub(login), "an empty one is none")
	})
}
