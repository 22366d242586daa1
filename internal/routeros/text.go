package routeros

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxForeignText is the maximum length of the text of a router in an error, in bytes.
const MaxForeignText = 300

// ForeignText returns text of a router, or of whatever was taken for one, as it may be
// put into an error, a log or on a terminal: [Printable], of at most [MaxForeignText]
// bytes.
func ForeignText(text string) string { return Printable(text, MaxForeignText) }

// Printable returns text without characters that control a terminal: line breaks and tabs
// become spaces, other control characters U+FFFD, and so do those that change the direction
// of the text, which hide what is written. It has at most limit bytes, cut between
// characters with "…" for the rest.
func Printable(text string, limit int) string {
	clipped := strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(shorten(text, limit+1), string(utf8.RuneError)))
	if len(text) <= limit && len(clipped) <= limit {
		return clipped
	}
	return shorten(clipped, limit-len("…")) + "…"
}

// shorten returns at most limit bytes of a text in UTF-8, cut between characters.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
