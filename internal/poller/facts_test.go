package poller_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

var full = [][]string{{
	"=uptime=6w5d10h12s", "=version=7.20.4 (stable)", "=board-name=CCR2004", "=cpu-load=26",
	"=free-memory=2021625856", "=total-memory=4294967296", "=free-hdd-space=100", "=total-hdd-space=200",
}}

func user(name string) []string { return []string{"=.id=*" + name, "=name=" + name} }

func TestFactsComeWithWhatIsWatched(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		r.set(func() {
			r.tables["/system/resource"] = full
			r.tables["/ppp/active"] = [][]string{user("1"), user("2")}
		})
		assert.Equal(t, poller.Facts{}, p.Facts())
		leave := p.Watch(combined)
		synctest.Wait()
		f := p.Facts()
		require.NotNil(t, f.Hardware)
		assert.Equal(t, 4096812*time.Second, f.Hardware.Uptime)
		assert.Equal(t, "7.20.4 (stable)", f.Hardware.Version)
		assert.Equal(t, "CCR2004", f.Hardware.Board)
		assert.Equal(t, uint64(26), *f.Hardware.CPULoad)
		assert.Equal(t, uint64(2021625856), *f.Hardware.FreeMemory)
		assert.Equal(t, uint64(4294967296), *f.Hardware.TotalMemory)
		assert.Equal(t, uint64(100), *f.Hardware.FreeDisk)
		assert.Equal(t, uint64(200), *f.Hardware.TotalDisk)
		assert.Equal(t, 2, *f.PPP)
		assert.Equal(t, 0, *f.Hotspot)
		assert.Empty(t, f.Identity, "for which nothing more is asked")
		r.set(func() { assert.Equal(t, []int{5}, r.sizes) })

		leave()
		rest(5 * time.Second)
		assert.NotNil(t, p.Facts().Hardware, "still the present")
		rest(time.Minute)
		assert.Equal(t, poller.Facts{}, p.Facts(), "nobody keeps it up to date")
	})
}

// Where a field comes twice, the first value counts, as it does in /system-info.
func TestTheFirstOfTwoValuesIsTheFact(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		r.set(func() {
			r.tables["/system/resource"] = [][]string{{"=board-name=first", "=cpu-load=1", "=board-name=second", "=cpu-load=2"}}
		})
		defer p.Watch(combined)()
		synctest.Wait()
		f := p.Facts()
		require.NotNil(t, f.Hardware)
		assert.Equal(t, "first", f.Hardware.Board)
		assert.Equal(t, uint64(1), *f.Hardware.CPULoad)
	})
}

// A router may send what it likes; what is kept of it has a limit.
func TestAMonstrousRowIsNoFact(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		r.set(func() {
			r.tables["/system/resource"] = [][]string{{"=uptime=1m", "=version=" + strings.Repeat("7", 5000)}}
		})
		p.Watch(combined)
		synctest.Wait()
		assert.Nil(t, p.Facts().Hardware)
		r.set(func() { r.tables["/system/resource"] = full })
		r.logIn()
		rest(5 * time.Second)
		assert.NotNil(t, p.Facts().Hardware)
	})
}

func TestWhatFailsIsNoFact(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		r.set(func() {
			r.trap["/ip/hotspot/active"] = "no such command prefix"
			r.tables["/system/resource"] = [][]string{{"=uptime=1m", "=cpu-load=n/a"}}
		})
		defer p.Watch(combined)()
		synctest.Wait()
		f := p.Facts()
		assert.Nil(t, f.Hotspot)
		assert.Equal(t, 0, *f.PPP)
		assert.Nil(t, f.Hardware.CPULoad)
		assert.Nil(t, f.Hardware.FreeMemory)

		r.set(func() { r.down = errors.New("gone") })
		rest(time.Minute)
		assert.Equal(t, poller.Facts{}, p.Facts(), "a router that is away has no present")
	})
}

func TestScraping(t *testing.T) {
	in(t, poller.Options{Scrape: time.Minute}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.tables["/system/identity"] = [][]string{{"=name=core"}} })
		p.Watch(poller.Variant{Topic: poller.Scrape})
		synctest.Wait()
		assert.Equal(t, "core", p.Facts().Identity)
		r.set(func() { assert.Equal(t, []int{4}, r.sizes, "in one go") })
		rest(time.Hour)
		assert.InDelta(t, 61, r.asked("/system/resource"), 1)
		assert.InDelta(t, 61, r.asked("/ppp/active"), 1)
		assert.InDelta(t, 7, r.asked("/system/identity"), 1, "a name seldom changes")
		assert.NotNil(t, p.Facts().Hardware)
		assert.Zero(t, len(s.all(combined)), "no events come of it")

		// Viewers get their own pace, and the scrape asks nothing in addition.
		before := r.asked("/system/resource")
		leave := p.Watch(combined)
		rest(time.Minute)
		assert.InDelta(t, 31, r.asked("/system/resource")-before, 2)
		assert.InDelta(t, r.asked("/system/resource"), r.asked("/ppp/active"), 2)
		assert.InDelta(t, 31, len(s.all(combined)), 2)
		leave()
		rest(10 * time.Second)
		before = r.asked("/system/resource")
		rest(time.Hour)
		assert.InDelta(t, 60, r.asked("/system/resource")-before, 1, "back to its own")
	})
}

