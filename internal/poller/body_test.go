package poller_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func users(n int) [][]string {
	var rows [][]string
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("=.id=*%X", i+1), fmt.Sprint("=name=0811", i), "=service=pppoe", "=uptime=1m1s"})
	}
	return rows
}

// The bodies of all forms, as they go out behind the router_id: what a poll
// brings, what it brings after the router has changed, and after a menu fails.
func TestGoldenBodies(t *testing.T) {
	var out bytes.Buffer
	for _, f := range []poller.Variant{
		combined, hardware, pppWhole, pppDelta, variant("ppp_active", true, true), variant("interfaces", false, false), variant("sessions", false, false),
	} {
		in(t, poller.Options{}, func(_ *testing.T, p *poller.Poller, r *router, s *screen) {
			fmt.Fprintf(&out, "## topic %q, delta %t, volatile %t\n", f.Topic.Name, f.Delta, f.Volatile)
			r.tables = map[string][][]string{
				"/system/resource": {{"=uptime=1w2d3h4m5s", "=version=7.20.4 (stable)", "=cpu-load=12", "=free-memory=1024", "=bad-blocks=0.1"}},
				"/ip/hotspot/active": {
					{"=.id=*A1", "=user=08:11:22:33:44:55", "=uptime=5m10s", "=bytes-in=18446744073709551615", "=radius=false", "=comment=caf\xe9\n\"x\""},
					{"=.id=*A2", "=user=0811223344", "=blocked=yes", "=domain=7.10"},
				},
				"/ppp/active": users(2),
				"/interface":  {{"=.id=*1", "=name=ether1", "=rx-byte=1000", "=tx-byte=0", "=running=true"}},
			}
			p.Watch(f)
			rest(10 * time.Second)
			printLast(&out, s.all(f), 1)
			poll := func(change func()) {
				before := len(s.all(f))
				r.set(change)
				rest(interval) // one tick
				printLast(&out, s.all(f), len(s.all(f))-before)
			}
			poll(func() {
				r.tables["/interface"] = [][]string{{"=.id=*1", "=name=ether1", "=rx-byte=251000", "=tx-byte=0", "=running=true"}}
				r.tables["/ppp/active"] = [][]string{
					{"=.id=*1", "=name=08110", "=service=pppoe", "=uptime=1m9s"}, {"=.id=*3", "=name=new", "=service=l2tp", "=uptime=1s", "=caller-id=192.0.2.7"},
				}
			})
			poll(func() { r.trap["/ppp/active"] = "timeout\r\n" })
		})
	}
	got := regexp.MustCompile(`"(ts|since)":\d+`).ReplaceAllString(out.String(), `"$1":0`)
	golden := filepath.Join("testdata", "bodies.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden) //nolint:gosec // a constant name
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// printLast prints the last n events, and the whole state after each of them.
func printLast(out *bytes.Buffer, events []published, n int) {
	fmt.Fprintln(out)
	for _, e := range events[max(0, len(events)-n):] {
		fmt.Fprintf(out, "%s %s\n", e.kind, e.body)
		if e.whole != nil {
			fmt.Fprintf(out, "whole %s\n", e.whole())
		}
	}
}

// A reply that is smaller than the one before, and one that is larger, do not
// show through one another, whoever holds on to earlier bodies.
func TestBuffersAreReusedCleanly(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		p.Watch(combined)
		p.Watch(pppWhole)
		leave := func() {}
		sizes := []int{3, 500, 0, 7, 2000, 1, 1, 900, 2}
		var want []string
		for i, n := range sizes {
			r.set(func() { r.tables["/ppp/active"] = users(n) })
			if i == 4 {
				leave = p.Watch(pppDelta) // which keeps the rows of its readings
			}
			if i == 6 {
				leave()
			}
			rest(5 * time.Second)
			want = append(want, fmt.Sprintf(`"rows":%s`, rowsOf(users(n))))
		}
		seen := 0
		for _, e := range s.all(pppWhole) {
			for !strings.Contains(e.body, want[seen]) {
				seen++
				require.Less(t, seen, len(want), e.body)
			}
		}
		assert.Equal(t, len(want)-1, seen, "each size was seen, in order")
		for _, e := range s.all(combined) {
			decode(t, e.body)
		}
		for _, e := range s.all(pppDelta) {
			whole := decode(t, string(e.whole()))
			assert.Contains(t, []int{2000, 1}, len(whole["rows"].([]any)))
		}
	})
}

func rowsOf(rows [][]string) string {
	var list []string
	for i := range rows {
		list = append(list, fmt.Sprintf(`{".id":"*%X","name":"0811%d","service":"pppoe","uptime":"1m1s","uptime-seconds":61}`, i+1, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}
