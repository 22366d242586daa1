package poller_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros"
)

const interval = 2 * time.Second

var (
	combined = poller.Variant{Topic: poller.Combined}
	pppWhole = variant("ppp_active", false, false)
	pppDelta = variant("ppp_active", true, false)
	hardware = variant("hardware", false, false)
)

func TestPollingBeginsWithTheFirstWatcher(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		rest(time.Hour)
		assert.Empty(t, r.polls())
		assert.False(t, p.Info().Running)
		began := time.Now()
		leave := p.Watch(combined)
		assert.True(t, p.Info().Running)
		synctest.Wait()
		require.Equal(t, []time.Time{began}, r.polls(), "at once")
		assert.Equal(t, []int{5}, r.sizes, "two listens and three readings in one write")
		require.Len(t, s.all(combined), 1)

		p.Watch(combined)() // another one comes and goes
		rest(time.Minute)
		assert.InDelta(t, 31, len(r.polls()), 1)

		left := time.Now()
		leave()
		leave()
		rest(interval + time.Nanosecond)
		assert.False(t, p.Info().Running)
		count := len(r.polls())
		rest(time.Hour)
		assert.Len(t, r.polls(), count)
		assert.LessOrEqual(t, r.polls()[count-1].Sub(left), interval, "a little longer, for those who come back")
		assert.Equal(t, []poller.Variant{combined}, s.paused)
		assert.Equal(t, []poller.Variant{combined}, s.invalidated)
	})
}

func TestWhoComesBackSoonFindsPollingGoingOn(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		leave := p.Watch(combined)
		for range 50 { // a page is reloaded
			rest(interval)
			leave()
			rest(interval - time.Millisecond)
			leave = p.Watch(combined)
		}
		assert.InDelta(t, 101, len(r.polls()), 2, "no poll more, none less")
		assert.Empty(t, s.paused)
		leave()
	})
}

// phase is when in the interval a poller of that name ticks.
func phase(t *testing.T, name string) (at time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(t)
		p := poller.New(r, newScreen(), name, poller.Options{})
		t.Cleanup(p.Close)
		p.Watch(combined)
		rest(20 * interval)
		ticks := r.polls()[1:]
		require.Greater(t, len(ticks), 15)
		for i, tick := range ticks {
			here := time.Duration(tick.UnixNano()) % interval
			if i == 0 {
				at = here
				assert.GreaterOrEqual(t, tick.Sub(r.polls()[0]), interval/2, "not right after the first")
				assert.LessOrEqual(t, tick.Sub(r.polls()[0]), 3*interval/2)
				continue
			}
			require.Equal(t, at, here, "tick %d", i)
			require.Equal(t, interval, tick.Sub(ticks[i-1]))
		}
	})
	return at
}

func TestEachNameTicksAtItsOwnPhase(t *testing.T) {
	const names = 200
	seen := make(map[time.Duration]int)
	for i := range names {
		name := fmt.Sprint("api@r", i)
		at := phase(t, name)
		seen[at]++
		if i < 20 {
			assert.Equal(t, at, phase(t, name), "and stays there")
		}
		assert.Zero(t, at%(20*time.Millisecond), "ticks lie together, so that one wake does for several")
	}
	// Of 100 places 86 are taken on average, by two names each or so, if chance is
	// fair; far fewer places, or many names in one, are a hash that is not.
	assert.Greater(t, len(seen), 60)
	for at, n := range seen {
		assert.Less(t, n, 15, "routers tick at %v", at)
	}
}

// A poll that outlasts the interval is not overtaken; what it covered is counted
// and not made up for.
func TestALongPollSkipsTicks(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		p.Watch(combined)
		rest(10 * time.Second)
		r.set(func() { r.delay["/ppp/active"] = 7 * time.Second })
		before := len(r.polls())
		rest(9 * time.Second)
		assert.Equal(t, 3, p.Info().Skipped, "of two seconds each")
		rest(5 * time.Minute)
		starts := r.polls()[before:]
		require.Greater(t, len(starts), 10)
		for i := 1; i < len(starts); i++ {
			require.GreaterOrEqual(t, starts[i].Sub(starts[i-1]), 7*time.Second)
		}
		assert.Equal(t, 7*time.Second, p.Info().Took)
		assert.Equal(t, 8*interval, p.Info().Interval)
		assert.True(t, p.Info().Stretched)
		bodies := s.all(combined)
		assert.Contains(t, bodies[len(bodies)-1].body, `"interval_ms":16000,`)

		r.set(func() { clear(r.delay) })
		rest(10 * time.Minute)
		assert.False(t, p.Info().Stretched)
		skipped, polls := p.Info().Skipped, p.Info().Polls
		rest(time.Minute)
		assert.Equal(t, skipped, p.Info().Skipped)
		assert.InDelta(t, 30, p.Info().Polls-polls, 1)
	})
}

