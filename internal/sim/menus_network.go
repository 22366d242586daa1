package sim

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
)

func init() {
	behave("kind", behavior{check: checkKind})
	behave("/interface/ethernet", behavior{check: checkKind})
	behave("wireguard", behavior{check: checkWireGuard})
	behave("/interface/pppoe-server", behavior{fill: fillPPPoE, live: []live{{"uptime", age}}})
	behave("/ip/route", behavior{check: checkRoute})
	behave("cloud", behavior{extra: map[string]command{"force-update": (*call).accepted}})
	behave("flush", behavior{extra: map[string]command{"flush": (*call).clear}})
	behave("dhcp-client", behavior{extra: map[string]command{"renew": (*call).accepted, "release": (*call).accepted}})
	behave("ipsec-peers", behavior{
		live:  []live{{"uptime", age}},
		extra: map[string]command{"kill-connections": (*call).clear},
	})
	behave("firewall", behavior{live: []live{
		counter("bytes", (*row).download, 1), counter("packets", (*row).download, packetSize),
	}})
	behave("connections", behavior{fill: fillConnections, drop: func(*world, *table, *row) error { return nil }})
	behave("/queue/tree", behavior{live: []live{
		counter("bytes", (*row).download, 1), counter("packets", (*row).download, packetSize),
		{"rate", func(b []byte, m *moment, r *row) ([]byte, bool) {
			return strconv.AppendUint(b, uint64(8*r.download().rate(m.now.Sub(r.born))), 10), true
		}},
		{"packet-rate", func(b []byte, m *moment, r *row) ([]byte, bool) {
			return strconv.AppendUint(b, uint64(r.download().rate(m.now.Sub(r.born))/packetSize), 10), true
		}},
	}})
}

// checkRoute shows whether a route is active: it is not disabled, and its gateway is an
// interface or in a network of /ip/address.
func checkRoute(w *world, _ *table, r *row) (*row, error) {
	gateway, via := r.text("gateway"), ""
	if w.table(interfaces).find("name", gateway) != nil {
		via = gateway
	} else if to, err := netip.ParseAddr(gateway); err == nil {
		for _, a := range w.table("/ip/address").rows {
			if p, err := netip.ParsePrefix(a.text("address")); err == nil && p.Contains(to) && a.text("disabled") != "true" {
				via = gateway + "%" + a.text("interface")
			}
		}
	}
	if via != "" && w.p.since(7, 1) {
		r = r.with("immediate-gw", via)
	} else {
		r = r.without("immediate-gw")
	}
	if reachable := via != "" || r.text("blackhole") != "" || r.text("type") == "blackhole"; reachable && r.text("disabled") != "true" {
		return r.without("inactive").with("active", "true"), nil
	}
	return r.without("active").with("inactive", "true"), nil
}

// clear removes every row.
func (x *call) clear() error {
	return x.edit(func(_ *world, t *table) error {
		for _, r := range t.rows {
			t.remove(r.id)
		}
		return nil
	})
}

// checkWireGuard makes the private key that is missing, and the public one.
func checkWireGuard(w *world, t *table, r *row) (*row, error) {
	r, err := checkKind(w, t, r)
	if err != nil {
		return nil, err
	}
	private, err := base64.StdEncoding.DecodeString(r.text("private-key"))
	if len(private) == 0 {
		for i := range uint64(4) {
			private = binary.BigEndian.AppendUint64(private, mix(w.opts.Seed, uint64(w.last.UnixNano())+i))
		}
	}
	key, wrong := ecdh.X25519().NewPrivateKey(private)
	if err != nil || wrong != nil {
		return nil, argument(badValue, "private-key")
	}
	if r.text("listen-port") == "" {
		r = r.with("listen-port", strconv.FormatUint(13231+mix(w.opts.Seed, uint64(w.last.UnixNano()))%40000, 10))
	}
	encode := base64.StdEncoding.EncodeToString
	return r.with("private-key", encode(private), "public-key", encode(key.PublicKey().Bytes())), nil
}

// fillPPPoE shows the interfaces of PPPoE subscribers, with the ids that they have in
// /interface.
func fillPPPoE(w *world, t *table) {
	users := map[*flows]*row{}
	for _, r := range w.sessions(pppActive) {
		users[r.flows] = r
	}
	for _, r := range w.table(interfaces).rows {
		user := users[r.flows]
		if user == nil || r.text("type") != "pppoe-in" {
			continue
		}
		t.rows = append(t.rows, &row{id: r.id, born: r.born, user: noUser, words: attrs("name", r.text("name"), "user", user.text("name"),
			"service", "internet", "remote-address", user.text("caller-id"), "interface", "bridge", "mtu", "1480", "mru", "1480",
			"encoding", user.text("encoding"), "running", "true", "dynamic", "true", "disabled", "false")})
	}
}

// maxConnections limits the rows of /ip/firewall/connection.
const maxConnections = 20000

// fillConnections shows two connections for each session of a subscriber: one through the
// router, and a question to its DNS server. Counters are those of the session.
func fillConnections(w *world, t *table) {
	m := w.moment(w.last)
	for _, path := range []string{pppActive, hotspotActive} {
		for _, r := range w.sessions(path) {
			if len(t.rows) >= maxConnections {
				return
			}
			t.rows = append(t.rows, connection(m, r, 0), connection(m, r, 1))
		}
	}
}

func connection(m *moment, r *row, n uint64) *row {
	from := r.text("address")
	port := 1024 + mix(uint64(r.born.UnixNano()), n)%60000
	up, down := r.upload().count(m, r), r.download().count(m, r)
	out, in := fmt.Sprintf("%s:%d", from, port), fmt.Sprintf("198.51.100.%d:443", 1+port%250)
	pairs := []string{"protocol", "tcp", "src-address", out, "dst-address", in, "reply-src-address", in,
		"reply-dst-address", fmt.Sprintf("192.0.2.20:%d", port), "tcp-state", "established", "timeout", "23h59m58s"}
	if n == 1 {
		up, down, in = up/1000, down/1000, "192.168.88.1:53"
		pairs = []string{"protocol", "udp", "src-address", out, "dst-address", in, "reply-src-address", in, "reply-dst-address", out, "timeout", "8s"}
	}
	number := func(v uint64) string { return strconv.FormatUint(v, 10) }
	d := m.now.Sub(r.born)
	pairs = append(pairs, "orig-packets", number(up/packetSize), "orig-bytes", number(up), "orig-fasttrack-packets", "0", "orig-fasttrack-bytes", "0",
		"repl-packets", number(down/packetSize), "repl-bytes", number(down), "repl-fasttrack-packets", "0", "repl-fasttrack-bytes", "0",
		"orig-rate", number(uint64(8*r.upload().rate(d))), "repl-rate", number(uint64(8*r.download().rate(d))),
		"expected", "false", "seen-reply", "true", "assured", strconv.FormatBool(n == 0), "confirmed", "true", "dying", "false",
		"fasttrack", "false", "srcnat", strconv.FormatBool(n == 0), "dstnat", "false")
	return &row{id: mix(uint64(r.born.Unix())+r.id, n) >> 32, words: attrs(pairs...), user: noUser}
}
