package sim

import (
	"maps"
	"slices"
	"time"
)

// DropSessions resets every connection now.
func (d *Device) DropSessions() { d.dropAll(func() {}) }

// Reboot resets every connection and restarts the device: uptime and counters start at
// zero, dynamic rows get other ids. New connections are reset for Options.BootTime.
func (d *Device) Reboot() { d.restart(func(*world) {}) }

// restart restarts the device after a change of its tables.
func (d *Device) restart(change func(*world)) {
	d.dropAll(func() {
		now := time.Now()
		d.world.advance(now)
		change(&d.world)
		d.world.reboot(now)
		d.world.up = now.Add(d.opts.BootTime)
	})
}

// shutdown resets every connection and refuses new ones until Reboot, or for
// Options.OffTime.
func (d *Device) shutdown() {
	d.dropAll(func() {
		d.world.off = true
		if d.opts.OffTime > 0 {
			time.AfterFunc(d.opts.OffTime, d.Reboot)
		}
	})
}

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

// SetLatency changes Options.Latency for commands that arrive later.
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

// AddHotspot logs in a hotspot user and returns the id of the session.
func (d *Device) AddHotspot(user string) (id string) {
	d.change(hotspotActive, func(t *table, now time.Time) {
		id = idText(d.world.connectHotspot(t, user, noUser, now).id)
	})
	return id
}

// ReusePPP ends the first session of a name and begins one of another with the same .id,
// as happens where a router counts its ids again.
func (d *Device) ReusePPP(name, other string) {
	d.change(pppActive, func(t *table, now time.Time) {
		if r := t.find("name", name); r != nil {
			d.world.endPPP(t, r, now)
			next := t.next
			t.next = r.id
			d.world.connectPPP(t, other, noUser, now)
			t.next = next
		}
	})
}

// ReuseHotspot is ReusePPP for a hotspot user, whose .id is the address.
func (d *Device) ReuseHotspot(user, other string) {
	d.change(hotspotActive, func(t *table, now time.Time) {
		if r := t.find("user", user); r != nil {
			d.world.endHotspot(t, r, now, "admin reset")
			next := d.world.hot.count
			d.world.hot.count = uint32(r.id - firstGuest) //nolint:gosec // it was made of that
			d.world.connectHotspot(t, other, noUser, now)
			d.world.hot.count = next
		}
	})
}

// RemoveHotspot logs out the first session of that user.
func (d *Device) RemoveHotspot(user string) {
	d.change(hotspotActive, func(t *table, now time.Time) {
		if r := t.find("user", user); r != nil {
			d.world.endHotspot(t, r, now, "admin reset")
		}
	})
}

// change calls f with a table, updated to the present. It does nothing on a device
// without the menu.
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
