package sim

import (
	"maps"
	"slices"
	"time"
)

// DropSessions resets every connection now.
func (d *Device) DropSessions() { d.dropAll(func() {}) }

// Reboot resets every connection and starts the device anew: uptime and
// counters begin at zero, dynamic rows come back with other ids. For
// Options.BootTime connections are reset.
func (d *Device) Reboot() {
	d.dropAll(func() {
		now := time.Now()
		d.world.advance(now)
		d.world.reboot(now)
		d.world.up = now.Add(d.opts.BootTime)
	})
}

// shutdown resets every connection and takes no more until Reboot.
func (d *Device) shutdown() { d.dropAll(func() { d.world.off = true }) }

// dropAll changes the device and resets the connections that it had.
func (d *Device) dropAll(change func()) {
	d.mu.Lock()
	change()
	open := slices.Collect(maps.Keys(d.conns))
	d.mu.Unlock()
	for _, k := range open {
		k.reset()
	}
}

// SetLatency changes Options.Latency for commands that arrive from now on.
func (d *Device) SetLatency(latency time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opts.Latency = latency
}

// AddPPP connects a PPP user and returns the id of the session.
func (d *Device) AddPPP(name string) (id string) {
	d.change(pppActive, func(t *table, now time.Time) {
		id = idText(d.world.connectPPP(t, name, noUser, now).id)
	})
	return id
}

// RemovePPP disconnects the first session of that name.
func (d *Device) RemovePPP(name string) {
	d.change(pppActive, func(t *table, now time.Time) {
		if r := t.find("name", name); r != nil {
			d.world.endPPP(t, r, now)
		}
	})
}

// AddHotspot logs a hotspot user in and returns the id of the row.
func (d *Device) AddHotspot(user string) (id string) {
	d.change(hotspotActive, func(t *table, now time.Time) {
		id = idText(d.world.connectHotspot(t, user, noUser, now).id)
	})
	return id
}

// RemoveHotspot logs the first row of that user out.
func (d *Device) RemoveHotspot(user string) {
	d.change(hotspotActive, func(t *table, now time.Time) {
		if r := t.find("user", user); r != nil {
			d.world.endHotspot(t, r, now, "admin reset")
		}
	})
}

// change runs f on a table that has caught up with the clock. A device without
// the menu has nothing to change.
func (d *Device) change(path string, f func(t *table, now time.Time)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.world.absent(path) {
		return
	}
	now := time.Now()
	d.world.advance(now)
	f(d.world.table(path), now)
}
