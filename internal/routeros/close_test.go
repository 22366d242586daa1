package routeros_test

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Close waits for the goroutines of the session, whatever they are at: the
// bubble would report the one that is left.
func TestClose(t *testing.T) {
	for name, busy := range map[string]func(t *testing.T, s *routeros.Session, p *peer){
		"idle": func(*testing.T, *routeros.Session, *peer) {},
		"while a command is being written": func(t *testing.T, s *routeros.Session, _ *peer) {
			start(t, s, "/x/print")
			synctest.Wait()
		},
		"inside a row": func(t *testing.T, s *routeros.Session, p *peer) {
			start(t, s, "/x/print")
			p.hears("/x/print", ".tag=1")
			p.sends(wire("!re =a=1 .tag=1")[:5])
		},
		"with rows that nobody took": func(t *testing.T, s *routeros.Session, p *peer) {
			start(t, s, "/x/print")
			p.hears("/x/print", ".tag=1")
			p.recites("!re =a=1 .tag=1")
		},
		"while a cancel is being written": func(t *testing.T, s *routeros.Session, p *peer) {
			c := start(t, s, "/x/print")
			p.hears("/x/print", ".tag=1")
			c.Cancel(errGaveUp)
			synctest.Wait()
		},
		"after the router hung up": func(_ *testing.T, s *routeros.Session, p *peer) {
			p.hangsUp()
			<-s.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				busy(t, s, p)
				began := time.Now()
				var closers sync.WaitGroup
				for range 5 {
					closers.Go(func() { assert.NoError(t, s.Close()) })
				}
				closers.Wait()
				<-s.Done()
				require.Error(t, s.Err())
				assert.Zero(t, time.Since(began), "no time limit had to run out")
				p.hearsEnd()
			})
		})
	}
}

// lateConn keeps its reader for a while after it was closed.
type lateConn struct {
	net.Conn
	release chan struct{}
}

func (c lateConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		<-c.release
	}
	return n, err
}

func TestCloseWaitsForTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		late := lateConn{conn, make(chan struct{})}
		login := dial(t.Context(), late, api, routeros.Options{})
		p.admits()
		s := (<-login).session
		require.NotNil(t, s)
		synctest.Wait() // the reader is at it
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		<-s.Done() // which does not wait
		assert.Empty(t, closed)
		close(late.release)
		require.NoError(t, <-closed)
	})
}

func TestCloseWhileCommandsAreRun(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		var runs []<-chan outcome
		for range 20 { // 4 of them at the router, the others in line
			runs = append(runs, run(t.Context(), s, "/x/print"))
		}
		synctest.Wait()
		require.NoError(t, s.Close())
		for _, done := range runs {
			o := <-done
			require.ErrorIs(t, o.err, routeros.ErrClosed)
		}
		_, err := s.Run(t.Context(), "/x/print")
		require.ErrorIs(t, err, routeros.ErrClosed)
		require.ErrorIs(t, s.Err(), routeros.ErrClosed)
		p.hearsEnd()
	})
}
