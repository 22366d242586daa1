// Package charset turns the bytes of a router into text and back.
//
// RouterOS has no character set: it stores what the tool that wrote a value
// sent, and one table may hold values of several tools. WinBox sends the code
// page of the operator's PC, WebFig and SSH mostly UTF-8. The rule here: what is
// valid UTF-8 is taken as it is; anything else is decoded as a whole with the
// router's code page.
//
// No byte is lost: a byte that means nothing in the page becomes a character of
// its own, which [Page.Encode] turns back into that byte. In single-byte pages
// but windows-1258 two different values never become the same text. Multi-byte
// pages have a few characters with two codes, and windows-1258 has some that are
// written whole or as letter and mark; both spellings are shown alike.
package charset

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Page is a code page. The zero value is windows-1252. Pages of the same name
// are equal.
type Page struct {
	c *codec
}

// codec is what a page needs. It is never changed.
type codec struct {
	name   string            // as in Names
	single *charmap.Charmap  // of a single-byte page, else nil
	multi  encoding.Encoding // of a multi-byte page, else nil; neither for UTF-8
	// marks has a page that writes a letter with a tone as two characters, letter
	// and mark. Text is read composed, as everybody else writes it.
	marks bool
	// pairs has characters of the page that are two of Unicode's, with their codes.
	pairs map[string]string
	// escapes has a page whose bytes are all ASCII, so that every value looks
	// like UTF-8; one with an escape character is in the page.
	escapes bool
}

var windows1252 = &codec{name: "windows-1252", single: charmap.Windows1252}

func (p Page) codec() *codec {
	if p.c == nil {
		return windows1252
	}
	return p.c
}

// Name is the canonical name of the page.
func (p Page) Name() string { return p.codec().name }

// Append appends b as UTF-8.
func (p Page) Append(dst, b []byte) []byte {
	c := p.codec()
	switch {
	case c.taken(b):
		return append(dst, b...)
	case c.multi != nil:
		return c.appendMulti(dst, b)
	case c.marks:
		return append(dst, norm.NFC.Bytes(c.appendSingle(nil, b))...)
	}
	return c.appendSingle(dst, b)
}

// String is b as text.
func (p Page) String(b []byte) string {
	if p.codec().taken(b) {
		return string(b)
	}
	return string(p.Append(nil, b))
}

// taken reports whether b is text as it is.
func (c *codec) taken(b []byte) bool {
	return utf8.Valid(b) && !(c.escapes && bytes.IndexByte(b, 0x1b) >= 0)
}

// appendSingle decodes byte by byte. Bytes that the page leaves undefined are
// taken as Latin-1, the code point of the same number, unless the page has that
// character elsewhere. Where a router is said to
// use UTF-8, what is not must be of some other tool: windows-1252 it is.
func (c *codec) appendSingle(dst, b []byte) []byte {
	page := c.single
	if page == nil {
		page = windows1252.single
	}
	for _, code := range b {
		r := page.DecodeByte(code)
		if r == utf8.RuneError {
			r = rune(code)
			if _, taken := page.EncodeRune(r); taken {
				r += undecodable
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// undecodable is where bytes from 0x80 to 0xFF go that mean nothing and that
// Latin-1 cannot stand in for: the characters of the encoding x-user-defined.
const undecodable = 0xF700

// appendMulti decodes a value whole, and where that fails character by
// character.
func (c *codec) appendMulti(dst, b []byte) []byte {
	dec := c.multi.NewDecoder()
	if text, err := dec.Bytes(b); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
		return append(dst, text...)
	}
	for len(b) > 0 {
		n := 1
		if b[0] < utf8.RuneSelf {
			dst = append(dst, b[0])
		} else if r, length := c.decodeOne(b); length > 0 {
			dst, n = utf8.AppendRune(dst, r), length
		} else {
			dst = utf8.AppendRune(dst, undecodable+rune(b[0]))
		}
		b = b[n:]
	}
	return dst
}

// longest is how many bytes a character of a multi-byte page has at most.
const longest = 4

// decodeOne is the character at the start of b, and how many bytes it has; 0
// where there is none, or where Encode would not give these bytes back.
func (c *codec) decodeOne(b []byte) (rune, int) {
	for n := 1; n <= min(longest, len(b)); n++ {
		text, err := c.multi.NewDecoder().Bytes(b[:n])
		if err != nil {
			continue
		}
		r, size := utf8.DecodeRune(text)
		if size != len(text) || r == utf8.RuneError {
			continue
		}
		if back, ok := c.appendRune(nil, r); ok && bytes.Equal(back, b[:n]) {
			return r, n
		}
	}
	return 0, 0
}
