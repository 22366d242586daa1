package alert_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/sim"
)

// Every source fires when its condition holds, and ends when it does not.
func TestSources(t *testing.T) {
	for name, tc := range map[string]struct {
		when    string
		only    []string
		topics  []string
		device  func() *sim.Device // ccr(50) by default
		before  time.Duration      // from the end of the calm to cause
		cause   func(d *sim.Device)
		within  time.Duration
		firing  []string
		undo    func(d *sim.Device)
		clears  time.Duration
		cleared []string
	}{
		"router.down": {
			when: "router.down", cause: (*sim.Device).Off, within: 40 * time.Second, firing: []string{"firing x r"},
			undo: (*sim.Device).Reboot, clears: 10 * time.Second, cleared: []string{"resolved x r"},
		},
		"router.up": {
			when: "router.up", cause: (*sim.Device).Off, within: time.Minute, firing: []string{},
			undo: (*sim.Device).Reboot, clears: 10 * time.Second, cleared: []string{"event x r"},
		},
		"router.login_refused": {
			when: "router.login_refused", cause: func(d *sim.Device) {
				d.Inject(sim.Fault{Kind: sim.Trap, Path: "/login", Text: "invalid user name or password (6)", Category: -1})
				d.DropSessions()
			}, within: 3 * time.Minute, firing: []string{"firing x r"},
			undo: (*sim.Device).Clear, clears: 8 * time.Minute, cleared: []string{"resolved x r"},
		},
		"router.flapping": {
			when: "router.flapping > 4 in 10m", cause: func(d *sim.Device) {
				for range 5 {
					d.DropSessions()
					time.Sleep(20 * time.Second)
				}
			}, within: time.Second, firing: []string{"firing x r"},
			undo: func(*sim.Device) {}, clears: 11 * time.Minute, cleared: []string{"resolved x r"},
		},
		"router.rebooted": {
			when: "router.rebooted", before: 2 * time.Minute, cause: (*sim.Device).Reboot, within: time.Minute, firing: []string{"event x r"},
			undo: func(*sim.Device) {}, clears: 5 * time.Minute, cleared: []string{},
		},
		"cpu": {
			when: "cpu > 90", cause: field("/system/resource", "", "cpu-load", "97"), within: 35 * time.Second, firing: []string{"firing x r"},
			undo: field("/system/resource", "", "cpu-load", "20"), clears: 5 * time.Minute, cleared: []string{"resolved x r"},
		},
		"memory": {
			when: "memory > 90", cause: field("/system/resource", "", "free-memory", "1000"), within: 35 * time.Second, firing: []string{"firing x r"},
			undo: field("/system/resource", "", "free-memory", "4000000000"), clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"disk": {
			when: "disk > 95", cause: field("/system/resource", "", "free-hdd-space", "1000"), within: 35 * time.Second, firing: []string{"firing x r"},
			undo: field("/system/resource", "", "free-hdd-space", "100000000"), clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"temperature": {
			when: "temperature > 70", cause: field("/system/health", "cpu-temperature", "value", "88"), within: 35 * time.Second, firing: []string{"firing x r cpu-temperature"},
			undo: field("/system/health", "cpu-temperature", "value", "45"), clears: time.Minute, cleared: []string{"resolved x r cpu-temperature"},
		},
		"temperature, RouterOS 6": {
			when: "temperature > 70", device: func() *sim.Device {
				return sim.New(sim.Options{Personality: sim.HAP(), User: "api", Password: "secret"})
			},
			cause: field("/system/health", "", "temperature", "88"), within: 35 * time.Second, firing: []string{"firing x r temperature"},
			undo: field("/system/health", "", "temperature", "45"), clears: time.Minute, cleared: []string{"resolved x r temperature"},
		},
		"voltage": {
			when: "voltage < 11.5", only: []string{"volt*"}, cause: field("/system/health", "voltage", "value", "11.1"), within: 35 * time.Second, firing: []string{"firing x r voltage"},
			undo: field("/system/health", "voltage", "value", "24"), clears: time.Minute, cleared: []string{"resolved x r voltage"},
		},
		"users above": {
			when: "users.ppp > 54", cause: func(d *sim.Device) { add(d, 5) }, within: 35 * time.Second, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { d.RemovePPP("new-1") }, clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"users below": {
			when: "users < 50", cause: func(d *sim.Device) { d.RemovePPP("user-0001") }, within: 35 * time.Second, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { add(d, 1) }, clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"hotspot users": {
			when: "users.hotspot > 2", cause: func(d *sim.Device) {
				for i := range 3 {
					d.AddHotspot(fmt.Sprint("guest-", i))
				}
			}, within: 35 * time.Second, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { d.RemoveHotspot("guest-0") }, clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"users drop": {
			when: "users.ppp drops 30% in 1m", cause: func(d *sim.Device) { lose(d, 20) }, within: 35 * time.Second, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { add(d, 10) }, clears: 45 * time.Second, cleared: []string{"resolved x r"},
		},
		"users do not drop by a reboot": {
			when: "users.ppp drops 30% in 1m", cause: func(d *sim.Device) { d.Reboot(); lose(d, 40) }, within: 5 * time.Minute, firing: []string{},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"users drop while the session is lost": {
			when: "users.ppp drops 30% in 1m", cause: func(d *sim.Device) { d.DropSessions(); lose(d, 40) }, within: time.Minute, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { add(d, 40) }, clears: time.Minute, cleared: []string{"resolved x r"},
		},
		"few users may drop": {
			when: "users.ppp drops 30% in 1m from 100", cause: func(d *sim.Device) { lose(d, 40) }, within: 5 * time.Minute, firing: []string{},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"interface.down": {
			when: "interface.down", cause: field("/interface", "ether1", "running", "false"), within: 2 * time.Second, firing: []string{"firing x r ether1"},
			undo: field("/interface", "ether1", "running", "true"), clears: 35 * time.Second, cleared: []string{"resolved x r ether1"},
		},
		"interface.down of a name": {
			when: "interface.down", only: []string{"ether2"}, cause: field("/interface", "ether2", "running", "false"), within: 35 * time.Second, firing: []string{"firing x r ether2"},
			undo: field("/interface", "ether2", "disabled", "true"), clears: 35 * time.Second, cleared: []string{"resolved x r ether2"},
		},
		"interface.errors": {
			when: "interface.errors > 100 in 5m", cause: func(d *sim.Device) {
				field("/interface", "ether1", "rx-error", "40")(d)
				time.Sleep(31 * time.Second)
				field("/interface", "ether1", "rx-error", "190")(d)
			}, within: 35 * time.Second, firing: []string{"firing x r ether1"},
			undo: func(*sim.Device) {}, clears: 6 * time.Minute, cleared: []string{"resolved x r ether1"},
		},
		"interface.rx": {
			when: "interface.rx > 1k", only: []string{"ether3"}, device: func() *sim.Device {
				d := ccr(0)
				field("/interface", "ether3", "rx-byte", "1000")(d)
				return d
			}, cause: func(d *sim.Device) {
				for i := range 45 {
					field("/interface", "ether3", "rx-byte", fmt.Sprint(100_000*(i+1)))(d)
					time.Sleep(2 * time.Second)
				}
			}, within: time.Second, firing: []string{"firing x r ether3"},
			undo: func(*sim.Device) {}, clears: 65 * time.Second, cleared: []string{"resolved x r ether3"},
		},
		"interface.tx": {
			when: "interface.tx < 1k", only: []string{"ether3"}, device: func() *sim.Device {
				d := ccr(0)
				go sends(d, 0, 90)
				return d
			}, before: time.Minute, cause: func(*sim.Device) {}, within: 2 * time.Minute, firing: []string{"firing x r ether3"},
			undo: func(d *sim.Device) { go sends(d, 10_000_000, 50) }, clears: 40 * time.Second, cleared: []string{"resolved x r ether3"},
		},
		"pool with counters, RouterOS 7.23": {
			when: "pool > 90", only: []string{"counted"}, device: func() *sim.Device {
				d := ccr(0)
				d.AddRow("/ip/pool", "name", "counted", "ranges", "10.8.0.0/24", "total", "100", "used", "10", "available", "90")
				return d
			},
			cause: field("/ip/pool", "counted", "used", "95"), within: 125 * time.Second, firing: []string{"firing x r counted"},
			undo: field("/ip/pool", "counted", "used", "50"), clears: 125 * time.Second, cleared: []string{"resolved x r counted"},
		},
		"pool": {
			when: "pool > 90", only: []string{"small"}, device: func() *sim.Device {
				d := ccr(0)
				d.AddRow("/ip/pool", "name", "small", "ranges", "10.9.0.1-10.9.0.10")
				return d
			},
			cause: func(d *sim.Device) {
				for i := range 10 {
					d.AddRow("/ip/pool/used", "pool", "small", "address", fmt.Sprintf("10.9.0.%d", i+1))
				}
			}, within: 125 * time.Second, firing: []string{"firing x r small"},
			undo: field("/ip/pool", "small", "ranges", "10.9.0.0/24"), clears: 125 * time.Second, cleared: []string{"resolved x r small"},
		},
		"user.up": {
			when: "user.up", only: []string{"new-*"}, cause: func(d *sim.Device) { add(d, 2) }, within: time.Second, firing: []string{"event x r new-0", "event x r new-1"},
			undo: func(d *sim.Device) { d.AddPPP("other") }, clears: time.Minute, cleared: []string{},
		},
		"user.down": {
			when: "user.down", cause: func(d *sim.Device) { d.RemovePPP("user-0001") }, within: time.Second, firing: []string{"event x r user-0001"},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"many user.down": {
			when: "user.down > 10 in 1m", cause: func(d *sim.Device) { lose(d, 20) }, within: time.Second, firing: []string{"firing x r"},
			undo: func(*sim.Device) {}, clears: 65 * time.Second, cleared: []string{"resolved x r"},
		},
		"log": {
			when: `log matches "out of (memory|space)"`, cause: func(d *sim.Device) {
				d.WriteLog("system,error", "out of memory")
				d.WriteLog("system,error", "fine")
			}, within: time.Second, firing: []string{"event x r"},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"log that is counted": {
			when: `log matches "deauth" > 2 in 5m`, cause: func(d *sim.Device) {
				for range 3 {
					d.WriteLog("wireless,info", "deauthenticated")
				}
			}, within: time.Second, firing: []string{"firing x r"},
			undo: func(*sim.Device) {}, clears: 6 * time.Minute, cleared: []string{"resolved x r"},
		},
		"log of topics": {
			when: "log", topics: []string{"system", "critical"}, cause: func(d *sim.Device) {
				d.WriteLog("system,error", "one")
				d.WriteLog("system,error,critical", "two")
			}, within: time.Second, firing: []string{"event x r"},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"hotspot user.up": {
			when: "user.up", cause: func(d *sim.Device) { d.AddHotspot("guest") }, within: 35 * time.Second, firing: []string{"event x r guest"},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"login.failed": {
			when: "login.failed > 2 in 10m", cause: func(d *sim.Device) {
				for range 3 {
					d.WriteLog("system,error,critical", "login failure for user admin from 192.0.2.7 via ssh")
				}
				d.WriteLog("system,error,critical", "login failure for user x from 192.0.2.8 via winbox")
			}, within: time.Second, firing: []string{"firing x r 192.0.2.7"},
			undo: func(*sim.Device) {}, clears: 11 * time.Minute, cleared: []string{"resolved x r 192.0.2.7"},
		},
		"config.changed": {
			when: "config.changed", cause: func(d *sim.Device) {
				d.WriteLog("system,info", "filter rule added by admin")
				d.WriteLog("system,info", "router rebooted")
				d.WriteLog("script,info", "item added by admin")
			}, within: time.Second, firing: []string{"event x r"},
			undo: func(*sim.Device) {}, clears: time.Minute, cleared: []string{},
		},
		"poll.stretched": {
			when: "poll.stretched", cause: func(d *sim.Device) { d.SetLatency(2 * time.Second) }, within: 65 * time.Second, firing: []string{"firing x r"},
			undo: func(d *sim.Device) { d.SetLatency(0) }, clears: 10 * time.Minute, cleared: []string{"resolved x r"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := ccr(50)
				if tc.device != nil {
					d.Close()
					d = tc.device()
				}
				w := only(t, d, alert.Spec{Name: "x", When: tc.when, Only: tc.only, Topics: tc.topics})
				defer w.stop()
				w.after(calm + tc.before)
				tc.cause(d)
				w.after(tc.within, tc.firing...)
				w.after(time.Second)
				tc.undo(d)
				w.after(tc.clears, tc.cleared...)
				w.after(time.Minute)
			})
		})
	}
}

func field(path, name, field, value string) func(*sim.Device) {
	return func(d *sim.Device) { d.SetField(path, name, field, value) }
}

// sends has ether3 send for n times 2 s.
func sends(d *sim.Device, from, n int) {
	for i := range n {
		field("/interface", "ether3", "tx-byte", fmt.Sprint(from+100_000*(i+1)))(d)
		time.Sleep(2 * time.Second)
	}
}

func add(d *sim.Device, n int) {
	for i := range n {
		d.AddPPP(fmt.Sprintf("new-%d", i))
	}
}

// lose disconnects the first n users with plain names.
func lose(d *sim.Device, n int) {
	for i, lost := 0, 0; lost < n && i < 100; i++ {
		if i%50 != 17 && i%8 != 3 {
			d.RemovePPP(fmt.Sprintf("user-%04d", i))
			lost++
		}
	}
}

func TestSourcesOfTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		w := begin(t, alert.Options{AuditSlow: slow.Load}, nil,
			alert.Spec{Name: "audit", When: "server.audit_slow", For: "10s"}, alert.Spec{Name: "keys", When: "server.wrong_keys > 3 in 1m"})
		defer w.stop()
		w.after(calm)
		slow.Store(true)
		w.after(12*time.Second, "firing audit")
		for range 4 {
			w.engine.WrongKey()
		}
		slow.Store(false)
		w.after(2*time.Second, "firing keys", "resolved audit")
		w.after(time.Minute, "resolved keys")
	})
}

func TestHoldAndHysteresis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(0)
		w := only(t, d, alert.Spec{Name: "cpu", When: "cpu > 90", Clear: "cpu < 75", For: "2m", ClearFor: "100s", Repeat: "10m"})
		defer w.stop()
		load := func(percent string) { d.SetField("/system/resource", "", "cpu-load", percent) }
		load("20")
		w.after(calm)
		load("95")
		w.after(90 * time.Second)
		load("85")
		w.after(time.Minute)
		load("95")
		w.after(115 * time.Second)
		w.after(40*time.Second, "firing cpu r")
		load("80")
		w.after(5 * time.Minute) // between the two numbers it goes on
		w.after(5*time.Minute, "firing cpu r again")
		load("50")
		w.after(40 * time.Second)
		load("80")
		w.after(3 * time.Minute) // the time of clear_for began again
		load("50")
		w.after(135*time.Second, "resolved cpu r")
	})
}

// A router that is down says nothing about its CPU: neither that it is well, nor that it
// is not.
func TestARouterThatIsDownSilencesItsReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(50)
		w := only(t, d, alert.Spec{Name: "cpu", When: "cpu > 90"}, alert.Spec{Name: "late", When: "cpu > 90", For: "1m"},
			alert.Spec{Name: "users", When: "users < 10"}, alert.Spec{Name: "down", When: "router.down"})
		defer w.stop()
		w.after(calm)
		d.SetField("/system/resource", "", "cpu-load", "99")
		w.after(35*time.Second, "firing cpu r")
		d.Off()
		w.after(time.Hour, "firing down r")
		firing := w.engine.Firing(func(string) bool { return true })
		require.Len(t, firing, 2)
		assert.True(t, firing[1].Unknown, "%+v", firing)
		d.Reboot()
		d.SetField("/system/resource", "", "cpu-load", "10")
		w.after(time.Minute, "resolved down r", "resolved cpu r")
	})
}

