package sim

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

func init() {
	behave(interfaces, behavior{
		fill: fillInterfaces, check: checkInterface, live: counters,
		extra: map[string]command{"monitor-traffic": (*call).monitorTraffic},
	})
	behave("/ip/address", behavior{fill: fillAddresses, check: checkAddress})
	behave(simpleQueues, behavior{fill: fillQueues, check: checkQueue, drop: dropQueue, live: queueCounters})
	behave(leases, behavior{fill: fillLeases, live: leaseTimes, extra: map[string]command{
		"make-static": (*call).makeStatic, "check-status": (*call).accepted,
	}})
	behave("/ip/service", behavior{fill: fillServices})
}

// counters of an interface. Received is what comes from the subscriber; for an
// uplink that is the download of all.
var counters = []live{
	counter("rx-byte", (*row).upload, 1), counter("tx-byte", (*row).download, 1),
	counter("rx-packet", (*row).upload, packetSize), counter("tx-packet", (*row).download, packetSize),
	{"rx-drop", onlyWhereDrops}, {"tx-drop", onlyWhereDrops},
	{"tx-queue-drop", zero}, {"rx-error", onlyWhereDrops}, {"tx-error", onlyWhereDrops},
	counter("fp-rx-byte", (*row).upload, 1), {"fp-tx-byte", zero},
	counter("fp-rx-packet", (*row).upload, packetSize), {"fp-tx-packet", zero},
}

// onlyWhereDrops is zero on boards whose driver counts drops, absent elsewhere.
func onlyWhereDrops(b []byte, m *moment, _ *row) ([]byte, bool) {
	return append(b, '0'), m.p.DropRates
}

func fillInterfaces(w *world, t *table) {
	port := func(i int, name, kind string, weight float64, extra ...string) {
		pairs := []string{"name", name}
		if kind != "bridge" {
			pairs = append(pairs, "default-name", name)
		}
		mtu := "1500"
		if kind == "bridge" {
			mtu = "auto"
		}
		pairs = append(pairs, "type", kind, "mtu", mtu, "actual-mtu", "1500")
		if w.p.Model != "" {
			pairs = append(pairs, "l2mtu", "1598", "max-l2mtu", "4074")
		}
		running := strconv.FormatBool(weight > 0)
		pairs = append(pairs, "mac-address", macAddress(mix(w.opts.Seed, 5)&0xFFFF00|uint64(i)),
			"last-link-up-time", w.p.date(w.booted.Add(20*time.Second)), "link-downs", "0", "running", running, "disabled", "false")
		r := &row{words: attrs(append(pairs, extra...)...), born: w.booted, user: noUser}
		if weight > 0 {
			r.flows = newFlows(mix(w.opts.Seed, uint64(100+i)), weight)
		}
		t.add(r)
	}
	for i := 1; i <= w.p.Ports; i++ {
		name := fmt.Sprintf("ether%d", i)
		switch {
		case i == 1:
			port(i, name, "ether", 40, "comment", w.uplinkComment())
		case i == w.p.Ports && i > 2:
			port(i, name, "ether", 0, "slave", "true")
		default:
			port(i, name, "ether", 10, "slave", "true")
		}
	}
	if w.p.Wireless {
		name, kind := "wlan1", "wlan"
		if w.p.since(7, 13) {
			name, kind = "wifi1", "wifi"
		}
		port(w.p.Ports+1, name, kind, 5, "slave", "true")
	}
	port(w.p.Ports+2, "bridge", "bridge", 30)
	t.next = max(t.next, dynamicInterfaces)
	for _, r := range w.sessions(pppActive) {
		t.add(pppInterface(w.p, r))
	}
}

// uplinkComment is not UTF-8: WinBox stores the code page of the operator's PC.
func (w *world) uplinkComment() string {
	if w.opts.Nasty {
		return "Z\xfcrich\nuplink =\x01 \"A\" \\ \xff"
	}
	return "uplink Z\xfcrich"
}

func checkInterface(_ *world, t *table, r *row) (*row, error) {
	if other := t.find("name", r.text("name")); other != nil && other.id != r.id {
		return nil, failure("already have interface with such name")
	}
	return r, nil
}

func fillAddresses(_ *world, t *table) {
	add := func(address, network, on, dynamic string) {
		t.add(&row{words: attrs("address", address, "network", network, "interface", on, "actual-interface", on,
			"invalid", "false", "dynamic", dynamic, "disabled", "false"), user: noUser})
	}
	add("192.168.88.1/24", "192.168.88.0", "bridge", "false")
	add("10.5.0.1/16", "10.5.0.0", "bridge", "false")
	add("192.0.2.20/24", "192.0.2.0", "ether1", "true")
}

