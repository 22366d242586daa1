package sim

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

func init() {
	behave("", behavior{extra: map[string]command{
		"ping":    (*call).ping, // an alias of /tool/ping
		"execute": (*call).executeScript,
	}})
	behave("/tool", behavior{extra: map[string]command{"ping": (*call).ping, "torch": (*call).torch}})
}

// rounds are the rounds of a command that reports until it is canceled, or as long as
// once, count or duration say.
type rounds struct {
	interval time.Duration
	left     int       // negative: endless
	until    time.Time // zero: no end
	section  int       // noSection: rows are not numbered
}

// pace parses the arguments once, interval and duration. The value of a flag is ignored:
// once=no also means once.
func (x *call) pace(interval time.Duration) (rounds, error) {
	p := rounds{interval: interval, left: -1, section: noSection}
	if s, ok := x.arg("interval"); ok {
		d, good := parseDuration(s)
		if !good || d < 20*time.Millisecond || d > time.Minute {
			return p, argument(badValue, "interval")
		}
		p.interval = d
	}
	if s, ok := x.arg("duration"); ok {
		d, good := parseDuration(s)
		if !good {
			return p, argument(badValue, "duration")
		}
		p.until, p.section = time.Now().Add(d), 0
	}
	if x.has("once") {
		p.left = 1
	}
	return p, nil
}

// each calls report in each round, sends what it has added, and waits for the next
// round.
func (p *rounds) each(x *call, report func() error) error {
	for p.left != 0 {
		if err := report(); err != nil {
			return err
		}
		if p.left > 0 {
			p.left--
		}
		if p.section >= 0 {
			p.section++
		}
		if p.left == 0 {
			return nil
		}
		if err := x.flush(); err != nil {
			return err
		}
		wait := p.interval
		if !p.until.IsZero() {
			wait = min(wait, time.Until(p.until))
		}
		if err := x.sleep(wait); err != nil {
			return err
		}
		if !p.until.IsZero() && !time.Now().Before(p.until) {
			return nil
		}
	}
	return nil
}

func (p *rounds) numbered(pairs ...string) []string {
	if p.section >= 0 {
		pairs = append(pairs, ".section", strconv.Itoa(p.section))
	}
	return pairs
}

// accept returns an error for arguments that are not in the list.
func (x *call) accept(names ...string) error {
	for _, a := range x.args {
		if !slices.Contains(names, a.name) {
			return unknownParameter(a.name)
		}
	}
	return nil
}

// monitorTraffic reports the rates of one or more interfaces. For a list, one row for
// each in the given order is assumed.
func (x *call) monitorTraffic() error {
	if err := x.accept("interface", "once", "duration", "interval", "freeze-frame-interval", ".proplist"); err != nil {
		return err
	}
	return x.monitor(func(p *rounds, r *row, m *moment) { x.row(p.numbered(rates(r, m)...)...) })
}

// monitor calls report for each of the interfaces named by the command, in every round.
func (x *call) monitor(report func(p *rounds, r *row, m *moment)) error {
	list, ok := x.arg("interface")
	if !ok {
		return argument(missing, "interface")
	}
	p, err := x.pace(time.Second)
	if err != nil {
		return err
	}
	return p.each(x, func() error {
		rows, m, err := x.monitored(list)
		if err != nil {
			return err
		}
		for _, r := range rows {
			report(&p, r, m)
		}
		return nil
	})
}

// monitored looks the interfaces up again in each round: a subscriber may leave.
func (x *call) monitored(list string) (found []*row, m *moment, err error) {
	err = x.edit(func(w *world, _ *table) error {
		m = w.moment(w.last)
		t := w.table(interfaces)
		if list == "aggregate" {
			if up := t.find("name", "ether1"); up != nil {
				found = append(found, up.with("name", "aggregate"))
			}
			return nil
		}
		for name := range strings.SplitSeq(list, ",") {
			r := t.item(name)
			if r == nil {
				return argument(badName, "interface")
			}
			found = append(found, r)
		}
		return nil
	})
	return found, m, err
}

