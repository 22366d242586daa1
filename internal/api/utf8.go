package api

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Text of clients that is not UTF-8 is refused everywhere. Packages encoding/json and
// net/url would take it and put U+FFFD in its place, or leave a parameter out: the router
// would get other text than the client sent, and two names would become one.

// utf8Text returns the text of a body without a byte order mark, or why it is not UTF-8
// (RFC 8259, section 8.1).
func utf8Text(body []byte) ([]byte, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return nil, errcode.New(errcode.Invalid, "invalid body: it is UTF-16, not UTF-8; save or send the text as UTF-8")
	case !utf8.Valid(body):
		at := firstInvalid(body)
		return nil, errcode.New(errcode.Invalid, fmt.Sprintf(
			"the body is not UTF-8: byte 0x%02X at position %d; send the text as UTF-8, whatever the code page of the terminal, file or router", body[at], at))
	}
	if escape := loneSurrogate(body); escape != nil {
		return nil, errcode.New(errcode.Invalid, fmt.Sprintf(
			"the body is not UTF-8: %s is half of a character; write the character itself, or both halves", escape))
	}
	return body, nil
}

// firstInvalid returns the position of the first byte that is not UTF-8.
func firstInvalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// loneSurrogate returns the first escape \uD800 to \uDFFF of a JSON text that is no half
// of a pair, nil without one.
func loneSurrogate(text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		high := unescape(text[i:])
		if !utf16.IsSurrogate(high) {
			i++ // also past an escaped backslash
			continue
		}
		if utf16.DecodeRune(high, unescape(text[i+escapeSize:])) == utf8.RuneError {
			return text[i : i+escapeSize]
		}
		i += 2*escapeSize - 1
	}
	return nil
}

const escapeSize = len(`\u0000`)

// unescape returns the code unit of the escape \uXXXX at the beginning of a text, -1
// without one.
func unescape(text []byte) rune {
	if len(text) < escapeSize || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(text[2:escapeSize]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// inUTF8 refuses requests whose path, query or Last-Event-ID is not UTF-8, or whose query
// cannot be read.
func (h *handler) inUTF8(next http.Handler) http.Handler {
	return h.with(func(w http.ResponseWriter, r *http.Request) error {
		if err := checkAddress(r); err != nil {
			return err
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func checkAddress(r *http.Request) error {
	if !utf8.ValidString(r.URL.Path) {
		return errcode.New(errcode.Invalid, "the path is not UTF-8; encode its text as UTF-8 before percent-encoding")
	}
	if !utf8.ValidString(r.Header.Get("Last-Event-ID")) {
		return errcode.New(errcode.Invalid, "the header Last-Event-ID is not UTF-8")
	}
	if r.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errcode.New(errcode.Invalid, "the query cannot be read: "+err.Error())
	}
	for name, values := range query {
		for _, text := range append(values, name) {
			if !utf8.ValidString(text) {
				return errcode.New(errcode.Invalid, fmt.Sprintf(
					"the query parameter %q is not UTF-8; encode its text as UTF-8 before percent-encoding", name))
			}
		}
	}
	return nil
}