// One topic fails alone: an empty array, and its error.
func TestATopicFailsAlone(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		const reason = "not enough permissions (9) \"here\"" // without the line break
		r.tables["/ppp/active"] = [][]string{{"=.id=*1", "=name=0811"}}
		r.trap["/ip/hotspot/active"] = reason + "\n"
		p.Watch(combined)
		synctest.Wait()
		m := decode(t, s.all(combined)[0].body)
		assert.Equal(t, []any{}, m["hotspot_active"])
		assert.Equal(t, map[string]any{"hotspot_active": reason + " "}, m["errors"])
		assert.Len(t, m["ppp_active"], 1)
		assert.EqualError(t, p.Info().Topics["hotspot_active"], reason+" ")
		require.NoError(t, p.Info().Err)

		r.set(func() { clear(r.trap) })
		rest(2 * interval)
		last := s.all(combined)
		assert.NotContains(t, decode(t, last[len(last)-1].body), "errors")
		assert.Nil(t, p.Info().Topics)
		assert.True(t, r.words["/ip/hotspot/active/print"], "asked without a list of fields, which might be the reason")
	})
}

func TestASlowTopicFailsAlone(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.delay["/ppp/active"] = 10 * time.Second
		p.Watch(combined)
		rest(8 * time.Second)
		require.NotEmpty(t, s.all(combined))
		m := decode(t, s.all(combined)[0].body)
		assert.Equal(t, map[string]any{"ppp_active": "no answer within 7.5s"}, m["errors"])
		assert.Len(t, m["hardware"], 1)
		assert.Empty(t, s.silent, "it answers others")
	})
}

func TestAMenuThatIsMissingIsLeftAlone(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.trap["/ip/hotspot/active"] = "no such command prefix"
		p.Watch(combined)
		rest(5*time.Minute - interval)
		assert.Equal(t, 1, r.asked("/ip/hotspot/active"))
		assert.Equal(t, 2, r.sizes[len(r.sizes)-1], "the others go on")
		last := s.all(combined)
		assert.Contains(t, last[len(last)-1].body, "no such command prefix", "the reason stays")

		r.set(func() { clear(r.trap) }) // the package was installed
		rest(3 * interval)
		assert.Equal(t, 3, r.sizes[len(r.sizes)-1])
		assert.InDelta(t, 2, r.asked("/ip/hotspot/active"), 1)
		last = s.all(combined)
		assert.NotContains(t, last[len(last)-1].body, "errors")
	})
}

// A router that takes the commands and answers none is silent; one that cannot
// even be asked is not.
func TestSilence(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		p.Watch(combined)
		rest(interval)
		r.set(func() { r.mute = true })
		before := len(s.all(combined))
		rest(interval + 7500*time.Millisecond)
		require.Len(t, s.silent, 1)
		assert.ErrorIs(t, s.silent[0], routeros.ErrTimeout)
		assert.ErrorIs(t, p.Info().Err, routeros.ErrTimeout)
		assert.Equal(t, 7500*time.Millisecond, p.Info().Took)

		require.NoError(t, r.session.Close())
		rest(time.Minute)
		assert.Len(t, s.silent, 1)
		assert.ErrorIs(t, p.Info().Err, routeros.ErrClosed)
		assert.Len(t, s.all(combined), before, "nothing is published of a poll that brought nothing")
		assert.Greater(t, p.Info().Polls, 20, "it goes on trying")
	})
}

func TestInfo(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		assert.Equal(t, poller.Info{Interval: interval}, p.Info())
		r.delay["/system/resource"] = 100 * time.Millisecond
		began := time.Now()
		leave := p.Watch(combined)
		rest(time.Second)
		assert.Equal(t, poller.Info{
			Running: true, Interval: interval, Last: began.Add(100 * time.Millisecond), Took: 100 * time.Millisecond, Polls: 1,
		}, p.Info())
		r.set(func() { clear(r.delay) }) // no poll is cut off
		leave()
		rest(time.Minute)
		info := p.Info()
		assert.False(t, info.Running)
		assert.Equal(t, len(r.polls()), info.Polls)
	})
}