// A topic that one viewer watches alone keeps its pace, and the others theirs.
func TestScrapingWithOneTopic(t *testing.T) {
	in(t, poller.Options{Scrape: time.Minute}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		p.Watch(poller.Variant{Topic: poller.Scrape})
		p.Watch(pppDelta)
		rest(10 * time.Minute)
		assert.InDelta(t, 301, r.asked("/ppp/active"), 2)
		assert.InDelta(t, 11, r.asked("/system/resource"), 1)
		assert.NotNil(t, p.Facts().Hardware)
	})
}

// dropped is how often something was invalidated.
func (s *screen) dropped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.invalidated)
}

// Changes that nobody watches any more cannot be continued after a while, though
// the router is polled on and on.
func TestScrapingRetainsNoChanges(t *testing.T) {
	in(t, poller.Options{Scrape: time.Minute}, func(t *testing.T, p *poller.Poller, _ *router, s *screen) {
		p.Watch(poller.Variant{Topic: poller.Scrape})
		leave := p.Watch(pppDelta)
		rest(5 * time.Second)
		leave()
		rest(30 * time.Second)
		assert.Zero(t, s.dropped(), "somebody may come back")
		rest(2 * time.Minute)
		assert.Equal(t, 1, s.dropped())

		leave = p.Watch(pppDelta)
		rest(5 * time.Second)
		leave()
		rest(50 * time.Second)
		leave = p.Watch(pppDelta) // in time
		rest(10 * time.Minute)
		assert.Equal(t, 1, s.dropped())
		leave()
		rest(2 * time.Minute)
		assert.Equal(t, 2, s.dropped())
	})
}

func TestWhatClientsCannotAskFor(t *testing.T) {
	_, ok := poller.Lookup(poller.Scrape.Name)
	assert.False(t, ok)
	assert.NotContains(t, poller.Names(), poller.Scrape.Name)
}

// tally is an observer that adds up.
type tally struct {
	mu      sync.Mutex
	ok      int
	failed  int
	skipped int
	took    time.Duration // the longest
	lag     time.Duration // the longest
}

func (c *tally) Polled(took, lag time.Duration, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if failed {
		c.failed++
	} else {
		c.ok++
	}
	c.took, c.lag = max(c.took, took), max(c.lag, lag)
}

func (c *tally) Skipped(ticks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += ticks
}

// look lets a test see the sums.
func (c *tally) look(at func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at()
}

func TestPollsAreCounted(t *testing.T) {
	var seen tally
	in(t, poller.Options{Observer: &seen}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		defer p.Watch(combined)()
		rest(time.Minute)
		seen.look(func() {
			assert.InDelta(t, 31, seen.ok, 1)
			assert.Zero(t, seen.failed)
			assert.Zero(t, seen.lag, "on its tick")
			assert.Zero(t, seen.skipped)
		})

		r.set(func() { r.delay["/system/resource"] = 5 * time.Second })
		rest(20 * time.Second)
		seen.look(func() {
			assert.Equal(t, 5*time.Second, seen.took)
			assert.Positive(t, seen.skipped)
			assert.Equal(t, p.Info().Skipped, seen.skipped)
		})

		r.set(func() { r.down = errors.New("gone") })
		rest(time.Minute)
		seen.look(func() {
			assert.Positive(t, seen.failed)
			assert.Equal(t, p.Info().Polls, seen.ok+seen.failed)
		})
	})
}

// A rate is computed from answer to answer of its own menu, however late another
// menu of the same poll is answered.
func TestRatesWithASlowMenu(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		began := time.Now()
		interfaces := variant("interfaces", false, false)
		r.set(func() {
			r.live = map[string]func() [][]string{"/interface": func() [][]string {
				bytes := int64(time.Since(began).Seconds() * 1.25e6)
				return [][]string{{"=.id=*1", "=name=ether1", fmt.Sprint("=rx-byte=", bytes), "=tx-byte=0"}}
			}}
		})
		p.Watch(interfaces)
		p.Watch(variant("queues", false, false))
		for i := range 20 {
			r.set(func() { r.delay["/queue/simple"] = time.Duration(i%3) * 300 * time.Millisecond })
			rest(interval)
		}
		for _, e := range s.all(interfaces)[1:] {
			row := decode(t, e.body)["rows"].([]any)[0].(map[string]any)
			assert.InDelta(t, 1e7, row["rx-bits-per-second"], 1e5)
		}
	})
}
