package charset_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

func lookup(t testing.TB, name string) charset.Page {
	t.Helper()
	page, err := charset.Lookup(name)
	require.NoError(t, err)
	return page
}

func TestString(t *testing.T) {
	for name, tc := range map[string]struct{ page, in, want string }{
		"ASCII":                            {"", "ether1", "ether1"},
		"UTF-8 stays":                      {"windows-1251", "Größe", "Größe"},
		"1252 by default":                  {"", "Gr\xf6\xdfe \x80", "Größe €"},
		"1250":                             {"windows-1250", "\x9a\xe8", "šč"},
		"1251":                             {"windows-1251", "\xcf\xf0\xe8", "При"},
		"undefined in 1252 is Latin-1":     {"", "\x81\xff", "\u0081ÿ"},
		"one bad byte decides for a value": {"", "\xc3\xb6 \xf6", "Ã¶ ö"},
		"not UTF-8 on a router with UTF-8": {"utf-8", "Gr\xf6\xdfe", "Größe"},
		"GBK":                              {"gbk", "\xb1\xb1\xbe\xa9\xb0\xec\xb9\xab\xca\xd2", "北京办公室"},
		"GBK, a byte of something else":    {"gbk", "\xb1\xb1\xff a\xb1", "北\uf7ff a\uf7b1"},
		"Big5":                             {"big5", "\xa5x\xa5_", "台北"},
		"Shift_JIS":                        {"shift_jis", "\x93\x8c\x8b\x9e \xb6\xc5", "東京 ｶﾅ"},
		"EUC-JP":                           {"euc-jp", "\xc5\xec\xb5\xfe", "東京"},
		"ISO-2022-JP":                      {"iso-2022-jp", "a\x1b$BEl5~\x1b(B", "a東京"},
		"EUC-KR":                           {"euc-kr", "\xbc\xad\xbf\xef", "서울"},
		"gb18030, four bytes":              {"gb18030", "\x95\x32\x82\x36", "𠀀"},
		"Vietnamese is read composed":      {"windows-1258", "Ti\xea\xecng Vi\xea\xf2t", "Tiếng Việt"},
		"Thai":                             {"windows-874", "\xa1\xd8", "กุ"},
		"Hebrew":                           {"windows-1255", "\xf9\xec\xe5\xed", "שלום"},
		"Arabic":                           {"windows-1256", "\xe3\xd1\xcd\xc8\xc7", "مرحبا"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, lookup(t, tc.page).String([]byte(tc.in)))
		})
	}
}

