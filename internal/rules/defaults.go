package rules

// defaults are the default denials: commands that destroy a device or its software,
// that remove access or give it to others, and that run scripts or other programs,
// which can contain any command. Ordinary configuration (addresses, routes, firewall)
// can lock somebody out as well but is not included: a key that must not change it
// needs rules that allow.
var defaults = mustParse(
	// The device and its software.
	"!/system/reset-configuration", "!/system/shutdown", "!/system/backup/load", "!/system/package/**:write",
	"!/system/upgrade/**:write", "!/system/routerboard/**:write", "!/system/device-mode:write", "!/system/license:write",
	"!/system/swos/**:write", "!/partitions:write", "!/disk/**:write", "!/file/**:write", "!/undo", "!/redo", "!/setup",
	"!/interface/lte/at-chat", "!/interface/lte/firmware-upgrade",
	// Access to it.
	"!/user/**:write", "!/password", "!/ip/service:write", "!/ip/ssh:write", "!/certificate/**:write", "!/snmp/**:write",
	"!/special-login:write", "!/tool/mac-server/**:write", "!/tool/romon/**:write",
	// Scripts, other programs, other devices.
	"!/execute", "!/import", "!/system/script/**:write", "!/system/scheduler:write", "!/tool/netwatch:write",
	"!/tool/traffic-monitor:write", "!/tool/fetch", "!/tool/sms/**:write", "!/container/**:write", "!/app/**:write",
	"!/system/ssh", "!/system/ssh-exec", "!/system/telnet", "!/tool/mac-telnet", "!/system/serial-terminal",
)

// Defaults lists the default denials, for the documentation.
func Defaults() []string {
	list := make([]string, 0, len(defaults))
	for _, d := range defaults {
		list = append(list, d.text)
	}
	return list
}

func mustParse(list ...string) []rule {
	s, err := Parse(list)
	if err != nil {
		panic("rules: " + err.Error())
	}
	return s.deny
}