func TestCloseWaitsForThePollUnderWay(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		leave := p.Watch(combined)
		p.Watch(pppDelta)
		rest(interval)
		r.set(func() { r.delay["/ppp/active"] = 5 * time.Second })
		rest(interval)
		began, published := time.Now(), len(s.got)
		p.Close()
		assert.Zero(t, time.Since(began), "the commands are cancelled, not waited for")
		assert.False(t, p.Info().Running)

		leave()
		p.Watch(combined)() // too late, and harmless
		p.Close()
		rest(time.Hour)
		assert.Len(t, s.got, published)
	})
}

// A poll for which nobody waits is given up Linger after the last watcher left,
// whoever came and left before.
func TestAPollIsGivenUpSomeTimeAfterTheLastWatcher(t *testing.T) {
	in(t, poller.Options{Linger: 2 * time.Second}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		cancelled := func() (n int) {
			synctest.Wait()
			r.set(func() { n = r.log["/cancel"] })
			return n
		}
		r.delay["/ppp/active"] = 7 * time.Second
		p.Watch(pppWhole)()
		time.Sleep(time.Second)
		leave := p.Watch(pppWhole)
		time.Sleep(500 * time.Millisecond)
		leave()
		time.Sleep(1900 * time.Millisecond)
		assert.Zero(t, cancelled(), "there was somebody less than 2 s ago")
		time.Sleep(200 * time.Millisecond)
		assert.Equal(t, 1, cancelled())
	})
}

// A snapshot that comes after the pause would be taken for the present by those
// who come later.
func TestNoSnapshotAfterThePause(t *testing.T) {
	for name, others := range map[string]bool{"nobody is left": false, "others watch something else": true} {
		t.Run(name, func(t *testing.T) {
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
				r.delay["/ppp/active"] = 5 * time.Second
				leave := p.Watch(pppWhole)
				if others {
					p.Watch(hardware)
				}
				synctest.Wait()
				leave()
				rest(10 * time.Second)
				require.Equal(t, []poller.Variant{pppWhole}, s.paused)
				assert.Equal(t, others, p.Info().Running)
				rest(time.Minute)
				assert.Empty(t, s.all(pppWhole))
				if others {
					assert.NotEmpty(t, s.all(hardware))
				}
			})
		})
	}
}

// Whoever comes meanwhile, the others get what they watch at every tick.
func TestNewcomersDoNotDisturb(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, _ *router, s *screen) {
		p.Watch(combined)
		for i := range 60 {
			leave := p.Watch([]poller.Variant{pppWhole, hardware, variant("sessions", false, false)}[i%3])
			rest(interval + time.Duration(i)*37*time.Millisecond)
			leave()
			rest(interval + time.Millisecond)
		}
		seen := s.all(combined)
		require.Greater(t, len(seen), 100)
		for i := 2; i < len(seen); i++ {
			require.LessOrEqual(t, seen[i].at.Sub(seen[i-1].at), interval, "snapshot %d", i)
		}
	})
}

func TestOnlyWhatIsWatchedIsAsked(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		p.Watch(variant("health", false, false))
		leave := p.Watch(variant("dhcp_leases", false, false))
		rest(10 * time.Minute)
		assert.InDelta(t, 20, r.asked("/system/health"), 2, "twice a minute at the most")
		assert.InDelta(t, 60, r.asked("/ip/dhcp-server/lease"), 2, "every ten seconds at the most")
		leave()
		rest(time.Minute)
		count := r.asked("/ip/dhcp-server/lease")
		rest(10 * time.Minute)
		assert.Equal(t, count, r.asked("/ip/dhcp-server/lease"))
		assert.Zero(t, r.asked("/ppp/active")+r.asked("/system/resource")+r.asked("/interface"))
	})
}

func TestTopicNames(t *testing.T) {
	for _, name := range poller.Names() {
		topic, ok := poller.Lookup(name)
		require.True(t, ok, name)
		assert.Equal(t, name, topic.Name)
		assert.Equal(t, strings.ToLower(name), name)
	}
	_, named := poller.Lookup("")
	assert.False(t, named, "that of those who name none has no name")
	_, known := poller.Lookup("weather")
	assert.False(t, known)
	assert.Equal(t, []string{"hardware", "hotspot_active", "ppp_active"}, poller.Names()[:3], "those of the combined event come first")
}
