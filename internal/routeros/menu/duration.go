package menu

import (
	"math"
	"strconv"
	"time"
)

// ParseDuration parses the durations of RouterOS: 1w2d3h4m5s with any unit left out,
// units below a second (1m58s660ms, 453us), and the older form with colons, 01:22:53
// or 1d00:00:10. It returns false for anything else, such as never, none or nothing.
func ParseDuration(b []byte) (d time.Duration, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	last := time.Duration(math.MaxInt64) // units must decrease: 5s1h is not valid
	for len(b) > 0 {
		n, rest, ok := digits(b)
		if !ok {
			return 0, false
		}
		if len(rest) > 0 && rest[0] == ':' {
			clock, ok := parseClock(b)
			if !ok || last <= time.Hour {
				return 0, false
			}
			return add(d, clock)
		}
		unit, rest, ok := cutUnit(rest)
		if !ok || unit >= last {
			return 0, false
		}
		last = unit
		if n > math.MaxInt64/int64(unit) {
			return 0, false
		}
		if d, ok = add(d, time.Duration(n)*unit); !ok {
			return 0, false
		}
		b = rest
	}
	return d, true
}

// AppendDuration appends a duration as RouterOS writes it, in whole seconds: 1w2d3h4m5s
// without units that are zero, and 0s.
func AppendDuration(b []byte, d time.Duration) []byte {
	left := int64(d / time.Second)
	if left <= 0 {
		return append(b, "0s"...)
	}
	for _, unit := range []struct {
		name    byte
		seconds int64
	}{{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}} {
		if n := left / unit.seconds; n > 0 {
			b = append(strconv.AppendInt(b, n, 10), unit.name)
			left -= n * unit.seconds
		}
	}
	return b
}

func add(a, b time.Duration) (time.Duration, bool) {
	return a + b, a+b >= a
}

// cutUnit removes a unit from the front. Units of two letters are tried first: the m in
// 10ms is not a minute.
func cutUnit(b []byte) (unit time.Duration, rest []byte, ok bool) {
	if len(b) >= 2 && b[1] == 's' {
		switch b[0] {
		case 'm':
			return time.Millisecond, b[2:], true
		case 'u':
			return time.Microsecond, b[2:], true
		case 'n':
			return time.Nanosecond, b[2:], true
		}
	}
	if len(b) == 0 {
		return 0, nil, false
	}
	switch b[0] {
	case 'w':
		return 7 * 24 * time.Hour, b[1:], true
	case 'd':
		return 24 * time.Hour, b[1:], true
	case 'h':
		return time.Hour, b[1:], true
	case 'm':
		return time.Minute, b[1:], true
	case 's':
		return time.Second, b[1:], true
	}
	return 0, nil, false
}

// parseClock reads H:MM:SS with an optional fraction of up to nine digits.
func parseClock(b []byte) (time.Duration, bool) {
	var parts [3]int64
	for i := range parts {
		n, rest, ok := digits(b)
		if !ok || (i > 0 && n > 59) || n > math.MaxInt64/int64(2*time.Hour) {
			return 0, false
		}
		parts[i] = n
		b = rest
		if i < 2 {
			if len(b) == 0 || b[0] != ':' {
				return 0, false
			}
			b = b[1:]
		}
	}
	d := time.Duration(parts[0])*time.Hour + time.Duration(parts[1])*time.Minute + time.Duration(parts[2])*time.Second
	if len(b) == 0 {
		return d, true
	}
	fraction := b[1:]
	n, rest, ok := digits(fraction)
	if b[0] != '.' || !ok || len(rest) > 0 || len(fraction) > 9 {
		return 0, false
	}
	for range 9 - len(fraction) {
		n *= 10
	}
	return d + time.Duration(n), true
}

// digits takes a decimal number off the front.
func digits(b []byte) (n int64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		if i == 18 {
			return 0, nil, false
		}
		n = n*10 + int64(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}
