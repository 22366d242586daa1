package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// appendDuration appends d as routers format it: weeks to nanoseconds, without units
// that are zero (1w2d3h4m5s, 1m58s660ms, 453us).
func appendDuration(b []byte, d time.Duration) []byte {
	if d <= 0 {
		return append(b, "0s"...)
	}
	for _, u := range durationUnits {
		if n := d / u.size; n > 0 {
			b = append(strconv.AppendInt(b, int64(n), 10), u.name...)
			d -= n * u.size
		}
	}
	return b
}

var durationUnits = []struct {
	name string
	size time.Duration
}{
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
	{"us", time.Microsecond},
	{"ns", time.Nanosecond},
}

// wholeSeconds rounds d up. Ages are rounded, not the times that they begin at:
// time.Time.Truncate would drop the reading of the monotonic clock.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// parseDuration parses the durations of the console: 1d2h, 500ms, 1.5 and
// 5 (seconds), 00:00:05, 1d00:00:00.2.
func parseDuration(s string) (time.Duration, bool) {
	var total float64 // seconds
	units := 0
	for s != "" {
		digits := 0
		for digits < len(s) && (s[digits] >= '0' && s[digits] <= '9' || s[digits] == '.') {
			digits++
		}
		n, err := strconv.ParseFloat(s[:digits], 64)
		if err != nil {
			return 0, false
		}
		s = s[digits:]
		if s != "" && s[0] == ':' {
			rest, ok := parseClock(n, s)
			return inSeconds(total+rest, ok)
		}
		size, rest := time.Second, ""
		if s != "" {
			if size, rest = cutUnit(s); size == 0 {
				return 0, false
			}
		}
		total += n * size.Seconds()
		s = rest
		units++
	}
	return inSeconds(total, units > 0)
}

// cutUnit cuts the unit from the front of s. Units of two letters are tried first, or
// ms would be read as minutes.
func cutUnit(s string) (size time.Duration, rest string) {
	for _, u := range durationUnits {
		if strings.HasPrefix(s, u.name) && len(u.name) == 2 {
			return u.size, s[2:]
		}
	}
	for _, u := range durationUnits {
		if strings.HasPrefix(s, u.name) {
			return u.size, s[1:]
		}
	}
	return 0, s
}

// parseClock parses :MM:SS or :SS after the number first.
func parseClock(first float64, s string) (seconds float64, ok bool) {
	total, parts := first, 1
	for part := range strings.SplitSeq(s[1:], ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || n < 0 {
			return 0, false
		}
		total, parts = total*60+n, parts+1
	}
	if parts == 2 {
		total *= 60 // HH:MM
	}
	return total, parts <= 3
}

// inSeconds returns false for what a duration cannot hold, also for NaN.
func inSeconds(seconds float64, ok bool) (time.Duration, bool) {
	if !ok || !(seconds >= 0 && seconds < 9e9) {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// date formats a time as the version does: ISO from 7.10 on, jul/14/2023 20:11:03
// before. Routers print local time without an offset; the simulated ones are in UTC.
func (p *Personality) date(t time.Time) string {
	if p.ISODates {
		return t.UTC().Format(time.DateTime)
	}
	return strings.ToLower(t.UTC().Format("Jan/02/2006 15:04:05"))
}

// logTime formats the time of a log line: before 7.10 without date or year where they
// are those of now.
func (p *Personality) logTime(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	switch {
	case p.ISODates:
		return t.Format(time.DateTime)
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format(time.TimeOnly)
	case t.Year() == now.Year():
		return strings.ToLower(t.Format("Jan/02 15:04:05"))
	}
	return p.date(t)
}

const upperHex = "0123456789ABCDEF"

// appendID appends the .id of a row: a star and upper-case hex.
func appendID(b []byte, id uint64) []byte {
	b = append(b, '*')
	started := false
	for shift := 60; shift >= 0; shift -= 4 {
		if digit := id >> shift & 0xF; digit != 0 || started || shift == 0 {
			b = append(b, upperHex[digit])
			started = true
		}
	}
	return b
}

func idText(id uint64) string { return string(appendID(nil, id)) }

// parseID parses an .id, in upper or lower case.
func parseID(s string) (uint64, bool) {
	hex, ok := strings.CutPrefix(s, "*")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseUint(hex, 16, 64)
	return id, err == nil
}

// mix hashes n with a seed to 64 bits (splitmix64). Everything random about a device
// that must be reproducible comes from here.
func mix(seed, n uint64) uint64 {
	z := seed + (n+1)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// noise returns a value in [0,1) that moves from one random point to the next in each
// period.
func noise(seed uint64, at time.Time, period time.Duration) float64 {
	ns := at.UnixNano()
	step, part := uint64(ns/int64(period)), float64(ns%int64(period))/float64(period)
	a, b := unit(mix(seed, step)), unit(mix(seed, step+1))
	return a + (b-a)*part
}

func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

func ipv4(n uint32) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b).String()
}

// macAddress returns an address like those that RFC 7042 reserves for documentation, but
// locally administered, so that it is not one of a real card.
func macAddress(n uint64) string {
	return fmt.Sprintf("02:00:5E:%02X:%02X:%02X", byte(n>>16), byte(n>>8), byte(n))
}

// truth parses a flag in either spelling.
func truth(s string) (value, ok bool) {
	switch s {
	case "true", "yes":
		return true, true
	case "false", "no":
		return false, true
	}
	return false, false
}