// A menu that cannot be read is not zero.
func TestNoDataIsNotResolvedAndNotZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(5)
		w := only(t, d, alert.Spec{Name: "cpu", When: "cpu > 90"}, alert.Spec{Name: "users", When: "users.ppp < 1"})
		defer w.stop()
		w.after(calm)
		d.SetField("/system/resource", "", "cpu-load", "99")
		w.after(35*time.Second, "firing cpu r")
		for _, path := range []string{"/system/resource/print", "/ppp/active/print"} {
			d.Inject(sim.Fault{Kind: sim.Trap, Path: path, Text: "no permission (9)", Category: -1})
		}
		w.after(10 * time.Minute)
		firing := w.engine.Firing(func(string) bool { return true })
		require.Len(t, firing, 1)
		assert.True(t, firing[0].Unknown)
		d.Clear()
		d.SetField("/system/resource", "", "cpu-load", "1")
		w.after(time.Minute, "resolved cpu r")
	})
}

func TestNothingFiresForAMinuteAfterTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, alert.Options{}, map[string]*sim.Device{"gone": nil}, alert.Spec{Name: "down", When: "router.down", For: "5s"})
		defer w.stop()
		w.after(59 * time.Second)
		w.after(2*time.Second, "firing down gone")
	})
}

// What fired when the program ended is not told again, and is told when it ends.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		then := time.Now().Add(-time.Hour)
		w := beginWith(t, alert.Options{}, []alert.Transition{
			{Rule: "down", Source: "router.down", Alert: "1", RouterID: "a", Status: alert.Firing, Since: then, Started: then, At: then},
			{Rule: "down", Source: "router.down", Alert: "2", RouterID: "gone", Status: alert.Firing, Since: then, Started: then, At: then},
		}, map[string]*sim.Device{"a": ccr(0), "gone": nil}, alert.Spec{Name: "down", When: "router.down", For: "5s"})
		defer w.stop()
		w.after(5*time.Second, "resolved down a")
		w.after(10 * time.Minute)
		assert.Len(t, w.engine.Firing(func(string) bool { return true }), 1)
	})
}