// rates are the fields of monitor-traffic. Some boards lack drops and errors.
func rates(r *row, m *moment) []string {
	d := m.now.Sub(r.born)
	pairs := []string{"name", r.text("name")}
	for _, dir := range []struct {
		prefix string
		flow   flow
	}{{"rx", r.upload()}, {"tx", r.download()}} {
		rate := dir.flow.rate(d)
		bits, packets := strconv.Itoa(int(8*rate)), strconv.Itoa(int(rate/packetSize))
		pairs = append(pairs, dir.prefix+"-packets-per-second", packets, dir.prefix+"-bits-per-second", bits,
			"fp-"+dir.prefix+"-packets-per-second", packets, "fp-"+dir.prefix+"-bits-per-second", bits)
		if m.p.DropRates {
			pairs = append(pairs, dir.prefix+"-drops-per-second", "0", dir.prefix+"-errors-per-second", "0")
		}
	}
	return append(pairs, "tx-queue-drops-per-second", "0")
}

// ping probes an address until count is reached or it is cancelled. Addresses
// in 203.0.113.0/24 never answer; the round trips of others follow from the
// address.
func (x *call) ping() error {
	if err := x.accept("address", "count", "interval", "size", "ttl", "interface", "src-address", "routing-table",
		"vrf", "do-not-fragment", "arp-ping", "dscp"); err != nil {
		return err
	}
	text, ok := x.arg("address")
	if !ok {
		return argument(missing, "address")
	}
	to, err := netip.ParseAddr(text)
	if err != nil {
		return argument(badValue, "address") // names are not resolved
	}
	p, err := x.pace(time.Second)
	if err != nil {
		return err
	}
	if s, ok := x.arg("count"); ok {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return argument(badValue, "count")
		}
		if n > 0 { // zero means no limit
			p.left = n
		}
	}
	size, ok := x.arg("size")
	if !ok {
		size = "56"
	}
	probe := pinging{to: to, size: size, seed: x.c.d.opts.Seed}
	return p.each(x, func() error {
		x.row(probe.next()...)
		return nil
	})
}

// pinging has the statistics that each row of a ping carries.
type pinging struct {
	to             netip.Addr
	size           string
	seed           uint64
	sent, received int
	sum, low, high time.Duration
}

var deadNet = netip.MustParsePrefix("203.0.113.0/24")

// next returns the row of the next probe.
func (p *pinging) next() []string {
	row := []string{"seq", strconv.Itoa(p.sent), "host", p.to.String()}
	p.sent++
	if deadNet.Contains(p.to) {
		row = append(row, "status", "timeout")
	} else {
		b := p.to.As16()
		base := mix(p.seed, uint64(b[12])<<24|uint64(b[13])<<16|uint64(b[14])<<8|uint64(b[15]))%20000 + 300
		rtt := time.Duration(base+mix(base, uint64(p.sent))%400) * time.Microsecond
		p.received++
		p.sum += rtt
		p.high = max(p.high, rtt)
		if p.low == 0 || rtt < p.low {
			p.low = rtt
		}
		row = append(row, "size", p.size, "ttl", "64", "time", string(appendDuration(nil, rtt)))
	}
	row = append(row, "sent", strconv.Itoa(p.sent), "received", strconv.Itoa(p.received),
		"packet-loss", strconv.Itoa(100*(p.sent-p.received)/p.sent))
	if p.received > 0 {
		mean := (p.sum / time.Duration(p.received)).Truncate(time.Microsecond)
		row = append(row, "min-rtt", string(appendDuration(nil, p.low)), "avg-rtt", string(appendDuration(nil, mean)),
			"max-rtt", string(appendDuration(nil, p.high)))
	}
	return row
}

// torch reports the traffic of an interface by address. The fields are from the
// documentation; there is no capture of the API, so the set is assumed.
func (x *call) torch() error {
	if err := x.accept("interface", "src-address", "dst-address", "src-address6", "dst-address6", "ip-protocol", "port",
		"vlan-id", "dscp", "mac-protocol", "duration", "freeze-frame-interval", "once", "interval"); err != nil {
		return err
	}
	return x.monitor(func(p *rounds, r *row, m *moment) {
		d := m.now.Sub(r.born)
		for k := range 3 {
			part := float64(3-k) / 6
			tx, rx := r.download().rate(d)*part, r.upload().rate(d)*part
			x.row(p.numbered("src-address", ipv4(0x0A053202+uint32(16*r.id+uint64(k))),
				"tx", strconv.Itoa(int(8*tx)), "rx", strconv.Itoa(int(8*rx)),
				"tx-packets", strconv.Itoa(int(tx/packetSize)), "rx-packets", strconv.Itoa(int(rx/packetSize)))...)
		}
	})
}
