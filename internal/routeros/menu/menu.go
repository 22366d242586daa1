// Package menu knows the menus of RouterOS that Mikronec reads by itself: their
// paths and which of their fields are numbers, flags or durations. It turns
// rows into JSON straight from the words on the wire.
//
// On the wire every value is text. A field is typed only where this package
// names it, never by the look of its value: a user may be called 0811223344 or
// true, a version 7.10 is not 7.1. Everything else stays a string, nothing is
// renamed, and a row keeps every word that it came with.
package menu

import (
	"maps"
	"slices"
)

// Kind is how a field is written in JSON.
type Kind uint8

// Kinds of fields. A value that does not have the form of its kind stays a
// string.
const (
	Text     Kind = iota // string, byte for byte
	Integer              // unsigned decimal, up to 64 bits
	Decimal              // decimal with an optional fraction
	Boolean              // true, false, yes, no
	Duration             // kept as text, with a sibling NAME-seconds (or NAME-milliseconds where not whole)
)

// Menu is one menu of the router.
type Menu struct {
	Path   string   // such as /ppp/active
	Fields []string // to be asked for, .id first; none for all
	Kinds  map[string]Kind
	// Volatile are fields whose values change all the time by themselves.
	Volatile []string
}

// isVolatile reports whether the value of a field changes all the time by itself.
func (m *Menu) isVolatile(name []byte) bool {
	return slices.Contains(m.Volatile, string(name))
}

// Print is the command that lists the menu.
func (m *Menu) Print() string { return m.Path + "/print" }

func kinds(groups ...map[string]Kind) map[string]Kind {
	all := make(map[string]Kind)
	for _, g := range groups {
		maps.Copy(all, g)
	}
	return all
}

func of(k Kind, names ...string) map[string]Kind {
	m := make(map[string]Kind, len(names))
	for _, n := range names {
		m[n] = k
	}
	return m
}

// Booleans are the kinds of fields that are true or false.
func Booleans(names ...string) map[string]Kind { return of(Boolean, names...) }

