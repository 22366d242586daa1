// Package menu describes the menus of RouterOS that Mikronec reads by itself: their
// paths and which of their fields are numbers, booleans or durations. It encodes rows
// as JSON directly from the words on the wire.
//
// On the wire every value is text. A field has a type only if its menu says so, never
// because of its value: a user may be named 0811223344 or true, and version 7.10 is not
// 7.1. Other fields are strings. No field is left out, and none is renamed, except a
// second one of the same name in one row; see [Fields].
package menu

import (
	"maps"
	"slices"
)

// Kind is the JSON type of a field.
type Kind uint8

// Kinds of fields. A value that does not have the form of its kind is a string.
const (
	Text     Kind = iota // string, byte for byte
	Integer              // unsigned decimal, up to 64 bits
	Decimal              // decimal with an optional fraction
	Boolean              // true, false, yes, no
	Duration             // the text as a string, and a field NAME-seconds (NAME-milliseconds if not whole seconds)
	Sensor               // decimal if the row has a field type with a unit
	Flag                 // "true" or "false", also for yes and no
)

// Trend is how the values of a volatile field change.
type Trend uint8

// Trends. A value that goes against its trend is a change: another session under the
// same .id, a reboot, or a counter that was reset.
const (
	Wanders Trend = iota // up and down
	Rises
	Falls
	Counts // a duration that rises by a second in a second, so that it need not be read again
)

// Menu is one menu of the router.
type Menu struct {
	Path   string   // such as /ppp/active
	Fields []string // to request, .id first; none for all
	Kinds  map[string]Kind
	// OtherOf returns the kind of a field that is not in Kinds; nil for Text.
	OtherOf func(name string) Kind
	// Volatile are fields whose values change continuously, such as uptimes.
	Volatile map[string]Trend
}

// kindOf returns the kind of a field.
func (m *Menu) kindOf(name string) Kind {
	kind, ok := m.Kinds[name]
	if !ok && m.OtherOf != nil {
		return m.OtherOf(name)
	}
	return kind
}

// IsVolatile reports whether a field is volatile.
func (m *Menu) IsVolatile(name []byte) bool {
	_, ok := m.Volatile[string(name)]
	return ok
}

