package sim_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestTagPosition(t *testing.T) {
	for name, tc := range map[string]struct {
		o    sim.Options
		want string
	}{
		"last":          {sim.Options{}, "!re =name=MikroTik .tag=a"},
		"first":         {sim.Options{TagFirst: true}, "!re .tag=a =name=MikroTik"},
		"first by 6.49": {sim.Options{Personality: sim.HAP()}, "!re .tag=a =name=MikroTik"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, tc.o, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.send("/system/identity/print", ".tag=a")
				c.wants(tc.want, "!done .tag=a")
				c.send("/system/identity/print", ".tag=") // as good as none
				c.wants("!re =name=MikroTik", "!done")
			})
		})
	}
}

func TestAShortCommandOvertakesALongOne(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ping", "=address=203.0.113.1", "=interval=10s", ".tag=long")
		assert.Contains(t, c.next(), "=seq=0")
		c.send("/system/identity/print", ".tag=short")
		c.wants("!re =name=MikroTik .tag=short", "!done .tag=short")
	})
}

func TestUntaggedCommandsWaitForEachOther(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ping", "=address=192.0.2.1", "=count=3")
		c.send("/system/identity/print")
		for range 3 {
			assert.Contains(t, c.next(), "=host=192.0.2.1")
		}
		c.wants("!done", "!re =name=MikroTik", "!done")
	})
}

func TestLatencyOfParallelCommandsDoesNotAddUp(t *testing.T) {
	in(t, sim.Options{Latency: 100 * time.Millisecond}, func(t *testing.T, d *sim.Device) {
		start := time.Now()
		c := login(t, d)
		assert.Equal(t, 100*time.Millisecond, time.Since(start))
		for _, tags := range [][]string{{".tag=1", ".tag=2", ".tag=3"}, {".tag=", ".tag=", ".tag="}} {
			start = time.Now()
			for _, tag := range tags {
				c.send("/system/identity/print", tag)
			}
			for range tags {
				c.collect()
			}
			assert.Equal(t, 100*time.Millisecond, time.Since(start), "%v", tags)
		}
		d.SetLatency(0)
		start = time.Now()
		c.run("/system/identity/print")
		assert.Zero(t, time.Since(start))
	})
}

func TestCancel(t *testing.T) {
	const trap = "!trap =category=2 =message=interrupted .tag=2"
	for name, tc := range map[string]struct {
		order sim.CancelOrder
		want  []string
	}{
		"cancel first": {sim.CancelFirst, []string{trap, "!done .tag=7", "!done .tag=2"}},
		"cancel last":  {sim.CancelLast, []string{trap, "!done .tag=2", "!done .tag=7"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{CancelOrder: tc.order}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.send("/interface/listen", ".tag=2")
				c.send("/cancel", "=tag=2", ".tag=7")
				c.wants(tc.want...)
				c.send("/system/identity/print", ".tag=2") // the tag is free again
				c.wants("!re =name=MikroTik .tag=2", "!done .tag=2")
				c.send("/cancel", "=tag=2", ".tag=8")
				c.wants("!done .tag=8") // nothing to cancel
				assert.Equal(t, 2, d.Stats().Cancels)
			})
		})
	}
}

func TestCancelWithoutTagCancelsEverything(t *testing.T) {
	in(t, sim.Options{Latency: 10 * time.Millisecond}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/interface/listen", ".tag=1")
		c.send("/log/listen", ".tag=2")
		c.send("/log/listen")
		c.send("/log/print") // waits behind the untagged one
		c.send("/cancel", ".tag=9")
		var got []string
		for range 4 + 5 {
			got = append(got, c.next())
		}
		for _, tag := range []string{" .tag=1", " .tag=2", ""} {
			assert.Contains(t, got, "!trap =category=2 =message=interrupted"+tag)
			assert.Contains(t, got, "!done"+tag)
		}
		assert.Contains(t, got, "!done .tag=9")
		c.send("/system/identity/print")
		c.wants("!re =name=MikroTik", "!done")
	})
}

