package sim

import "time"

// HealthShape is the form of the reply to /system/health/print.
type HealthShape int

// The shapes seen in the field.
const (
	HealthAbsent  HealthShape = iota // no such menu
	HealthRow                        // RouterOS 6: one row, a column per sensor
	HealthSensors                    // RouterOS 7: one row per sensor
	HealthState                      // CHR 7: one row with state and state-after-reboot
)

// Personality describes a kind of device: board, RouterOS version, and the behavior of
// that version. HAP, HEX, CCR2004 and CHR return examples; a test may change fields.
type Personality struct {
	Board   string // board-name of /system/resource
	Model   string // model of /system/routerboard
	Arch    string // architecture-name
	CPU     string
	Cores   int
	MHz     int    // 0: the board has no cpu-frequency
	Version string // without the channel, e.g. 7.16.2
	Channel string // stable or long-term; "" for none
	Built   time.Time
	Factory string // factory-software, "" where absent
	Memory  int64  // bytes of RAM
	Disk    int64  // bytes of flash
	Ports   int    // ethernet ports
	Wireless,
	BadBlocks bool // has wlan1; has the bad-blocks field

	Health HealthShape
	// Absent are menus that this device does not have, with all menus below.
	Absent []string

	Empty          bool // !empty before the !done of a print without rows (7.18 and later)
	ISODates       bool // 2026-05-31 10:00:00 instead of may/31/2026 10:00:00 (7.10 and later)
	TagBehindReply bool // the tag comes directly after the reply word (seen on 6.27), not last
	DropRates      bool // monitor-traffic has drop and error rates
	ChallengeLogin bool // before 6.43: login with challenge only
	BareChallenge  bool // /login without arguments returns a challenge that is refused later (seen up to 6.47.6)
	MaxSessions    int  // default of the service, 0: no limit (before 7.16)
}

// HAP is a small home board on RouterOS 6: one core, no !empty, one row of
// health, old dates, the tag directly after the reply word.
func HAP() Personality {
	return Personality{
		Board: "hAP ac lite", Model: "RB952Ui-5ac2nD", Arch: "mipsbe", CPU: "MIPS 24Kc V7.4", Cores: 1, MHz: 650,
		Version: "6.49.10", Channel: "long-term", Built: time.Date(2023, 7, 17, 13, 52, 30, 0, time.UTC), Factory: "6.44.6",
		Memory: 64 << 20, Disk: 16 << 20, Ports: 5, Wireless: true, BadBlocks: true,
		Health: HealthRow, TagBehindReply: true, DropRates: true,
	}
}

// HEX is a small router on 7.16.2, without !empty.
func HEX() Personality {
	return Personality{
		Board: "hEX", Model: "RB750Gr3", Arch: "mmips", CPU: "MIPS 1004Kc V2.15", Cores: 4, MHz: 880,
		Version: "7.16.2", Channel: "stable", Built: time.Date(2024, 11, 26, 12, 9, 40, 0, time.UTC), Factory: "6.47.9",
		Memory: 256 << 20, Disk: 16 << 20, Ports: 5, BadBlocks: true,
		Health: HealthSensors, ISODates: true, MaxSessions: 20,
	}
}

// CCR2004 is a large arm64 router on 7.20: !empty, a row per sensor, no
// cpu-frequency.
func CCR2004() Personality {
	return Personality{
		Board: "CCR2004-16G-2S+", Model: "CCR2004-16G-2S+", Arch: "arm64", CPU: "ARM64", Cores: 4,
		Version: "7.20.4", Channel: "stable", Built: time.Date(2025, 11, 5, 9, 30, 12, 0, time.UTC), Factory: "7.0.4",
		Memory: 4227858432, Disk: 135266304, Ports: 18, BadBlocks: true,
		Health: HealthSensors, Empty: true, ISODates: true, DropRates: true, MaxSessions: 20,
	}
}

// CHR is a virtual router on 7.23.1: it has no /system/routerboard at all.
func CHR() Personality {
	return Personality{
		Board: "CHR", Arch: "x86_64", CPU: "Intel(R)", Cores: 4, MHz: 2200,
		Version: "7.23.1", Channel: "stable", Built: time.Date(2026, 6, 8, 8, 17, 44, 0, time.UTC), Factory: "7.1.5",
		Memory: 2046820352, Disk: 62369792, Ports: 4,
		Health: HealthState, Absent: []string{"/system/routerboard"},
		Empty: true, ISODates: true, DropRates: true, MaxSessions: 20,
	}
}

// versionText is the version of /system/resource, e.g. 7.16.2 (stable).
func (p *Personality) versionText() string {
	if p.Channel == "" {
		return p.Version
	}
	return p.Version + " (" + p.Channel + ")"
}

// buildTime is capitalised in the old form, unlike other dates.
func (p *Personality) buildTime() string {
	if p.ISODates {
		return p.Built.Format(time.DateTime)
	}
	return p.Built.Format("Jan/02/2006 15:04:05")
}

// since reports whether the version is at least major.minor.
func (p *Personality) since(major, minor int) bool {
	return versionNumber(p.Version) >= 1000*major+minor
}

// dead is the value of .dead in a listen. The documentation says yes, CHR 7.23.1
// sends true; that all of 7 does so and all of 6 says yes is assumed.
func (p *Personality) dead() string {
	if p.since(7, 0) {
		return "true"
	}
	return "yes"
}
