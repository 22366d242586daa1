package alert_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestCertificateRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(0)
		w := only(t, d, alert.Spec{Name: "x", When: "router.certificate_refused"})
		defer w.stop()
		w.after(calm)
		w.untrusted.Store(true)
		d.DropSessions()
		w.after(time.Minute, "firing x r")
		w.untrusted.Store(false)
		w.after(6*time.Minute, "resolved x r")
	})
}

// In quiet hours nothing is told but what is critical; what still fires is told at their
// end, and events are in the history only.
func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01 00:00 UTC, which is 07:00 in Jakarta
		night, err := alert.ParseQuiet(alert.QuietSpec{At: "22:00-09:00", Zone: "Asia/Jakarta", Keep: []string{"critical"}})
		require.NoError(t, err)
		times := map[string]*alert.Quiet{"night": night}
		var rules []*alert.Rule
		for _, s := range []alert.Spec{
			{Name: "cpu", When: "cpu > 90", Quiet: "night"}, {Name: "short", When: "memory > 90", Quiet: "night"},
			{Name: "worse", When: "cpu > 95", Quiet: "night", Severity: "critical"}, {Name: "log", When: `log matches "x"`, Quiet: "night"},
		} {
			r, err := alert.Parse(s, times)
			require.NoError(t, err)
			rules = append(rules, r)
		}
		d := ccr(0)
		w := only(t, d)
		defer w.stop()
		w.engine.Replace(rules)
		w.after(calm)
		d.SetField("/system/resource", "", "cpu-load", "99")
		d.SetField("/system/resource", "", "free-memory", "1000")
		d.WriteLog("system,error", "x")
		w.after(time.Minute, "firing worse r")
		var remembered []string
		for _, h := range w.engine.History(everything, 10) {
			remembered = append(remembered, string(h.Status)+" "+h.Rule)
		}
		assert.ElementsMatch(t, []string{"firing worse", "event log"}, remembered)
		assert.Len(t, w.engine.Firing(func(string) bool { return true }), 3)
		d.SetField("/system/resource", "", "free-memory", "4000000000")
		w.after(time.Hour)
		w.after(time.Hour, "firing cpu r")
	})
}

// Viewers of the topic alerts get what is told of their routers, and no router is asked
// for it.
func TestTheTopicAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(0)
		w := only(t, d, alert.Spec{Name: "x", When: "config.changed"})
		defer w.stop()
		w.after(calm)
		s, err := w.manager.Subscribe(manager.Watch{Routers: []string{"r"}, Variants: []poller.Variant{{Topic: poller.Alerts}}})
		require.NoError(t, err)
		defer s.Close()
		d.WriteLog("system,info", "filter rule added by admin")
		w.after(time.Second, "event x r")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		text := ""
		for !strings.Contains(text, `"topic":"alerts"`) {
			require.NoError(t, ctx.Err())
			events, err := s.Take()
			require.NoError(t, err)
			for _, e := range events {
				text += string(e.Frame())
			}
		}
		for _, part := range []string{`data: {"router_id":"r","topic":"alerts","type":"event","id":"`, `"rule":"x"`, `"reason":"filter rule added by admin"`} {
			assert.Contains(t, text, part)
		}
	})
}

// Rules are for the routers and subjects that their patterns name.
func TestPatterns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		devices := map[string]*sim.Device{"jakarta-1": nil, "jakarta-2-x": nil, "bogor": nil, "a": nil, "aa": nil, "aba": nil}
		w := begin(t, alert.Options{}, devices,
			alert.Spec{Name: "prefix", When: "router.down", Routers: []string{"jakarta-*"}}, alert.Spec{Name: "middle", When: "router.down", Routers: []string{"j*-2*x", "bogor"}},
			alert.Spec{Name: "ends", When: "router.down", Routers: []string{"a*a"}}, alert.Spec{Name: "none", When: "router.down", Routers: []string{"*q*"}})
		defer w.stop()
		w.after(calm, "firing prefix jakarta-1", "firing prefix jakarta-2-x", "firing middle jakarta-2-x", "firing middle bogor", "firing ends aa", "firing ends aba")
	})
}
