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
)

// Menu is one menu of the router.
type Menu struct {
	Path   string   // such as /ppp/active
	Fields []string // to request, .id first; none for all
	Kinds  map[string]Kind
	// OtherOf returns the kind of a field that is not in Kinds; nil for Text.
	OtherOf func(name string) Kind
	// Volatile are fields whose values change continuously, such as uptimes.
	Volatile []string
}

// kindOf returns the kind of a field.
func (m *Menu) kindOf(name string) Kind {
	kind, ok := m.Kinds[name]
	if !ok && m.OtherOf != nil {
		return m.OtherOf(name)
	}
	return kind
}

// isVolatile reports whether a field is volatile.
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

// Booleans returns the kinds of fields that are booleans.
func Booleans(names ...string) map[string]Kind { return of(Boolean, names...) }

// The menus. Sources of the fields and types: MikroTik's CLI reference, and published
// captures of the API of RouterOS 6.27 to 7.24.
var (
	// Resource has one row without .id. Some fields depend on the board, others on the
	// version: factory-software is minimum-version since 7.24. It is read without a list,
	// which would save one row few bytes and lose the fields of the next version.
	Resource = &Menu{Path: "/system/resource", Kinds: kinds(
		of(Integer, "cpu-count", "cpu-frequency", "cpu-load", "free-memory", "total-memory",
			"free-hdd-space", "total-hdd-space", "write-sect-since-reboot", "write-sect-total"),
		of(Decimal, "bad-blocks"), // a percentage that may be 0.1
		of(Duration, "uptime"),
	), Volatile: []string{"uptime", "cpu-load", "cpu-frequency", "free-memory", "free-hdd-space", "write-sect-since-reboot", "write-sect-total"}}
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
	}, Kinds: kinds(
		of(Integer, "bytes-in", "bytes-out", "packets-in", "packets-out",
			"limit-bytes-in", "limit-bytes-out", "limit-bytes-total"),
		of(Duration, "uptime", "session-time-left", "idle-time", "idle-timeout", "keepalive-timeout"),
		of(Boolean, "radius", "blocked"),
	), Volatile: []string{"uptime", "session-time-left", "idle-time", "keepalive-timeout",
		"bytes-in", "bytes-out", "packets-in", "packets-out"}}
	// PPPActive has the PPP users who are connected; RouterOS has no byte counters here.
	PPPActive = &Menu{Path: "/ppp/active", Fields: []string{
		".id", "name", "service", "caller-id", "address", "uptime", "encoding", "session-id",
		"limit-bytes-in", "limit-bytes-out", "radius", "comment",
	}, Kinds: kinds(
		of(Integer, "limit-bytes-in", "limit-bytes-out"),
		of(Duration, "uptime"),
		of(Boolean, "radius"),
	), Volatile: []string{"uptime"}}
	// Interface has all interfaces with their counters; drop and error counters depend
	// on board and driver.
	Interface = &Menu{Path: "/interface", Fields: []string{
		".id", "name", "default-name", "type", "mtu", "actual-mtu", "l2mtu", "max-l2mtu", "vrf", "mac-address", "fast-path",
		"last-link-down-time", "last-link-up-time", "link-downs",
		"rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
		"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop",
		"running", "disabled", "dynamic", "slave", "inactive", "passthrough", "power-limited", "comment",
	}, Kinds: kinds(
		of(Integer, "rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
			"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop", "link-downs", "actual-mtu", "l2mtu", "max-l2mtu",
			"rx-bits-per-second", "tx-bits-per-second"),
		of(Boolean, "running", "disabled", "dynamic", "slave", "inactive", "passthrough", "power-limited", "fast-path"),
	), Volatile: []string{"rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop", "rx-error", "tx-error",
		"fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet", "fp-rps-drop", "rx-bits-per-second", "tx-bits-per-second"}}
	// QueueSimple has pairs upload/download in most fields, which are strings.
	QueueSimple = &Menu{Path: "/queue/simple", Fields: []string{
		".id", "name", "target", "dst", "parent", "packet-marks", "priority", "queue", "limit-at", "max-limit",
		"burst-limit", "burst-threshold", "burst-time", "bucket-size", "time",
		"bytes", "packets", "rate", "packet-rate", "queued-bytes", "queued-packets", "dropped", "borrows", "lends", "pcq-queues",
		"total-priority", "total-queue", "total-limit-at", "total-max-limit", "total-burst-limit", "total-burst-threshold",
		"total-burst-time", "total-bucket-size", "total-bytes", "total-packets", "total-rate", "total-packet-rate",
		"total-queued-bytes", "total-queued-packets", "total-dropped", "total-borrows", "total-lends", "total-pcq-queues",
		"dynamic", "disabled", "invalid", "comment",
	}, Kinds: kinds(
		of(Integer, "total-bytes", "total-packets", "total-rate", "total-dropped", "total-packet-rate", "total-queued-bytes", "total-queued-packets",
			"total-borrows", "total-lends", "total-pcq-queues",
			"total-priority", "total-limit-at", "total-max-limit", "total-burst-limit", "total-burst-threshold"),
		of(Decimal, "total-bucket-size"),
		of(Duration, "total-burst-time"),
		of(Boolean, "dynamic", "disabled", "invalid"),
	), Volatile: []string{"bytes", "packets", "rate", "packet-rate", "queued-bytes", "queued-packets", "dropped",
		"borrows", "lends", "pcq-queues", "total-bytes", "total-packets", "total-rate", "total-dropped", "total-packet-rate",
		"total-queued-bytes", "total-queued-packets", "total-borrows", "total-lends", "total-pcq-queues"}}
	// DHCPLease has the leases of all DHCP servers; clients choose their host-name. It is
	// asked without reconfigure-key, which is a secret.
	DHCPLease = &Menu{Path: "/ip/dhcp-server/lease", Fields: []string{
		".id", "address", "mac-address", "client-id", "address-lists", "server", "dhcp-option", "dhcp-option-set",
		"status", "expires-after", "last-seen", "age",
		"active-address", "active-mac-address", "active-client-id", "active-server", "active-agent-circuit-id", "active-agent-remote-id",
		"host-name", "class-id", "src-mac-address", "agent-circuit-id", "agent-remote-id", "use-src-mac",
		"rate-limit", "lease-time", "insert-queue-before", "parent-queue", "queue-type", "allow-dual-stack-queue", "always-broadcast",
		"block-access", "reconfigure-status", "reconfigure-last-sent", "radius", "dynamic", "blocked", "disabled", "comment",
	}, Kinds: kinds(
		of(Duration, "expires-after", "last-seen", "age", "lease-time"),
		of(Boolean, "radius", "dynamic", "blocked", "disabled", "use-src-mac", "block-access", "always-broadcast", "allow-dual-stack-queue"),
	), Volatile: []string{"expires-after", "last-seen", "age"}}
	// Log is the buffer of the log in memory.
	Log = &Menu{Path: "/log", Fields: []string{".id", "buffer", "time", "topics", "message", "extra-info"}}
	// Any is for menus that are not described here: all fields are strings.
	Any = &Menu{}
)
