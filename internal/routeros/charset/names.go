package charset

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// names are the pages there are, by their names in the WHATWG Encoding Standard
// (https://encoding.spec.whatwg.org/#names-and-labels), and three that it does
// not have. Its UTF-16 and "replacement" are not here: nothing writes UTF-16 to a
// router, where a value with NUL bytes in it would still look like ASCII.
var names = []string{
	"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
	"windows-1256", "windows-1257", "windows-1258", "windows-874",
	"gbk", "gb18030", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr",
	"iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-8-i",
	"iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16",
	"koi8-r", "koi8-u", "macintosh", "x-mac-cyrillic", "x-user-defined",
	"ibm866", "cp437", "cp850", "cp852", "utf-8",
}

// others are the pages that the standard does not have.
var others = map[string]*charmap.Charmap{
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp852": charmap.CodePage852,
}

// numbers are the code pages that Windows calls by a number and the standard by
// a name; the others are windows-NUMBER or cpNUMBER.
var numbers = map[string]string{
	"932": "shift_jis", "936": "gbk", "949": "euc-kr", "950": "big5", "874": "windows-874",
	"866": "ibm866", "51932": "euc-jp", "50220": "iso-2022-jp", "51949": "euc-kr", "54936": "gb18030",
	"20866": "koi8-r", "21866": "koi8-u", "10000": "macintosh", "10007": "x-mac-cyrillic",
	"28591": "windows-1252", "28592": "iso-8859-2", "28593": "iso-8859-3", "28594": "iso-8859-4", "28595": "iso-8859-5",
	"28596": "iso-8859-6", "28597": "iso-8859-7", "28598": "iso-8859-8", "28599": "windows-1254",
	"28603": "iso-8859-13", "28605": "iso-8859-15", "38598": "iso-8859-8-i", "65001": "utf-8",
}

// prefixes are what stands before the number of a code page.
var prefixes = []string{"windows-", "windows", "cp-", "cp", "ms-", "ms", "ibm-", "ibm", "code page ", "codepage "}

// Names are the names of all pages.
func Names() []string { return slices.Clone(names) }

// codecs holds what Lookup made, so that pages of one name are equal.
var codecs sync.Map // canonical name → *codec

// Lookup finds a page by its name, any of its labels in the WHATWG Encoding
// Standard, or its number in Windows (1251, cp1251), in any case. The empty name
// is windows-1252.
func Lookup(name string) (Page, error) {
	if name == "" {
		return Page{}, nil
	}
	canonical, ok := canonicalOf(strings.ToLower(strings.TrimSpace(name)))
	switch {
	case !ok:
		return Page{}, fmt.Errorf("unknown code page %q: use a name such as windows-1251, gbk, shift_jis or utf-8; all are in docs/api.md", name)
	case canonical == windows1252.name:
		return Page{}, nil
	}
	if c, ok := codecs.Load(canonical); ok {
		return Page{c.(*codec)}, nil
	}
	c, _ := codecs.LoadOrStore(canonical, newCodec(canonical))
	return Page{c.(*codec)}, nil
}

// UTF8 is the page utf-8.
func UTF8() Page {
	page, _ := Lookup("utf-8") // is in names
	return page
}

// canonicalOf is the name of a page in names.
func canonicalOf(label string) (name string, ok bool) {
	if slices.Contains(names, label) {
		return label, true
	}
	if enc, err := htmlindex.Get(label); err == nil {
		if name, err := htmlindex.Name(enc); err == nil && slices.Contains(names, name) {
			return name, true
		}
	}
	number := label
	for _, prefix := range prefixes {
		if rest, found := strings.CutPrefix(label, prefix); found {
			number = rest
			break
		}
	}
	if name, ok := numbers[number]; ok {
		return name, true
	}
	for _, name := range []string{"windows-" + number, "cp" + number} {
		if slices.Contains(names, name) {
			return name, true
		}
	}
	return "", false
}

// newCodec makes the codec of a name in names.
func newCodec(name string) *codec {
	c := &codec{name: name, marks: name == "windows-1258", escapes: name == "iso-2022-jp"}
	if name == "big5" { // https://encoding.spec.whatwg.org/#big5-decoder, step 3.3
		c.pairs = map[string]string{"\u00ca\u0304": "\x88\x62", "\u00ca\u030c": "\x88\x64", "\u00ea\u0304": "\x88\xa3", "\u00ea\u030c": "\x88\xa5"}
	}
	if page := others[name]; page != nil {
		c.single = page
		return c
	}
	if name == "utf-8" {
		return c
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		panic("charset: " + err.Error()) // names has what the index does not
	}
	if page, ok := enc.(*charmap.Charmap); ok {
		c.single = page
	} else {
		c.multi = enc
	}
	return c
}
