package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

func init() {
	behave("/system/resource", behavior{fill: fillResource, live: []live{
		{"uptime", func(b []byte, m *moment, _ *row) ([]byte, bool) { return appendDuration(b, m.uptime()), true }},
		{"free-memory", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			share := 0.45 + 0.1*noise(m.seed, m.now, 90*time.Second)
			return strconv.AppendInt(b, int64(float64(m.p.Memory)*share)&^4095, 10), true
		}},
		{"cpu-load", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			return strconv.AppendInt(b, cpuLoad(m.seed, m.now), 10), true
		}},
		{"write-sect-since-reboot", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			return strconv.AppendInt(b, m.sectors(), 10), true
		}},
		{"write-sect-total", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			return strconv.AppendInt(b, 310000+m.sectors(), 10), true
		}},
	}})
	behave("/system/routerboard", behavior{fill: fillRouterboard})
	behave("/system/license", behavior{fill: fillLicense})
	behave("/system/clock", behavior{live: []live{
		{"time", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			return m.now.UTC().AppendFormat(b, time.TimeOnly), true
		}},
		{"date", func(b []byte, m *moment, _ *row) ([]byte, bool) {
			day, _, _ := strings.Cut(m.p.date(m.now), " ")
			return append(b, day...), true
		}},
	}})
	behave("/user", behavior{fill: fillUsers})
	behave("/user/group", behavior{fill: fillGroups})
	behave(userActive, behavior{fill: empty, extra: map[string]command{
		// The command was called request-logout up to 7.19.
		"remove": (*call).logout, "request-logout": (*call).logout,
	}})
	behave("health-row", behavior{live: []live{{"voltage", sensor(241, 1)}, {"temperature", sensor(330, 0)}}})
	behave("health-sensors", behavior{fill: fillSensors, live: []live{{"value", measured}}})
	behave("/system/resource/cpu", behavior{fill: fillCores, live: []live{
		{"load", func(b []byte, m *moment, r *row) ([]byte, bool) {
			return strconv.AppendInt(b, cpuLoad(mix(m.seed, r.id), m.now), 10), true
		}},
	}})
}

func (m *moment) uptime() time.Duration { return m.now.Sub(m.booted).Truncate(time.Second) }

func (m *moment) sectors() int64 { return int64(m.uptime()/time.Minute) * 3 }

// cpuLoad drifts between idle and busy over a minute, with the spikes of a
// router that is being polled.
func cpuLoad(seed uint64, now time.Time) int64 {
	slow, fast := noise(seed, now, time.Minute), unit(mix(seed, uint64(now.Unix())))
	return int64(2 + 45*slow*slow + 12*fast*fast)
}

func fillResource(w *world, t *table) {
	p := w.p
	pairs := []string{"version", p.versionText(), "build-time", p.buildTime()}
	if p.Factory != "" {
		pairs = append(pairs, "factory-software", p.Factory)
	}
	pairs = append(pairs, "total-memory", strconv.FormatInt(p.Memory, 10), "cpu", p.CPU, "cpu-count", strconv.Itoa(p.Cores))
	if p.MHz > 0 {
		pairs = append(pairs, "cpu-frequency", strconv.Itoa(p.MHz))
	}
	pairs = append(pairs, "free-hdd-space", strconv.FormatInt(p.Disk*3/5&^4095, 10), "total-hdd-space", strconv.FormatInt(p.Disk, 10))
	if p.BadBlocks {
		pairs = append(pairs, "bad-blocks", "0")
	}
	t.add(&row{words: attrs(append(pairs, "architecture-name", p.Arch, "board-name", p.Board, "platform", "MikroTik")...)})
}

func (w *world) serial() string { return fmt.Sprintf("HE0%08X", uint32(mix(w.opts.Seed, 3))) }

func fillRouterboard(w *world, t *table) {
	p := w.p
	t.add(&row{words: attrs("routerboard", "true", "board-name", p.Board, "model", p.Model, "revision", "r2",
		"serial-number", w.serial(), "firmware-type", p.Arch+"L", "factory-firmware", p.Factory,
		"current-firmware", p.Version, "upgrade-firmware", p.Version)})
}