// checkAddress refuses a second address and computes the network. An address without the
// length of a network is one of its own.
func checkAddress(_ *world, t *table, r *row) (*row, error) {
	text := r.text("address")
	if !strings.Contains(text, "/") {
		text += "/32"
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || !prefix.Addr().Is4() {
		return nil, argument(badValue, "address")
	}
	for _, other := range t.rows {
		if other.id != r.id && other.text("address") == text && other.text("interface") == r.text("interface") {
			return nil, failure("already have such address")
		}
	}
	return r.with("address", text, "network", prefix.Masked().Addr().String(), "actual-interface", r.text("interface")), nil
}

func newQueue(w *world, pairs ...string) *row {
	return (&row{words: w.presets(w.declared(simpleQueues)), user: noUser}).with(pairs...)
}

func dynamicQueue(w *world, name, target, limit string, session *row) *row {
	q := newQueue(w, "name", name, "target", target, "max-limit", limit, "dynamic", "true")
	q.born, q.flows = session.born, session.flows
	return q
}

var queueCounters = []live{
	pair("bytes", flow.count),
	pair("packets", func(f flow, m *moment, r *row) uint64 { return f.count(m, r) / packetSize }),
	pair("rate", func(f flow, m *moment, r *row) uint64 { return uint64(8 * f.rate(m.now.Sub(r.born))) }),
	pair("packet-rate", func(f flow, m *moment, r *row) uint64 { return uint64(f.rate(m.now.Sub(r.born)) / packetSize) }),
	{"queued-bytes", zeroPair}, {"queued-packets", zeroPair}, {"dropped", zeroPair},
	{"total-bytes", zero}, {"total-packets", zero}, {"total-rate", zero}, {"total-dropped", zero},
	{"total-packet-rate", zero}, {"total-queued-bytes", zero}, {"total-queued-packets", zero},
}

func fillQueues(w *world, t *table) {
	q := newQueue(w, "name", "q-office", "target", "192.168.88.0/24", "max-limit", "10000000/50000000", "comment", "office")
	q.born, q.flows = w.booted, newFlows(mix(w.opts.Seed, 200), 5)
	t.add(q)
	for _, r := range w.sessions(pppActive) {
		t.add(pppQueue(w, r))
	}
	for _, r := range w.sessions(hotspotActive) {
		t.add(hotspotQueue(w, r))
	}
}

// checkQueue names a queue that has no name.
func checkQueue(_ *world, t *table, r *row) (*row, error) {
	if r.text("name") != "" {
		return r, nil
	}
	return r.with("name", fmt.Sprintf("queue%d", len(t.rows)+1)), nil
}

// bits reads a rate such as 10M; what is stored never has a suffix.
func bits(s string) (string, bool) {
	factor := uint64(1)
	if n := len(s) - 1; n > 0 {
		if k := strings.IndexByte("kMG", s[n]); k >= 0 {
			factor, s = []uint64{1e3, 1e6, 1e9}[k], s[:n]
		}
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return strconv.FormatUint(n*factor, 10), err == nil && n <= math.MaxUint64/factor
}

// dropQueue refuses dynamic queues (text assumed).
func dropQueue(_ *world, t *table, r *row) error {
	if r.text("dynamic") == "true" {
		return failure("can not remove dynamic queue")
	}
	t.remove(r.id)
	return nil
}

const leaseTime = 10 * time.Minute

// leaseTimes: a client comes back at half of the lease time.
var leaseTimes = []live{
	{"expires-after", func(b []byte, m *moment, r *row) ([]byte, bool) {
		if r.text("status") != "bound" {
			return b, false
		}
		return appendDuration(b, (leaseTime - m.sinceSeen(r)).Truncate(time.Second)), true
	}},
	{"last-seen", func(b []byte, m *moment, r *row) ([]byte, bool) {
		if r.text("status") != "bound" {
			return b, false
		}
		return appendDuration(b, m.sinceSeen(r).Truncate(time.Second)), true
	}},
}

func (m *moment) sinceSeen(r *row) time.Duration { return m.now.Sub(r.born) % (leaseTime / 2) }

func fillLeases(w *world, t *table) {
	const bound, dynamic = "bound", "true"
	add := func(i int, server, status, dynamic string, pairs ...string) {
		address, mac := fmt.Sprintf("192.168.88.%d", 20+i), macAddress(0x530020+uint64(i))
		words := []string{"address", address, "mac-address", mac, "address-lists", "", "server", server, "dhcp-option", "", "status", status}
		if status == bound {
			words = append(words, "active-address", address, "active-mac-address", mac, "active-server", server)
		}
		words = append(words, "radius", "false", "dynamic", dynamic, "blocked", "false", "disabled", "false")
		t.add(&row{words: attrs(append(words, pairs...)...), born: w.booted.Add(time.Duration(i) * 17 * time.Second), user: noUser})
	}
	add(0, "defconf", bound, "false", "client-id", "1:2:0:5e:53:0:14", "host-name", "nas", "comment", "nas")
	add(1, "defconf", bound, dynamic, "host-name", "Jos\xe9s iPhone") // the client chose the bytes
	add(2, "defconf", bound, dynamic)
	add(3, "defconf", "waiting", "false", "last-seen", "never", "comment", "printer")
	// The server of this one was deleted: its name is shown as a raw id.
	add(4, "*1", "conflict", dynamic, "expires-after", "6m59s", "last-seen", "35w12h24m42s")
}

func fillServices(w *world, t *table) {
	for _, s := range []struct{ name, port, disabled string }{
		{"telnet", "23", "true"}, {"ftp", "21", "true"}, {"www", "80", "false"}, {"ssh", "22", "false"},
		{"www-ssl", "443", "true"}, {"api", "8728", "false"}, {"winbox", "8291", "false"}, {"api-ssl", "8729", "false"},
	} {
		pairs := []string{"name", s.name, "port", s.port, "address", ""}
		if strings.HasSuffix(s.name, "-ssl") {
			pairs = append(pairs, "certificate", "none")
		}
		if w.p.since(7, 16) {
			pairs = append(pairs, "max-sessions", strconv.Itoa(max(w.opts.MaxSessions, 1)))
		}
		t.add(&row{words: attrs(append(pairs, "disabled", s.disabled)...), user: noUser})
	}
}