// After a restart a number that dropped is compared with the one before it dropped, and
// what was counted ends after its time.
func TestRestartOfDropsAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		then := time.Now().Add(-time.Minute)
		d := ccr(50)
		w := beginWith(t, alert.Options{}, []alert.Transition{
			{Rule: "users", Source: "users.ppp", Alert: "1", RouterID: "r", Status: alert.Firing, From: new(100.0), Since: then, Started: then, At: then},
			{Rule: "flapping", Source: "router.flapping", Alert: "2", RouterID: "r", Status: alert.Firing, Since: then, Started: then, At: then},
		}, map[string]*sim.Device{"r": d}, alert.Spec{Name: "users", When: "users.ppp drops 30% in 1m"}, alert.Spec{Name: "flapping", When: "router.flapping > 4 in 3m"})
		defer w.stop()
		w.after(170 * time.Second)
		w.after(time.Minute, "resolved flapping r")
		add(d, 30)
		w.after(time.Minute, "resolved users r")
	})
}

func TestRulesThatChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, alert.Options{}, map[string]*sim.Device{"a": nil, "b": nil}, alert.Spec{Name: "down", When: "router.down"})
		defer w.stop()
		w.after(calm, "firing down a", "firing down b")
		w.engine.Replace(parse(t, alert.Spec{Name: "down", When: "router.down", Severity: "critical", Routers: []string{"a*"}}))
		w.after(time.Second, "resolved down b")
		assert.Equal(t, alert.Critical, w.engine.Firing(func(string) bool { return true })[0].Severity)
		_, err := w.manager.Disconnect("a")
		require.NoError(t, err)
		w.after(time.Second, "resolved down a")
		assert.Equal(t, "router removed", w.engine.History(func(string) bool { return true }, 1)[0].Reason)
	})
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(0)
		w := only(t, d, alert.Spec{Name: "down", When: "router.down", Repeat: "1h"})
		defer w.stop()
		all := func(string) bool { return true }
		w.after(calm)
		d.Off()
		w.after(time.Minute, "firing down r")
		id := w.engine.Firing(all)[0].Alert
		_, err := w.engine.Silence(id, func(string) bool { return false }, time.Hour)
		require.ErrorIs(t, err, alert.ErrUnknownAlert)
		_, err = w.engine.Silence(id, all, 3*time.Hour)
		require.NoError(t, err)
		w.after(150 * time.Minute)
		d.Reboot()
		w.after(time.Minute, "resolved down r") // who was told that it fires is told that it ended
		d.Off()
		w.after(5 * time.Minute) // silenced
		assert.True(t, w.engine.Firing(all)[0].Untold)
		d.Reboot()
		w.after(5 * time.Minute) // nobody knows of it
		d.Off()
		w.after(time.Hour, "firing down r")
	})
}

