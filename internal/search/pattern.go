// Package search finds entries of tables by what people type: a part of a name, of an
// address or of a comment, or a MAC address in any notation.
//
// An [Index] keeps the last tables of one router in a compact form, within the bytes of a
// [Budget] that all routers share. Nothing here asks a router.
package search

import (
	"strings"
	"unicode/utf8"
)

// Pattern is a text to look for. The zero Pattern matches everything.
type Pattern struct {
	text string // lower case
	mac  string // hexadecimal digits, upper case; empty if the text cannot be a part of a MAC address
}

// minMAC is the least number of digits that are taken for a part of a MAC address.
const minMAC = 4

// MaxPattern is the maximum length of a text, in bytes.
const MaxPattern = 256

// Parse returns the pattern of a text; blanks around it do not count.
func Parse(text string) Pattern {
	text = strings.TrimSpace(text)
	return Pattern{text: strings.ToLower(text), mac: macDigits(text)}
}

// Text returns the text as Parse takes it, in lower case.
func (p Pattern) Text() string { return p.text }

// IsZero reports whether the pattern matches everything.
func (p Pattern) IsZero() bool { return p.text == "" }

// Match reports whether one of the texts has the pattern in it, in capitals or not, or
// whether the MAC address has its digits, in whatever notation.
func (p Pattern) Match(mac string, texts ...string) bool {
	if p.text == "" {
		return true
	}
	for _, text := range texts {
		if contains(text, p.text) {
			return true
		}
	}
	return p.matchMAC(mac)
}

// matchMAC reports whether a MAC address has the digits one after the other.
func (p Pattern) matchMAC(mac string) bool {
	if mac == "" {
		return false
	}
	if contains(mac, p.text) {
		return true
	}
	if p.mac == "" {
		return false
	}
	var digits [16]byte
	n := 0
	for i := range len(mac) {
		d, ok := hexDigit(mac[i])
		switch {
		case ok && n < len(digits):
			digits[n] = d
			n++
		case !ok && !separator(mac[i]):
			return false // an IP address, or the like
		}
	}
	return n == 12 && strings.Contains(string(digits[:n]), p.mac)
}

// macDigits returns the hexadecimal digits of a text that may be a part of a MAC address:
// digits with separators as in aa:bb, aa-bb, aabb.ccdd or none; empty for another text.
func macDigits(text string) string {
	var b strings.Builder
	for i := range len(text) {
		d, ok := hexDigit(text[i])
		switch {
		case ok:
			b.WriteByte(d)
		case !separator(text[i]):
			return ""
		}
	}
	if n := b.Len(); n < minMAC || n > 12 {
		return ""
	}
	return b.String()
}

func separator(c byte) bool { return c == ':' || c == '-' || c == '.' }

// hexDigit returns a hexadecimal digit as a capital.
func hexDigit(c byte) (digit byte, ok bool) {
	switch {
	case '0' <= c && c <= '9', 'A' <= c && c <= 'F':
		return c, true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 'A', true
	}
	return 0, false
}

// contains reports whether a text has lower in it, in capitals or not. It allocates only
// for a text that is not ASCII.
func contains(text, lower string) bool {
	if len(lower) > len(text) && isASCII(text) {
		return false
	}
	if !isASCII(text) {
		return strings.Contains(strings.ToLower(text), lower)
	}
	first := lower[0]
	for i := 0; i+len(lower) <= len(text); i++ {
		if lowerByte(text[i]) == first && equalLower(text[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func equalLower(text, lower string) bool {
	for i := range len(lower) {
		if lowerByte(text[i]) != lower[i] {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