// The menus, with the fields that may be typed. Field lists and captures:
// MikroTik's CLI reference and published API captures of RouterOS 6.27 to 7.24.
var (
	// Resource has one row without .id. Several fields depend on the board.
	Resource = &Menu{Path: "/system/resource", Fields: []string{
		"uptime", "version", "build-time", "factory-software", "free-memory", "total-memory", "cpu", "cpu-count",
		"cpu-frequency", "cpu-load", "free-hdd-space", "total-hdd-space", "write-sect-since-reboot", "write-sect-total",
		"bad-blocks", "architecture-name", "board-name", "platform",
	}, Kinds: kinds(
		of(Integer, "cpu-count", "cpu-frequency", "cpu-load", "free-memory", "total-memory",
			"free-hdd-space", "total-hdd-space", "write-sect-since-reboot", "write-sect-total"),
		of(Decimal, "bad-blocks"), // a percentage that may be 0.1
		of(Duration, "uptime"),
	), Volatile: []string{"uptime", "cpu-load", "cpu-frequency", "free-memory", "free-hdd-space", "write-sect-since-reboot", "write-sect-total"}}
	// Identity has one row with the name of the router.
	Identity = &Menu{Path: "/system/identity"}
	// Routerboard is missing on a CHR of version 7; old x86 routers answer with
	// routerboard=false alone.
	Routerboard = &Menu{Path: "/system/routerboard", Kinds: of(Boolean, "routerboard")}
	// HotspotActive lists the hotspot users that are logged in.
	HotspotActive = &Menu{Path: "/ip/hotspot/active", Fields: []string{
		".id", "server", "user", "domain", "address", "mac-address", "login-by", "uptime", "session-time-left",
		"idle-time", "idle-timeout", "keepalive-timeout", "bytes-in", "bytes-out", "packets-in", "packets-out",
		"limit-bytes-in", "limit-bytes-out", "limit-bytes-total", "radius", "blocked", "comment",
	}, Kinds: kinds(
		of(Integer, "bytes-in", "bytes-out", "packets-in", "packets-out",
			"limit-bytes-in", "limit-bytes-out", "limit-bytes-total"),
		of(Duration, "uptime", "session-time-left", "idle-time", "idle-timeout", "keepalive-timeout"),
		of(Boolean, "radius", "blocked"),
	), Volatile: []string{"uptime", "session-time-left", "idle-time", "keepalive-timeout",
		"bytes-in", "bytes-out", "packets-in", "packets-out"}}
	// PPPActive lists the PPP users; RouterOS keeps no byte counters here.
	PPPActive = &Menu{Path: "/ppp/active", Fields: []string{
		".id", "name", "service", "caller-id", "address", "uptime", "encoding", "session-id",
		"limit-bytes-in", "limit-bytes-out", "radius",
	}, Kinds: kinds(
		of(Integer, "limit-bytes-in", "limit-bytes-out"),
		of(Duration, "uptime"),
		of(Boolean, "radius"),
	), Volatile: []string{"uptime"}}
	// Interface lists all interfaces with their counters; which of the drop and
	// error counters there are depends on board and driver.
	Interface = &Menu{Path: "/interface", Fields: []string{
		".id", "name", "default-name", "type", "actual-mtu", "mac-address", "link-downs", "last-link-up-time",
		"rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
		"running", "disabled", "dynamic", "slave", "comment",
	}, Kinds: kinds(
		of(Integer, "rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
			"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "link-downs", "actual-mtu", "l2mtu", "max-l2mtu",
			"rx-bits-per-second", "tx-bits-per-second"),
		of(Boolean, "running", "disabled", "dynamic", "slave", "inactive"),
	), Volatile: []string{"rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
		"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "rx-bits-per-second", "tx-bits-per-second"}}
	// QueueSimple has pairs of upload/download in most fields; they stay text.
	QueueSimple = &Menu{Path: "/queue/simple", Fields: []string{
		".id", "name", "target", "parent", "priority", "limit-at", "max-limit", "bytes", "packets", "rate", "packet-rate",
		"queued-bytes", "queued-packets", "dropped", "dynamic", "disabled", "invalid", "comment",
	}, Kinds: kinds(
		of(Integer, "total-bytes", "total-packets", "total-rate", "total-dropped", "total-packet-rate", "total-queued-bytes", "total-queued-packets"),
		of(Boolean, "dynamic", "disabled", "invalid"),
	), Volatile: []string{"bytes", "packets", "rate", "packet-rate", "queued-bytes", "queued-packets", "dropped",
		"total-bytes", "total-packets", "total-rate", "total-dropped", "total-packet-rate", "total-queued-bytes", "total-queued-packets"}}
	// DHCPLease has host names that clients choose.
	DHCPLease = &Menu{Path: "/ip/dhcp-server/lease", Fields: []string{
		".id", "address", "mac-address", "client-id", "server", "status", "expires-after", "last-seen",
		"active-address", "active-mac-address", "active-server", "host-name", "radius", "dynamic", "blocked", "disabled", "comment",
	}, Kinds: kinds(
		of(Duration, "expires-after", "last-seen", "age"),
		of(Boolean, "radius", "dynamic", "blocked", "disabled"),
	), Volatile: []string{"expires-after", "last-seen", "age"}}
	// Log is the buffer in memory.
	Log = &Menu{Path: "/log", Fields: []string{".id", "time", "topics", "message"}}
	// Health is one row of columns in version 6 and a row a sensor in version 7,
	// whose value is a number for the types C, V, A, W and RPM and a word else.
	Health = &Menu{Path: "/system/health", Kinds: kinds(
		of(Decimal, "voltage", "temperature", "cpu-temperature", "current", "power-consumption", "value"),
		of(Integer, "fan1-speed", "fan2-speed"),
	)}
	// Any is for rows of menus that nobody described: all strings.
	Any = &Menu{}
)
