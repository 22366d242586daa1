package sim

import (
	"slices"
	"strconv"
)

// restarts are the commands after which a router restarts or goes down: it closes its
// connections, mostly before the !done (MikroTik's CLI reference). Which of them a device
// has follows from its menus and its version.
var restarts = []string{
	"/system/reboot", "/system/shutdown", "/system/reset-configuration", "/system/backup/load",
	"/system/package/downgrade", "/system/package/apply-changes", "/system/package/update/install",
	"/system/package/update/upgrade", "/system/package/local-update/download-all", "/system/upgrade/download-all",
	"/system/device-mode/update",
}

func init() {
	reboot := func(x *call) error { x.c.d.Reboot(); return errGone }
	behave("/system", behavior{extra: map[string]command{
		"reboot":              reboot,
		"shutdown":            func(x *call) error { x.c.d.shutdown(); return errGone },
		"reset-configuration": (*call).resetConfiguration,
	}})
	behave("/system/package", behavior{extra: map[string]command{
		"downgrade":     reboot,
		"apply-changes": reboot,
		"disable":       schedule("scheduled for disable"), "enable": schedule("scheduled for enable"),
		"uninstall": schedule("scheduled for uninstall"), "unschedule": schedule(""),
	}})
	behave("/system/package/update", behavior{extra: map[string]command{
		"check-for-updates": (*call).accepted, "download": (*call).accepted, "cancel": (*call).accepted,
		"install": reboot, "upgrade": reboot,
	}})
	download := behavior{extra: map[string]command{"download-all": func(x *call) error {
		if s, _ := x.arg("reboot-after-download"); s == "yes" || s == "true" {
			return reboot(x)
		}
		return nil
	}}}
	behave("/system/package/local-update", download)
	behave("/system/upgrade", download)
	// The command waits until someone presses a button or the power is cut; the router is
	// restarted at once here.
	behave("/system/device-mode", behavior{extra: map[string]command{"update": reboot}})
	behave("/system/backup", behavior{extra: map[string]command{"load": (*call).loadBackup, "save": (*call).saveBackup}})
}

// schedule notes what is done with packages at the next reboot, which does not do it here.
func schedule(text string) command {
	return func(x *call) error {
		return x.edit(func(_ *world, t *table) error {
			return x.each(t, func(r *row) error {
				t.replace(r.with("scheduled", text))
				return nil
			})
		})
	}
}

// resetConfiguration forgets every change. Unlike a router it keeps the accounts of
// Options also without keep-users, or nobody could come back.
func (x *call) resetConfiguration() error {
	x.c.d.restart(func(w *world) {
		for path := range w.tables {
			if !slices.Contains([]string{logLines, userActive, pppActive, hotspotActive}, path) {
				delete(w.tables, path)
			}
		}
	})
	return errGone
}

// loadBackup restores the device as it was at first use: a backup has no content here.
func (x *call) loadBackup() error {
	name, ok := x.arg("name")
	if !ok {
		return argument(missing, "name")
	}
	err := x.edit(func(w *world, _ *table) error {
		t := w.table("/file")
		if t.find("name", name) == nil && t.find("name", name+".backup") == nil {
			return argument(badName, "name")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.resetConfiguration()
}

// saveBackup adds the file; without a name, it is named by the identity of the router.
func (x *call) saveBackup() error {
	name, ok := x.arg("name")
	if !ok {
		name = x.c.d.opts.Identity
	}
	return x.edit(func(w *world, _ *table) error {
		t := w.table("/file")
		if t.find("name", name+".backup") == nil {
			t.add(&row{words: attrs("name", name+".backup", "type", "backup", "size", strconv.Itoa(30000+len(w.tables)),
				"creation-time", w.p.date(w.last)), born: w.last, user: noUser})
		}
		return nil
	})
}
