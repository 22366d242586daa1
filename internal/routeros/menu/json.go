package menu

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// appendString appends b as a JSON string: valid UTF-8 unchanged, anything else decoded
// by the code page, control characters escaped. The result has no line break, which
// would end a line of an event stream.
func appendString(dst, b []byte, page charset.Page) []byte {
	dst = append(dst, '"')
	if plain(b) {
		dst = append(dst, b...)
	} else {
		dst = appendEscaped(dst, b, page)
	}
	return append(dst, '"')
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain reports whether every byte of b is ASCII that JSON does not escape.
// It tests eight bytes at a time, since nearly every value is plain.
func plain(b []byte) bool {
	for len(b) >= 8 {
		if special(binary.LittleEndian.Uint64(b)) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// special marks bytes below 0x20, bytes from 0x80 on, and the two that JSON escapes.
// Marks above the first one may be wrong; only zero or not matters.
func special(x uint64) uint64 {
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return (x | (x - ones*0x20) | (quote - ones) | (slash - ones)) & highs
}

const hexDigits = "0123456789abcdef"

func appendEscaped(dst, b []byte, page charset.Page) []byte {
	if !utf8.Valid(b) {
		b = page.Append(nil, b)
	}
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// isInteger reports whether b is a uint64 in the form in which it is printed:
// "0" and "42", not "007", "+1" or "1e3".
func isInteger(b []byte) bool {
	if len(b) == 0 || len(b) > 20 || (b[0] == '0' && len(b) > 1) {
		return false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) < 20 || fits64(b)
}

// fits64 reports whether a number of 20 digits fits into a uint64.
func fits64(b []byte) bool {
	var n uint64
	for _, c := range b {
		high, low := bits.Mul64(n, 10)
		sum, carry := bits.Add64(low, uint64(c-'0'), 0)
		if high|carry != 0 {
			return false
		}
		n = sum
	}
	return true
}

// isDecimal also allows a sign and a fraction: -3, 24.1, 0.1.
func isDecimal(b []byte) bool {
	if len(b) > 1 && b[0] == '-' {
		b = b[1:]
	}
	for i, c := range b {
		if c != '.' {
			continue
		}
		fraction := b[i+1:]
		for _, c := range fraction {
			if c < '0' || c > '9' {
				return false
			}
		}
		return len(fraction) > 0 && isInteger(b[:i])
	}
	return isInteger(b)
}

// AppendText appends a value of the router as a JSON string on one line.
func AppendText(dst, value []byte, page charset.Page) []byte {
	return appendString(dst, value, page)
}

// AppendString appends UTF-8 text as a JSON string on one line.
func AppendString(dst []byte, text string) []byte {
	return appendString(dst, []byte(text), charset.Page{})
}