func TestCancelReachesACommandThatHasNotBegun(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.Slow, Path: "/ppp/active/print", Delay: time.Hour})
		start := time.Now()
		c.send("/ppp/active/print", ".tag=1")
		c.send("/cancel", "=tag=1", ".tag=2")
		c.wants("!trap =category=2 =message=interrupted .tag=1", "!done .tag=2", "!done .tag=1")
		assert.Zero(t, time.Since(start))
	})
}

func TestDuplicateTagIsRefused(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/log/listen", ".tag=1")
		c.send("/log/print", ".tag=1")
		c.wants("!trap =category=5 =message=tag is in use .tag=1", "!done .tag=1")
	})
}

func TestSlowReaderHoldsTheProducerBack(t *testing.T) {
	in(t, sim.Options{PPPUsers: 20000}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		before := d.Stats().BytesOut
		c.send("/ppp/active/print", ".tag=1")
		c.send("/system/identity/print", ".tag=2")
		synctest.Wait()
		assert.Less(t, d.Stats().BytesOut-before, int64(64<<10), "nothing leaves that is not read")
		rows, done := 0, 0
		for done < 2 {
			switch s := c.next(); {
			case strings.HasPrefix(s, "!done"):
				done++
			case strings.HasSuffix(s, ".tag=1"):
				rows++
			}
		}
		assert.Equal(t, 20000, rows)
	})
}

func TestAProducerWaitsForItsReader(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ping", "=address=192.0.2.1")
		time.Sleep(time.Hour)
		start := time.Now()
		for range 100 {
			c.next()
		}
		assert.Greater(t, time.Since(start), 80*time.Second, "an hour of unread rows would have come at once")
	})
}

func TestCloseEndsEverything(t *testing.T) {
	in(t, sim.Options{PPPUsers: 20000, Churn: 1}, func(t *testing.T, d *sim.Device) {
		stuck, listening := login(t, d), login(t, d)
		stuck.send("/ppp/active/print")
		listening.send("/ppp/active/listen", ".tag=1")
		listening.send("/ping", "=address=192.0.2.1", ".tag=2")
		fresh := dial(t, d)
		d.Close()
		for _, c := range []*client{stuck, listening, fresh} {
			var err error
			for err == nil {
				_, err = c.r.Next()
			}
		}
		assert.Zero(t, d.Stats().Connections)
		late := dial(t, d)
		late.wantsEnd()
		require.NotPanics(t, d.Close, "twice is once")
	})
}

// TestEverythingAtTheSameTime is for the race detector: prints encode without
// the lock what edits and churn replace.
func TestEverythingAtTheSameTime(t *testing.T) {
	in(t, sim.Options{PPPUsers: 200, HotspotUsers: 50, Churn: 60}, func(t *testing.T, d *sim.Device) {
		var wg sync.WaitGroup
		for _, command := range [][]string{
			{"/ppp/active/print"}, {"/interface/print", "?dynamic=true"}, {"/interface/set", "=.id=ether2", "=comment=x"},
			{"/queue/simple/print"}, {"/queue/simple/set", "=.id=q-office", "=comment=y"}, {"/log/print"}, {"/user/active/print"},
			{"/ip/hotspot/active/print", "=count-only="}, {"/system/identity/set", "=name=z"}, {"/system/identity/print"},
		} {
			c := login(t, d)
			wg.Go(func() {
				for range 30 {
					c.rows(command...)
					time.Sleep(time.Second)
				}
			})
		}
		wg.Go(func() {
			for range 30 {
				d.AddPPP("anna")
				d.AddHotspot("anna")
				d.Stats()
				d.Log()
				d.RemovePPP("anna")
				d.RemoveHotspot("anna")
				time.Sleep(time.Second)
			}
		})
		wg.Wait()
		assert.Equal(t, 10, d.Stats().Sessions)
	})
}
