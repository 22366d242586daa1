// Package charset turns the bytes of a router into text and back.
//
// RouterOS has no character set: it stores what the tool that wrote a value
// sent, and one table may hold values of several tools. WinBox sends the
// Windows code page of the operator's PC, WebFig and SSH mostly UTF-8. The rule
// here: what is valid UTF-8 is taken as it is; anything else is decoded as a
// whole with the router's code page, so that no byte is lost and two different
// names never become one.
package charset

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Page is a single-byte code page. The zero value is windows-1252.
type Page struct {
	cm *charmap.Charmap
}

var pages = map[string]*charmap.Charmap{
	"windows-1250": charmap.Windows1250,
	"windows-1251": charmap.Windows1251,
	"windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253,
	"windows-1254": charmap.Windows1254,
	"windows-1255": charmap.Windows1255,
	"windows-1256": charmap.Windows1256,
	"windows-1257": charmap.Windows1257,
	"windows-1258": charmap.Windows1258,
	"windows-874":  charmap.Windows874,
	"iso-8859-1":   charmap.ISO8859_1,
	"iso-8859-2":   charmap.ISO8859_2,
	"iso-8859-15":  charmap.ISO8859_15,
	"koi8-r":       charmap.KOI8R,
	"koi8-u":       charmap.KOI8U,
	"cp437":        charmap.CodePage437,
	"cp850":        charmap.CodePage850,
	"cp852":        charmap.CodePage852,
	"cp866":        charmap.CodePage866,
}

// Lookup finds a page by its IANA-like name, in any case; the empty name is
// windows-1252.
func Lookup(name string) (Page, error) {
	if name == "" {
		return Page{}, nil
	}
	cm, ok := pages[strings.ToLower(name)]
	if !ok {
		return Page{}, fmt.Errorf("unknown code page %q: use one such as windows-1252, windows-1251, windows-1250", name)
	}
	return Page{cm: cm}, nil
}

func (p Page) charmap() *charmap.Charmap {
	if p.cm == nil {
		return charmap.Windows1252
	}
	return p.cm
}

// Append appends b as UTF-8. Bytes that the page leaves undefined are taken as
// Latin-1, the code point of the same number.
func (p Page) Append(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	cm := p.charmap()
	for _, c := range b {
		r := cm.DecodeByte(c)
		if r == utf8.RuneError {
			r = rune(c)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// String is b as text.
func (p Page) String(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string(p.Append(nil, b))
}

// Encode is the way back: text as bytes of the page. It fails on the first
// character that the page does not have.
func (p Page) Encode(text string) (string, error) {
	cm := p.charmap()
	out := make([]byte, 0, len(text))
	for _, r := range text {
		c, ok := cm.EncodeRune(r)
		if !ok {
			if r > 0xFF || cm.DecodeByte(byte(r)) != utf8.RuneError {
				return "", fmt.Errorf("the code page %v has no character %q", cm, r)
			}
			c = byte(r)
		}
		out = append(out, c)
	}
	return string(out), nil
}
