package alert

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// number returns a field that is a number.
func number(row proto.Sentence, field string) (float64, bool) {
	value, ok := row.Get(field)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil && n == n
}

func isTrue(row proto.Sentence, field string) bool {
	value, _ := row.Get(field)
	return string(value) == "true" || string(value) == "yes"
}

// longestText limits what a router or a user wrote, in characters.
const longestText = 200

// text is what a router or a user wrote.
func (r *router) text(value []byte) string { return clean(r.page.String(value)) }

// clean replaces control characters, and cuts a text.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == utf8.RuneError {
			return ' ' // also those that turn the direction of what follows
		}
		return c
	}, text)
	n := 0
	for i := range text {
		if n++; n > longestText {
			return text[:i] + "…"
		}
	}
	return text
}
