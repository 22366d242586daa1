package alert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// nobody is an outbox.
type nobody struct{}

func (nobody) Tell(Transition)     {}
func (nobody) Fires() []Transition { return nil }

// A reboot is what the uptime says, however late an answer comes.
func TestReboots(t *testing.T) {
	hardware, _ := poller.Lookup("hardware")
	for name, tc := range map[string]struct {
		kept    time.Duration // uptime that another process read a minute before; 0 for none
		uptimes []string
		after   []time.Duration // since the reading before
		want    int
	}{
		"it runs":                          {0, []string{"1h", "1h30s", "1h1m"}, []time.Duration{0, 30 * time.Second, 30 * time.Second}, 0},
		"it has restarted":                 {0, []string{"1h", "5s", "35s"}, []time.Duration{0, 30 * time.Second, 30 * time.Second}, 1},
		"it was off for long":              {0, []string{"1h", "2m"}, []time.Duration{0, time.Hour}, 1},
		"soon after it has started":        {0, []string{"30s", "25s"}, []time.Duration{0, time.Minute}, 1},
		"twice":                            {0, []string{"1h", "5s", "5s"}, []time.Duration{0, 30 * time.Second, time.Minute}, 2},
		"an answer is late":                {0, []string{"1h", "1h30s", "1h1m"}, []time.Duration{0, 70 * time.Second, 2 * time.Second}, 0},
		"an answer is late twice":          {0, []string{"1h", "1h30s", "1h1m"}, []time.Duration{0, 70 * time.Second, 70 * time.Second}, 0},
		"before another process took over": {time.Hour, []string{"1h1m"}, []time.Duration{0}, 0},
		"the clocks differ":                {time.Hour, []string{"1h"}, []time.Duration{0}, 0},
		"while nobody looked":              {time.Hour, []string{"40s", "1m10s"}, []time.Duration{0, 30 * time.Second}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(nobody{}, Options{Calm: -time.Second})
			rule, err := Parse(Spec{Name: "x", When: "router.rebooted"}, nil)
			require.NoError(t, err)
			r := &router{id: "r", rules: []*Rule{rule}, state: up}
			at := time.Now()
			if tc.kept > 0 {
				r.boot, r.other = at.Add(-time.Minute-tc.kept), true
			}
			for i, uptime := range tc.uptimes {
				at = at.Add(tc.after[i])
				row := proto.AppendSentence(nil, "!re", "=uptime="+uptime)
				e.read(r, poller.Update{Kind: poller.Read, Variant: hardware.Rare(readEvery, false), At: at, Readings: []poller.Reading{{Rows: row, Len: 1, Answered: at}}})
				e.tellReboot(r, at.Add(time.Second))
			}
			assert.Len(t, e.queue, tc.want)
		})
	}
}

// A reboot that was found and not told before the process ended is told by the next one; if
// it was told and that is not known, with the same id.
func TestARebootIsToldByTheNextProcess(t *testing.T) {
	rule, err := Parse(Spec{Name: "x", When: "router.rebooted"}, nil)
	require.NoError(t, err)
	found := time.Now()
	var ids []string
	var kept []byte
	for i := range 2 {
		e := New(nobody{}, Options{Calm: -time.Second})
		r := &router{id: "r", rules: []*Rule{rule}, state: up}
		if i == 0 {
			r.rebooted = found
			kept = e.encode(r)
		} else {
			e.Learn(r.name(), kept)
			e.restore(r, nil, found)
		}
		e.tellReboot(r, found.Add(time.Minute))
		e.tellReboot(r, found.Add(time.Minute))
		require.Len(t, e.queue, 1)
		ids = append(ids, e.queue[0].ID)
	}
	assert.Equal(t, ids[0], ids[1])
}
