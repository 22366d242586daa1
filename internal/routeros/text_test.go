package routeros_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestForeignText(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, tc := range map[string]struct{ in, want string }{
		"as it is":              {"failure: already have such name (x)", "failure: already have such name (x)"},
		"other letters":         {"уже есть 名前 ñ", "уже есть 名前 ñ"},
		"lines":                 {"a\r\nb\tc\u2028d", "a  b c d"},
		"a terminal's commands": {"\x1b[2Ja\x00b\x7fc\u009b31m", "\ufffd[2Ja\ufffdb\ufffdc\ufffd31m"},
		"another direction":     {"a\u202eb\u2066c", "a\ufffdb\ufffdc"},
		"joined letters":        {"क्\u200dष", "क्\u200dष"},
		"not UTF-8":             {"a\xffb", "a\ufffdb"},
		"just fits":             {long, long},
		"too long":              {long + "y", long[:297] + "…"},
		"cut in a character":    {strings.Repeat("é", 151), strings.Repeat("é", 148) + "…"},
		"longer when replaced":  {strings.Repeat("\x01", 200), strings.Repeat("\ufffd", 99) + "…"},
		"megabytes":             {strings.Repeat(long, 1<<16), long[:297] + "…"},
	} {
		assert.Equal(t, tc.want, routeros.ForeignText(tc.in), name)
	}
}

func FuzzForeignText(f *testing.F) {
	f.Add("a\x1b[2J")
	f.Add(strings.Repeat("é\u202e", 200))
	f.Add(strings.Repeat("\xff", 400))
	f.Fuzz(func(t *testing.T, in string) {
		out := routeros.ForeignText(in)
		assert.LessOrEqual(t, len(out), routeros.MaxForeignText)
		assert.True(t, utf8.ValidString(out))
		assert.NotRegexp(t, `[\x{202a}-\x{202e}\x{2066}-\x{2069}]`, out)
		assert.False(t, strings.ContainsFunc(out, unicode.IsControl))
		assert.Equal(t, out, routeros.ForeignText(out))
	})
}
