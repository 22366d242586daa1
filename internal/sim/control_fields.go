package sim

import "time"

// SetField gives a row of a menu a value until the row is replaced, also for a property
// that is computed otherwise. name is the name of the row, empty for the first one. It does
// nothing if there is no such row.
func (d *Device) SetField(path, name, field, value string) {
	d.change(path, func(t *table, _ time.Time) {
		r := t.find("name", name)
		if name == "" && len(t.rows) > 0 {
			r = t.rows[0]
		}
		if r == nil {
			return
		}
		changed := r.with(field, value)
		changed.fixed = true
		t.replace(changed)
	})
}

// AddRow adds a row to a menu; pairs are names and values.
func (d *Device) AddRow(path string, pairs ...string) {
	d.change(path, func(t *table, now time.Time) {
		t.add(&row{words: attrs(pairs...), born: now, user: noUser})
	})
}

// WriteLog writes a line to the log.
func (d *Device) WriteLog(topics, message string) {
	d.change(logLines, func(_ *table, now time.Time) { d.world.log(now, topics, message) })
}

// Off switches the device off: connections are reset, and new ones refused until Reboot.
func (d *Device) Off() { d.shutdown() }

// fixes reports whether the row has a value instead of a computed one.
func (r *row) fixes(name string) bool {
	if !r.fixed {
		return false
	}
	_, ok := r.words.Get(name)
	return ok
}