// Thousands of events are told as a number.
func TestManyEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(200)
		w := only(t, d, alert.Spec{Name: "x", When: "user.down"})
		defer w.stop()
		w.after(calm)
		lose(d, 75)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Len(t, w.told.take(), 30)
		w.after(time.Minute, "event x r +45")
	})
}

// Nothing is asked of a router that no rule is about, and no more than the rules need.
func TestARouterIsAskedWhatItsRulesNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := ccr(50), ccr(50)
		w := begin(t, alert.Options{}, map[string]*sim.Device{"a": a, "b": b},
			alert.Spec{Name: "down", When: "router.down"}, alert.Spec{Name: "cpu", When: "cpu > 90", Routers: []string{"a"}})
		defer w.stop()
		w.after(10 * time.Minute)
		assert.Zero(t, b.Stats().Commands["/system/resource/print"])
		assert.InDelta(t, 21, a.Stats().Commands["/system/resource/print"], 2)
		assert.Zero(t, a.Stats().Commands["/ppp/active/print"])
		w.engine.Replace(parse(t, alert.Spec{Name: "down", When: "router.down"}))
		w.after(10 * time.Minute)
		assert.InDelta(t, 21, a.Stats().Commands["/system/resource/print"], 2, "no longer")
	})
}

var _ alert.Routers = (*manager.Manager)(nil)