func TestEncode(t *testing.T) {
	for name, tc := range map[string]struct{ page, in, want, err string }{
		"1251":                           {"Windows-1251", "При", "\xcf\xf0\xe8", ""},
		"not in the page":                {"windows-1251", "ö", "", "windows-1251 has no character 'ö'"},
		"decomposed, as macOS writes it": {"windows-1252", "Jose\u0301", "Jos\xe9", ""},
		"a mark that goes with nothing":  {"windows-1252", "q\u0301", "", "(U+0301)"},
		"UTF-8 as it is":                 {"utf-8", "Jose\u0301 北京", "Jose\u0301 北京", ""},
		"GBK":                            {"gbk", "北京办公室", "\xb1\xb1\xbe\xa9\xb0\xec\xb9\xab\xca\xd2", ""},
		"GBK has no Thai":                {"gbk", "ก", "", "gbk has no character 'ก'"},
		"Shift_JIS":                      {"sjis", "東京", "\x93\x8c\x8b\x9e", ""},
		"ISO-2022-JP":                    {"iso-2022-jp", "a東京b", "a\x1b$BEl5~\x1b(Bb", ""},
		"ISO-2022-JP returns to ASCII":   {"iso-2022-jp", "東京", "\x1b$BEl5~\x1b(B", ""},
		"Vietnamese":                     {"windows-1258", "Tiếng Việt", "Ti\xea\xecng Vi\xea\xf2t", ""},
		"Vietnamese, decomposed":         {"windows-1258", "Tie\u0302\u0301ng Vie\u0323\u0302t", "Ti\xea\xecng Vi\xea\xf2t", ""},
		"Vietnamese, all of it":          {"windows-1258", "ặẫỗừỵđƯ", "\xe3\xf2\xe2\xde\xf4\xde\xfd\xccy\xf2\xf0\xdd", ""},
		"Vietnamese has no Greek":        {"windows-1258", "ω", "", "has no character 'ω'"},
		"a lone byte":                    {"gbk", "北\uf7ff", "\xb1\xb1\xff", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := lookup(t, tc.page).Encode(tc.in)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestLookup(t *testing.T) {
	for label, want := range map[string]string{
		"": "windows-1252", "latin1": "windows-1252", "ISO-8859-1": "windows-1252", "ascii": "windows-1252", " CP1251 ": "windows-1251", "1251": "windows-1251",
		"gb2312": "gbk", "GBK": "gbk", "x-gbk": "gbk", "936": "gbk", "cp936": "gbk", "ms936": "gbk", "chinese": "gbk", "gb18030": "gb18030", "54936": "gb18030",
		"big5": "big5", "950": "big5", "big5-hkscs": "big5", "shift-jis": "shift_jis", "windows-31j": "shift_jis", "cp932": "shift_jis",
		"euc-kr": "euc-kr", "ks_c_5601-1987": "euc-kr", "windows-949": "euc-kr", "cp949": "euc-kr",
		"tis-620": "windows-874", "866": "ibm866", "cp866": "ibm866", "437": "cp437", "ibm850": "cp850", "cp852": "cp852",
		"koi8-ru": "koi8-u", "koi8": "koi8-r", "latin5": "windows-1254", "utf8": "utf-8", "65001": "utf-8", "mac": "macintosh",
	} {
		assert.Equal(t, want, lookup(t, label).Name(), label)
	}
	for _, label := range []string{"klingon", "utf-16", "utf-16le", "replacement", "hz-gb-2312", "windows-", "cp", "1259", "ebcdic"} {
		_, err := charset.Lookup(label)
		require.ErrorContains(t, err, label)
	}
	assert.True(t, lookup(t, "gb2312") == lookup(t, "936"), "pages of one name are equal")
	assert.True(t, lookup(t, "latin1") == charset.Page{})
	for _, name := range charset.Names() {
		assert.Equal(t, name, lookup(t, name).Name())
	}
}

// docs/api.md lists all pages with other names that Lookup takes.
func TestTheDocumentsListThePages(t *testing.T) {
	for _, file := range []string{"../../../docs/api.md", "../../../docs/id/api.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var listed []string
		for _, line := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]*[^`|] \\| (.*) ?\\|$").FindAllStringSubmatch(string(text), -1) {
			page, err := charset.Lookup(line[1])
			if err != nil {
				continue // another table
			}
			listed = append(listed, line[1])
			for _, other := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line[2], -1) {
				assert.Equal(t, page.Name(), lookup(t, other[1]).Name(), other[1])
			}
		}
		assert.ElementsMatch(t, charset.Names(), listed, file)
	}
}

// What a router has can be written back in every page: all characters of two
// bytes, and all bytes alone.
func TestEveryPageComesBack(t *testing.T) {
	twice := []string{"windows-1258", "shift_jis", "big5", "euc-jp", "gbk", "gb18030"} // have characters with two codes
	for _, name := range charset.Names() {
		t.Run(name, func(t *testing.T) {
			page := lookup(t, name)
			for code := range 0x10000 {
				b := []byte{byte(code >> 8), byte(code)}
				if code < 0x100 {
					b = b[1:]
				}
				text := page.String(b)
				if !utf8.ValidString(text) { // require takes longer than the page: two million times
					require.Fail(t, "invalid", "%q became %q", b, text)
				}
				if utf8.Valid(b) {
					continue
				}
				back, err := page.Encode(text)
				if err != nil {
					require.NoError(t, err, "%q", b)
				}
				if back != string(b) && name != "utf-8" {
					require.Contains(t, twice, name, "%q became %q and %q", b, text, back)
					require.Equal(t, text, page.String([]byte(back)), "%q", b)
				}
			}
		})
	}
}

// Decomposed text, as macOS writes it, is sent as the composed text is, in every page.
func TestDecomposedTextInEveryPage(t *testing.T) {
	type text struct{ composed, decomposed string }
	var texts []text // made once: it takes longer than a page
	for r := rune(0x80); r < 0xD7A4; r++ {
		if r == 0x3100 {
			r = 0xAC00 // Han does not decompose, Hangul does
		}
		composed := string(r)
		decomposed := norm.NFD.String(composed)
		if decomposed != composed && norm.NFC.String(decomposed) == composed {
			texts = append(texts, text{"x" + composed + "y", "x" + decomposed + "y"})
		}
	}
	require.Greater(t, len(texts), 11_172, "Hangul, and more")
	for _, name := range charset.Names() {
		t.Run(name, func(t *testing.T) {
			page := lookup(t, name)
			for _, text := range texts {
				want, err := page.Encode(text.composed)
				if err != nil || name != "utf-8" && utf8.ValidString(want) {
					continue // the page does not have it, or it looks like UTF-8
				}
				got, err := page.Encode(text.decomposed)
				if err != nil { // require takes longer than the page
					require.NoError(t, err, "%+q", text.composed)
				}
				for _, wire := range slices.Compact([]string{want, got}) {
					if read := norm.NFC.String(page.String([]byte(wire))); read != text.composed {
						require.Equal(t, text.composed, read, "%+q", text.composed)
					}
				}
			}
		})
	}
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

// Whatever a router sends in whatever page is text, and text that Encode takes
// is read as it was written, but for its composition.
func FuzzPages(f *testing.F) {
	f.Add(uint8(8), []byte("Ti\xea\xecng"), "Tiếng")
	f.Add(uint8(10), []byte("\xb1\xb1\xff"), "北京")
	f.Add(uint8(15), []byte("a\x1b$BEl5~"), "東京")
	f.Fuzz(func(t *testing.T, n uint8, b []byte, text string) {
		names := charset.Names()
		page, err := charset.Lookup(names[int(n)%len(names)])
		if err != nil {
			t.Fatal(err)
		}
		if read := page.String(b); !utf8.ValidString(read) {
			t.Fatalf("%s: %q became %q", page.Name(), b, read)
		}
		wire, err := page.Encode(text)
		if err != nil || utf8.ValidString(wire) && page.Name() != "iso-2022-jp" {
			return
		}
		read := page.String([]byte(wire))
		again, err := page.Encode(read)
		if err != nil || again != wire && slices.Contains([]string{"windows-1252", "windows-1251", "koi8-r"}, page.Name()) {
			t.Fatalf("%s: %q was sent as %q, read as %q and sent again as %q (%v)", page.Name(), text, wire, read, again, err)
		}
	})
}
