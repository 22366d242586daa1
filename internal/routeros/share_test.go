package routeros_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// startFor starts commands of one owner, one by one, until one is refused.
func startFor(ctx context.Context, t *testing.T, s *routeros.Session, owner string, class routeros.Class, n int) (accepted int) {
	t.Helper()
	for i := range n {
		_, err := s.StartAll(ctx, routeros.Command{Words: []string{fmt.Sprintf("/%s/%d", owner, i)}, Class: class, Owner: owner})
		if err != nil {
			require.ErrorIs(t, err, routeros.ErrBusy)
			return i
		}
	}
	return n
}

// One owner gets half at most, and however many have come, the next one gets something.
func TestOwnersShareASession(t *testing.T) {
	type counts struct{ first, second, third int }
	for name, test := range map[string]struct {
		opts    routeros.Options
		class   routeros.Class
		want    counts // commands that are accepted
		load    routeros.Load
		polls   int // that are sent nevertheless
		listens int // of polls, that are accepted nevertheless
	}{
		"defaults": {
			routeros.Options{}, routeros.Foreground, counts{2 + 128, 1 + 64, 32},
			routeros.Load{InFlight: 3, MaxInFlight: 4, MaxStreams: 8, Queued: 128 + 64 + 32, MaxQueued: 256}, 1, 8,
		},
		"one place": {
			routeros.Options{MaxInFlight: 1, MaxQueue: 4}, routeros.Foreground, counts{1 + 2, 1, 1},
			routeros.Load{InFlight: 1, MaxInFlight: 1, MaxStreams: 8, Queued: 4, MaxQueued: 4}, 0, 8,
		},
		"two places": {
			routeros.Options{MaxInFlight: 2, MaxQueue: 2}, routeros.Foreground, counts{1 + 1, 1, 0},
			routeros.Load{InFlight: 1, MaxInFlight: 2, MaxStreams: 8, Queued: 2, MaxQueued: 2}, 1, 8,
		},
		"many places": {
			routeros.Options{MaxInFlight: 64}, routeros.Foreground, counts{32 + 128, 16 + 64, 8 + 32},
			routeros.Load{InFlight: 56, MaxInFlight: 64, MaxStreams: 8, Queued: 128 + 64 + 32, MaxQueued: 256}, 8, 8,
		},
		"streams": {
			routeros.Options{}, routeros.Streaming, counts{3, 1, 0},
			routeros.Load{MaxInFlight: 4, Streams: 4, MaxStreams: 8, MaxQueued: 256}, 3, 4,
		},
		"many streams": {
			routeros.Options{MaxStreams: 64}, routeros.Streaming, counts{17, 8, 4},
			routeros.Load{MaxInFlight: 4, Streams: 29, MaxStreams: 64, MaxQueued: 256}, 3, 35,
		},
		"one stream": {
			routeros.Options{MaxStreams: 1}, routeros.Streaming, counts{1, 0, 0},
			routeros.Load{MaxInFlight: 4, Streams: 1, MaxStreams: 1, MaxQueued: 256}, 3, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, test.opts, func(t *testing.T, s *routeros.Session, p *peer) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				go p.reads()
				assert.Equal(t, test.want, counts{
					startFor(ctx, t, s, "first", test.class, 1000),
					startFor(ctx, t, s, "second", test.class, 1000),
					startFor(ctx, t, s, "third", test.class, 1000),
				})
				load := s.Load()
				assert.Equal(t, test.load, load)
				startFor(ctx, t, s, "", routeros.Background, 100)
				assert.Equal(t, test.polls, s.Load().InFlight-load.InFlight)
				assert.Equal(t, test.listens, startFor(ctx, t, s, "", routeros.Streaming, 100))
			})
		})
	}
}

// Queued commands of several owners are sent in turns, those of one owner in order.
func TestOwnersTakeTurns(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 2}, func(t *testing.T, s *routeros.Session, p *peer) {
		startFor(t.Context(), t, s, "a", routeros.Foreground, 5)
		startFor(t.Context(), t, s, "b", routeros.Foreground, 2)
		ctx, leave := context.WithCancel(t.Context())
		startFor(ctx, t, s, "c", routeros.Foreground, 2)
		startFor(t.Context(), t, s, "d", routeros.Foreground, 1)
		leave()
		synctest.Wait()
		for i, next := range []string{"/a/0", "/a/1", "/b/0", "/d/0", "/a/2", "/b/1", "/a/3", "/a/4"} {
			words, err := p.r.Next()
			require.NoError(t, err)
			assert.Equal(t, next, string(words.Name()), i)
			p.hearsNothing()
			p.recites("!done .tag=" + string(words.Tag()))
		}
		synctest.Wait()
		assert.Equal(t, routeros.Load{MaxInFlight: 2, MaxStreams: 8, MaxQueued: 256}, s.Load())
	})
}

// What an owner holds is given back by whatever ends its commands.
func TestSharesAreGivenBack(t *testing.T) {
	for _, class := range []routeros.Class{routeros.Foreground, routeros.Streaming} {
		t.Run(routeros.Classes()[class], func(t *testing.T) {
			inSession(t, routeros.Options{MaxQueue: 16}, func(t *testing.T, s *routeros.Session, p *peer) {
				go p.endsWhatIsCancelled()
				var first int
				for i := range 3 {
					ctx, stop := context.WithCancel(t.Context())
					n := startFor(ctx, t, s, "a", class, 100)
					if first = max(first, n); i > 0 {
						assert.Equal(t, first, n)
					}
					stop()
					synctest.Wait()
					assert.Equal(t, routeros.Load{MaxInFlight: 4, MaxStreams: 8, MaxQueued: 16}, s.Load())
				}
			})
		})
	}
}

// reads takes what the client sends until the end.
func (p *peer) reads() {
	for {
		if _, err := p.r.Next(); err != nil {
			return
		}
	}
}

// endsWhatIsCancelled answers each /cancel with the end of its command.
func (p *peer) endsWhatIsCancelled() {
	for {
		words, err := p.r.Next()
		if err != nil {
			return
		}
		if tag, ok := words.Get("tag"); ok && string(words.Name()) == "/cancel" {
			if _, err := p.conn.Write(wire("!done .tag=" + string(tag))); err != nil {
				return
			}
		}
	}
}
