package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Who is connected by radio: to interfaces of the packages wifi and wireless, and to access
// points of the old CAPsMAN. A router has one or two of the menus at most. They are read
// without a list of fields: some versions leave out rows of which they do not know one.
var (
	_ = register(Topic{Name: "wifi", MinInterval: radioInterval, Menu: radio("/interface/wifi")})
	_ = register(Topic{Name: "wireless", MinInterval: radioInterval, Menu: radio("/interface/wireless")})
	_ = register(Topic{Name: "caps_man", MinInterval: radioInterval, Menu: radio("/caps-man")})
)

const radioInterval = 5 * time.Second

func radio(path string) *menu.Menu {
	return &menu.Menu{
		Path: path + "/registration-table",
		Kinds: map[string]menu.Kind{
			"uptime": menu.Duration, "last-activity": menu.Duration, "authorized": menu.Boolean, "ap": menu.Boolean, "wds": menu.Boolean,
			"rx-bits-per-second": menu.Integer, "tx-bits-per-second": menu.Integer,
		},
		Volatile: map[string]menu.Trend{
			"uptime": menu.Counts, "last-activity": menu.Wanders, "signal": menu.Wanders, "signal-strength": menu.Wanders, "rx-signal": menu.Wanders,
			"signal-strength-ch0": menu.Wanders, "signal-strength-ch1": menu.Wanders, "signal-to-noise": menu.Wanders, "strength-at-rates": menu.Wanders,
			"tx-signal-strength": menu.Wanders, "tx-ccq": menu.Wanders, "rx-ccq": menu.Wanders, "p-throughput": menu.Wanders,
			"rx-rate": menu.Wanders, "tx-rate": menu.Wanders, "rx-rate-set": menu.Wanders, "tx-rate-set": menu.Wanders,
			"bytes": menu.Wanders, "packets": menu.Wanders, "frames": menu.Wanders, "frame-bytes": menu.Wanders, "hw-frames": menu.Wanders, "hw-frame-bytes": menu.Wanders,
			"rx-bits-per-second": menu.Wanders, "tx-bits-per-second": menu.Wanders,
		},
	}
}
