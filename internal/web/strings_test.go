package web_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	stringLine  = regexp.MustCompile(`(?m)^  (?:"([^"]+)"|(\w+)): (.+),$`)
	placeholder = regexp.MustCompile(`\{\w+\}`)
	literal     = regexp.MustCompile(`"([^"]+)"`)
)

// stringsOf returns the strings of a language by key. The value is JavaScript: a
// string, or an object with plural forms.
func stringsOf(t *testing.T, language string) map[string]string {
	t.Helper()
	list := make(map[string]string)
	for _, m := range stringLine.FindAllStringSubmatch(contents(t, "src", language+".js")[filepath.Join("src", language+".js")], -1) {
		key := m[1] + m[2]
		assert.NotContains(t, list, key, "the key is there twice")
		list[key] = m[3]
	}
	require.Greater(t, len(list), 100)
	return list
}

func TestBothLanguagesHaveTheSameStrings(t *testing.T) {
	english, indonesian := stringsOf(t, "en"), stringsOf(t, "id")
	assert.ElementsMatch(t, slices.Collect(maps.Keys(english)), slices.Collect(maps.Keys(indonesian)))
	names := func(value string) []string {
		list := placeholder.FindAllString(value, -1)
		slices.Sort(list)
		return slices.Compact(list)
	}
	for key, value := range english {
		assert.Equal(t, names(value), names(indonesian[key]), key)
	}
}

// Every error code of the server has a text and an advice in both languages, and
// no code is there that the server does not have.
func TestEveryErrorHasAdvice(t *testing.T) {
	document, err := os.ReadFile("../../docs/errors.md")
	require.NoError(t, err)
	codes := []string{"offline", "no_answer", "key_ended", "invitation_over", "key_in_link", "proxy_login", "proxy_unreachable", "proxy_refused", "origin_refused"} // of the page itself
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| \\d{3} \\|").FindAllStringSubmatch(string(document), -1) {
		codes = append(codes, m[1])
	}
	require.Greater(t, len(codes), 20)
	for _, language := range []string{"en", "id"} {
		for _, family := range []string{"what.", "error."} {
			var found []string
			for key := range stringsOf(t, language) {
				if code, ok := strings.CutPrefix(key, family); ok {
					found = append(found, code)
				}
			}
			assert.ElementsMatch(t, codes, found, "%s, %s", language, family)
		}
	}
}

// usedKeys returns the keys that the page asks for, and the families of which a
// module takes a key by its suffix, each with all of the code that does.
func usedKeys(t *testing.T) (keys map[string]bool, families map[string]string) {
	t.Helper()
	keys, families = make(map[string]bool), make(map[string]string)
	for _, m := range regexp.MustCompile(`data-t(?:-[a-z-]+)?="(\w+)"`).FindAllStringSubmatch(get(t, "/").Body.String(), -1) {
		keys[m[1]] = true
	}
	call := regexp.MustCompile(`\bt\(([^(),]*)`)
	for name, content := range contents(t, "src", ".js") {
		if filepath.Base(name) == "i18n.js" { // it defines t
			continue
		}
		for _, m := range call.FindAllStringSubmatch(content, -1) {
			found := literal.FindAllStringSubmatch(m[1], -1)
			assert.NotEmpty(t, found, "%s: %s has no literal key", name, m[0])
			for _, l := range found {
				if strings.HasSuffix(l[1], ".") {
					families[l[1]] += content
				} else {
					keys[l[1]] = true
				}
			}
		}
	}
	return keys, families
}

func TestEveryStringIsUsed(t *testing.T) {
	english := stringsOf(t, "en")
	keys, families := usedKeys(t)
	for key := range keys {
		assert.Contains(t, english, key)
	}
	for key := range english {
		family, suffix, inFamily := strings.Cut(key, ".")
		code, known := families[family+"."]
		switch {
		case !inFamily || !known:
			assert.True(t, keys[key], "%s is used by no module", key)
		case family != "what" && family != "error": // those are the codes of the server
			assert.Contains(t, code, `"`+suffix+`"`, "%s is used by no module", key)
		}
	}
}
