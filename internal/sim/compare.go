package sim

import (
	"bytes"
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// compare orders the value of a property and the value of a ?< or ?> word. Known is
// that ?>comment= means non-empty, and that ?>time= of log lines compares strictly
// (measured on 7.2x). That times, addresses and sizes are compared by what they mean
// is assumed, since RouterOS keeps them as such and the console compares them so;
// what routers really do with them in a query is not documented. So is that what
// cannot be read as one kind on both sides is compared by bytes, as text is: names,
// versions, ranges of addresses, "never".
func compare(row, asked []byte) int {
	a, b := string(row), string(asked)
	for _, as := range kinds {
		if order, ok := as(a, b); ok {
			return order
		}
	}
	return bytes.Compare(row, asked)
}

// kinds compare two values of one kind, the narrower kinds first; ok is false where
// one of them is not of this kind.
var kinds = []func(row, asked string) (order int, ok bool){
	both(func(s string) (int64, bool) { n, err := strconv.ParseInt(s, 10, 64); return n, err == nil }, cmp.Compare),
	both(parseID, cmp.Compare),
	both(func(s string) (netip.Addr, bool) { a, err := netip.ParseAddr(s); return a, err == nil }, netip.Addr.Compare),
	both(parseNetwork, netip.Prefix.Compare),
	both(func(s string) (string, bool) { mac, err := net.ParseMAC(s); return string(mac), err == nil }, strings.Compare),
	compareDurations,
	both(parseSize, cmp.Compare),
	both(parseDate, time.Time.Compare),
}

// both compares values that can both be parsed.
func both[T any](parse func(string) (T, bool), compare func(T, T) int) func(string, string) (int, bool) {
	return func(row, asked string) (int, bool) {
		a, ok := parse(row)
		b, also := parse(asked)
		if !ok || !also {
			return 0, false
		}
		return compare(a, b), true
	}
}

// parseNetwork parses an address with a prefix length, or an address alone as a
// network of one.
func parseNetwork(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	network, err := netip.ParsePrefix(s)
	return network, err == nil
}

// compareDurations takes a number without a unit for seconds, as the console does, but
// in the query alone: rows always have units, and a number in a row is no duration.
func compareDurations(row, asked string) (int, bool) {
	if strings.Trim(row, "0123456789.") == "" {
		return 0, false
	}
	return both(parseDuration, cmp.Compare)(row, asked)
}

// sizes are the suffixes of numbers: those of rates are decimal, those of memory and
// disk binary.
var sizes = []struct {
	suffix string
	factor float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}, {"bps", 1},
	{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"B", 1}, {"%", 1}, {"", 1},
}

// parseSize parses a number with or without decimals, with or without a suffix: 64MiB,
// 10M, 100Mbps, -12.5.
func parseSize(s string) (float64, bool) {
	for _, size := range sizes {
		digits, ok := strings.CutSuffix(s, size.suffix)
		if !ok {
			continue
		}
		if strings.Trim(digits, "0123456789.+-") != "" {
			return 0, false
		}
		n, err := strconv.ParseFloat(digits, 64)
		return n * size.factor, err == nil
	}
	return 0, false
}

// dateLayouts are those of date and logTime.
var dateLayouts = []string{time.DateTime, time.DateOnly, "Jan/02/2006 15:04:05", "Jan/02/2006", "Jan/02 15:04:05"}

func parseDate(s string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
