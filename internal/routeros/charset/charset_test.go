package charset_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

func TestString(t *testing.T) {
	for name, tc := range map[string]struct{ page, in, want string }{
		"ASCII":                            {"", "ether1", "ether1"},
		"UTF-8 stays":                      {"windows-1251", "Größe", "Größe"},
		"1252 by default":                  {"", "Gr\xf6\xdfe \x80", "Größe €"},
		"1250":                             {"windows-1250", "\x9a\xe8", "šč"},
		"1251":                             {"windows-1251", "\xcf\xf0\xe8", "При"},
		"undefined in 1252 is Latin-1":     {"", "\x81\xff", "\u0081ÿ"},
		"one bad byte decides for a value": {"", "\xc3\xb6 \xf6", "Ã¶ ö"},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := charset.Lookup(tc.page)
			require.NoError(t, err)
			assert.Equal(t, tc.want, page.String([]byte(tc.in)))
		})
	}
}

func TestEncode(t *testing.T) {
	page, err := charset.Lookup("Windows-1251")
	require.NoError(t, err)
	got, err := page.Encode("При")
	require.NoError(t, err)
	assert.Equal(t, "\xcf\xf0\xe8", got)
	_, err = page.Encode("ö")
	require.ErrorContains(t, err, "no character 'ö'")
	_, err = charset.Lookup("klingon")
	require.ErrorContains(t, err, "klingon")
}

// No two byte strings that are not UTF-8 may become the same text, or two
// users of a router would become one.
func FuzzStringIsInjective(f *testing.F) {
	f.Add([]byte("\x80\x81"), []byte("\x80\x82"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var page charset.Page
		ta, tb := page.String(a), page.String(b)
		if !utf8.ValidString(ta) {
			t.Fatalf("%q became %q", a, ta)
		}
		if string(a) != string(b) && ta == tb && !utf8.Valid(a) && !utf8.Valid(b) {
			t.Fatalf("%q and %q both became %q", a, b, ta)
		}
		if utf8.Valid(a) {
			return
		}
		if back, err := page.Encode(ta); err != nil || back != string(a) {
			t.Fatalf("%q became %q and came back as %q, %v", a, ta, back, err)
		}
	})
}