// fillLicense: a virtual router names itself by system-id; the other fields are
// assumed.
func fillLicense(w *world, t *table) {
	id := fmt.Sprintf("%08X", uint32(mix(w.opts.Seed, 4)))
	if w.p.Model == "" {
		t.add(&row{words: attrs("system-id", id+"abc", "level", "p1")})
		return
	}
	t.add(&row{words: attrs("software-id", id[:4]+"-"+id[4:], "nlevel", "4", "features", "")})
}

func fillUsers(w *world, t *table) {
	for _, u := range append([]User{{Name: w.opts.User, Password: w.opts.Password}}, w.opts.Users...) {
		group := u.Group
		if group == "" {
			group = "full"
		}
		t.add(&row{words: attrs("name", u.Name, "group", group, "password", u.Password,
			"address", "", "disabled", "false")})
	}
}

// fillGroups: the default groups, and those of accounts in Options, named like the list
// of their policies. It is assumed that reading them needs the policy named policy.
func fillGroups(w *world, t *table) {
	names := []string{"read", "write", "full"}
	for _, u := range w.opts.Users {
		if u.Group != "" && !slices.Contains(names, u.Group) {
			names = append(names, u.Group)
		}
	}
	for _, name := range names {
		t.add(&row{words: attrs("name", name, "policy", strings.Join(policies(name), ","), "skin", "default")})
	}
}

// logout ends the session of a row of /user/active.
func (x *call) logout() error {
	var victims []*conn
	err := x.edit(func(_ *world, t *table) error {
		return x.each(t, func(r *row) error {
			for c := range x.c.d.conns {
				if c.session == r.id {
					victims = append(victims, c)
				}
			}
			return nil
		})
	})
	for _, c := range victims {
		c.kill()
	}
	return err
}

// sensors by number: the same sensor has the same id on different boards.
var sensors = []struct {
	id         uint64
	name, unit string
	tenths     int64 // mean, 0 for a state
	state      string
}{
	{0xD, "voltage", "V", 241, ""},
	{0xE, "temperature", "C", 410, ""},
	{0x11, "cpu-temperature", "C", 520, ""},
	{0x1B59, "fan1-speed", "RPM", 60900, ""},
	{0x1CE9, "psu1-state", "", 0, "ok"},
	{0x1CEA, "psu2-state", "", 0, "fail"},
}

func measured(b []byte, m *moment, r *row) ([]byte, bool) {
	if r.base == 0 {
		return b, false // a state, which does not change
	}
	decimals := 0
	if r.id == 0xD {
		decimals = 1
	}
	return sensor(r.base, decimals)(b, m, r)
}

// fillSensors: small boards have voltage and temperature only.
func fillSensors(w *world, t *table) {
	for i, s := range sensors {
		if i >= 2 && w.p.Ports < 10 {
			break
		}
		pairs := []string{"name", s.name, "type", s.unit}
		if s.tenths == 0 {
			pairs = append(pairs, "value", s.state)
		}
		t.add(&row{id: s.id, words: attrs(pairs...), base: s.tenths, seed: s.id})
	}
}

func fillCores(w *world, t *table) {
	for i := range w.p.Cores {
		t.add(&row{words: attrs("cpu", fmt.Sprintf("cpu%d", i), "irq", "0", "disk", "0"), user: noUser})
	}
}

// sensor varies by two percent around a mean in tenths.
func sensor(tenths int64, decimals int) func([]byte, *moment, *row) ([]byte, bool) {
	return func(b []byte, m *moment, r *row) ([]byte, bool) {
		v := float64(tenths) / 10 * (0.98 + 0.04*noise(m.seed+r.seed, m.now, time.Minute))
		if decimals == 0 {
			v = math.Round(v)
		}
		return strconv.AppendFloat(b, v, 'f', decimals, 64), true
	}
}