// Counters are the volatile fields that have to be read because they follow from
// nothing, sorted.
func (m *Menu) Counters() []string {
	var names []string
	for name, trend := range m.Volatile {
		if trend != Counts && (len(m.Fields) == 0 || slices.Contains(m.Fields, name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Print is the command that lists the menu.
func (m *Menu) Print() string { return m.Path + "/print" }

// all joins groups of fields.
func all[V any](groups ...map[string]V) map[string]V {
	fields := make(map[string]V)
	for _, g := range groups {
		maps.Copy(fields, g)
	}
	return fields
}

// of gives fields the same kind or trend.
func of[V any](v V, names ...string) map[string]V {
	fields := make(map[string]V, len(names))
	for _, n := range names {
		fields[n] = v
	}
	return fields
}

// Integers returns the kinds of fields that are integers.
func Integers(names ...string) map[string]Kind { return of(Integer, names...) }

// Booleans returns the kinds of fields that are booleans.
func Booleans(names ...string) map[string]Kind { return of(Boolean, names...) }

// The menus. Sources of the fields and types: MikroTik's CLI reference, and published
// captures of the API of RouterOS 6.27 to 7.24.
var (
	// Resource has one row without .id. Some fields depend on the board, others on the
	// version: factory-software is minimum-version since 7.24. It is read without a list,
	// which would save one row few bytes and lose the fields of the next version.
	Resource = &Menu{Path: "/system/resource", Kinds: all(
		of(Integer, "cpu-count", "cpu-frequency", "cpu-load", "free-memory", "total-memory",
			"free-hdd-space", "total-hdd-space", "write-sect-since-reboot", "write-sect-total"),
		of(Decimal, "bad-blocks"), // a percentage that may be 0.1
		of(Duration, "uptime"),
	), Volatile: all(
		of(Rises, "uptime", "write-sect-since-reboot", "write-sect-total"), // uptime is the first sign of a reboot
		of(Wanders, "cpu-load", "cpu-frequency", "free-memory", "free-hdd-space"),
	)}
	// Identity has one row with the name of the router.
	Identity = &Menu{Path: "/system/identity"}
	// Routerboard does not exist on a CHR with RouterOS 7; old x86 routers answer with
	// routerboard=false only.
	Routerboard = &Menu{Path: "/system/routerboard", Kinds: of(Boolean, "routerboard")}
	// HotspotActive has the hotspot users who are logged in.
	HotspotActive = &Menu{Path: "/ip/hotspot/active", Fields: []string{
		".id", "server", "user", "domain", "address", "mac-address", "login-by", "uptime", "session-time-left",
		"idle-time", "idle-timeout", "keepalive-timeout", "bytes-in", "bytes-out", "packets-in", "packets-out",
		"limit-bytes-in", "limit-bytes-out", "limit-bytes-total", "advertisement", "radius", "blocked", "comment",
	}, Kinds: all(
		of(Integer, "bytes-in", "bytes-out", "packets-in", "packets-out",
			"limit-bytes-in", "limit-bytes-out", "limit-bytes-total"),
		of(Duration, "uptime", "session-time-left", "idle-time", "idle-timeout", "keepalive-timeout"),
		of(Boolean, "radius", "blocked"),
	), Volatile: all(
		of(Counts, "uptime"),
		of(Rises, "bytes-in", "bytes-out", "packets-in", "packets-out"),
		of(Falls, "session-time-left"),
		of(Wanders, "idle-time", "keepalive-timeout"),
	)}
	// PPPActive has the PPP users who are connected; RouterOS has no byte counters here.
	PPPActive = &Menu{Path: "/ppp/active", Fields: []string{
		".id", "name", "service", "caller-id", "address", "uptime", "encoding", "session-id",
		"limit-bytes-in", "limit-bytes-out", "radius", "comment",
	}, Kinds: all(
		of(Integer, "limit-bytes-in", "limit-bytes-out"),
		of(Duration, "uptime"),
		of(Boolean, "radius"),
	), Volatile: of(Counts, "uptime")}
	// Interface has all interfaces with their counters; drop and error counters depend
	// on board and driver.
	Interface = &Menu{Path: "/interface", Fields: []string{
		".id", "name", "default-name", "type", "mtu", "actual-mtu", "l2mtu", "max-l2mtu", "vrf", "mac-address", "fast-path",
		"last-link-down-time", "last-link-up-time", "link-downs",
		"rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
		"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop",
		"running", "disabled", "dynamic", "slave", "inactive", "passthrough", "power-limited", "comment",
	}, Kinds: all(
		of(Integer, "rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
			"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop", "link-downs", "actual-mtu", "l2mtu", "max-l2mtu",
			"rx-bits-per-second", "tx-bits-per-second"),
		of(Boolean, "running", "disabled", "dynamic", "slave", "inactive", "passthrough", "power-limited", "fast-path"),
	), Volatile: all(
		of(Rises, "rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
			"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop"),
		of(Wanders, "rx-bits-per-second", "tx-bits-per-second"),
	)}
	// QueueSimple has pairs upload/download in most fields, which are strings.
	QueueSimple = &Menu{Path: "/queue/simple", Fields: []string{
		".id", "name", "target", "dst", "parent", "packet-marks", "priority", "queue", "limit-at", "max-limit",
		"burst-limit", "burst-threshold", "burst-time", "bucket-size", "time",
		"bytes", "packets", "rate", "packet-rate", "queued-bytes", "queued-packets", "dropped", "borrows", "lends", "pcq-queues",
		"total-priority", "total-queue", "total-limit-at", "total-max-limit", "total-burst-limit", "total-burst-threshold",
		"total-burst-time", "total-bucket-size", "total-bytes", "total-packets", "total-rate", "total-packet-rate",
		"total-queued-bytes", "total-queued-packets", "total-dropped", "total-borrows", "total-lends", "total-pcq-queues",
		"dynamic", "disabled", "invalid", "comment",
	}, Kinds: all(
		of(Integer, "total-bytes", "total-packets", "total-rate", "total-dropped", "total-packet-rate", "total-queued-bytes", "total-queued-packets",
			"total-borrows", "total-lends", "total-pcq-queues",
			"total-priority", "total-limit-at", "total-max-limit", "total-burst-limit", "total-burst-threshold"),
		of(Decimal, "total-bucket-size"),
		of(Duration, "total-burst-time"),
		of(Boolean, "dynamic", "disabled", "invalid"),
	), Volatile: all(
		of(Rises, "bytes", "packets", "dropped", "borrows", "lends",
			"total-bytes", "total-packets", "total-dropped", "total-borrows", "total-lends"),
		of(Wanders, "rate", "packet-rate", "queued-bytes", "queued-packets", "pcq-queues",
			"total-rate", "total-packet-rate", "total-queued-bytes", "total-queued-packets", "total-pcq-queues"),
	)}
	// DHCPLease has the leases of all DHCP servers; clients choose their host-name. It is
	// asked without reconfigure-key, which is a secret.
	DHCPLease = &Menu{Path: "/ip/dhcp-server/lease", Fields: []string{
		".id", "address", "mac-address", "client-id", "address-lists", "server", "dhcp-option", "dhcp-option-set",
		"status", "expires-after", "last-seen", "age",
		"active-address", "active-mac-address", "active-client-id", "active-server", "active-agent-circuit-id", "active-agent-remote-id",
		"host-name", "class-id", "src-mac-address", "agent-circuit-id", "agent-remote-id", "use-src-mac",
		"rate-limit", "lease-time", "insert-queue-before", "parent-queue", "queue-type", "allow-dual-stack-queue", "always-broadcast",
		"block-access", "reconfigure-status", "reconfigure-last-sent", "radius", "dynamic", "blocked", "disabled", "comment",
	}, Kinds: all(
		of(Duration, "expires-after", "last-seen", "age", "lease-time"),
		of(Boolean, "radius", "dynamic", "blocked", "disabled", "use-src-mac", "block-access", "always-broadcast", "allow-dual-stack-queue"),
	), Volatile: of(Wanders, "expires-after", "last-seen", "age")}
	// Pool has the address pools; only some versions of RouterOS count their addresses.
	Pool = &Menu{Path: "/ip/pool", Fields: []string{".id", "name", "ranges", "total", "used", "available"}, Kinds: of(Integer, "total", "used", "available")}
	// PoolUsed has the addresses that pools have given out.
	PoolUsed = &Menu{Path: "/ip/pool/used", Fields: []string{"pool"}}
	// Log is the buffer of the log in memory.
	Log = &Menu{Path: "/log", Fields: []string{".id", "buffer", "time", "topics", "message", "extra-info"}}
	// Any is for menus that are not described here: all fields are strings.
	Any = &Menu{}
)
