package sim_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestPing(t *testing.T) {
	for _, path := range []string{"/ping", "/tool/ping"} {
		t.Run(path, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				start := time.Now()
				rows := c.rows(path, "=address=192.0.2.1", "=count=3")
				assert.Equal(t, 2*time.Second, time.Since(start), "a second between two probes")
				require.Len(t, rows, 3)
				for i, r := range rows {
					assert.Equal(t, strconv.Itoa(i), r["seq"])
					assert.Equal(t, strconv.Itoa(i+1), r["received"])
					assert.Equal(t, "0", r["packet-loss"])
					for _, field := range []string{"time", "min-rtt", "avg-rtt", "max-rtt"} {
						assert.Regexp(t, `^(\d+ms)?(\d+us)?$`, r[field])
						assert.NotEmpty(t, r[field])
					}
				}
				assert.Equal(t, "missing value(s) of argument(s) address", c.refused(path, "=count=1"))
				assert.Equal(t, "invalid value for argument address", c.refused(path, "=address=", "=count=1"))
			})
		})
	}
}

func TestPingOfADeadAddress(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		rows := login(t, d).rows("/ping", "=address=203.0.113.7", "=count=2", "=interval=100ms")
		assert.Equal(t, map[string]string{"seq": "1", "host": "203.0.113.7", "status": "timeout", "sent": "2", "received": "0",
			"packet-loss": "100"}, rows[1])
	})
}

func TestMonitorTraffic(t *testing.T) {
	for name, tc := range map[string]struct {
		p     sim.Personality
		drops bool
	}{"hex": {sim.HEX(), false}, "chr": {sim.CHR(), true}} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				for _, once := range []string{"=once=", "=once", "=once=no"} {
					rows := c.rows("/interface/monitor-traffic", "=interface=ether2,*1", once)
					require.Len(t, rows, 2)
					assert.Equal(t, "ether2", rows[0]["name"])
					assert.Equal(t, "ether1", rows[1]["name"])
					_, drops := rows[0]["rx-drops-per-second"]
					assert.Equal(t, tc.drops, drops)
				}
				assert.Equal(t, "aggregate", c.rows("/interface/monitor-traffic", "=interface=aggregate", "=once=")[0]["name"])
				assert.Equal(t, "input does not match any value of interface",
					c.refused("/interface/monitor-traffic", "=interface=nope", "=once="))
				assert.Equal(t, "missing value(s) of argument(s) interface", c.refused("/interface/monitor-traffic", "=once="))
			})
		})
	}
}

func TestMonitorTrafficWithDurationEndsByItself(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		start := time.Now()
		rows := c.rows("/interface/monitor-traffic", "=interface=ether1", "=duration=5s", "=interval=2s")
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.Len(t, rows, 3)
		for i, r := range rows {
			assert.Equal(t, strconv.Itoa(i), r[".section"])
		}
	})
}

func TestRatesAgreeWithCounters(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		bytes := func() int {
			n, err := strconv.Atoi(c.rows("/interface/print", "?name=ether1")[0]["tx-byte"])
			require.NoError(t, err)
			return n
		}
		before := bytes()
		time.Sleep(500 * time.Millisecond)
		rate, err := strconv.Atoi(c.rows("/interface/monitor-traffic", "=interface=ether1", "=once=")[0]["tx-bits-per-second"])
		require.NoError(t, err)
		time.Sleep(500 * time.Millisecond)
		grown := bytes() - before
		assert.InEpsilon(t, float64(rate)/8, float64(grown), 0.01)
	})
}

func TestEndlessUntilCancelled(t *testing.T) {
	for _, command := range [][]string{
		{"/ping", "=address=192.0.2.1"}, {"/tool/torch", "=interface=ether1"}, {"/interface/monitor-traffic", "=interface=ether1"},
	} {
		t.Run(command[0], func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.send(append(command, ".tag=1")...)
				for range 5 {
					assert.Contains(t, c.next(), "!re ")
				}
				time.Sleep(100 * time.Millisecond)
				c.send("/cancel", "=tag=1", ".tag=2")
				for s := ""; s != "!done .tag=1"; {
					s = c.next() // rows that were under way still belong to the tag
				}
			})
		})
	}
}
