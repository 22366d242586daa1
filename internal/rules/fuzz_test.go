package rules_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/rules"
)

func FuzzParse(f *testing.F) {
	for _, seed := range append(rules.Defaults(), "/ip/hotspot/**:print,add,set", "!/*:a*", "dangerous", "/**", "/ip/:", "//", "/a b/c") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := rules.Parse([]string{text})
		if err != nil {
			assert.NotContains(t, err.Error(), "\n", "one line")
			return
		}
		_ = s.Check([]string{"/ip/address/print"})
		again, err := rules.Parse(strings.Fields(text))
		require.NoError(t, err)
		assert.Equal(t, s, again, "however it is cut")
	})
}

// However a command is written: what passes is plain, never what the rules deny,
// and stays the same in its canonical spelling.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"/ip/address/print", "/System reset-configuration", "/ip/address/print\x00=file=x", "/sys/reset", "//user//set\x00=password=x", "/ping", "/a/getall\x00?x\x00.tag=1",
	} {
		f.Add(seed)
	}
	s, err := rules.Parse([]string{"/**", "!/ppp/secret"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\x00") // no word that passes has a NUL in its path or name
		err := s.Check(words)
		if refusal, ok := errors.AsType[*rules.DeniedError](err); ok {
			assert.NotEmpty(t, refusal.Reason)
			return
		}
		require.NoError(t, err)
		path := strings.FieldsFunc(strings.ToLower(words[0]), func(r rune) bool { return r == '/' || r == ' ' })
		for _, never := range [][]string{{"system", "reset-configuration"}, {"ppp", "secret"}, {"import"}, {"execute"}, {"system", "script", "run"}} {
			assert.False(t, len(path) >= len(never) && slices.Equal(path[:len(never)], never), "%q", words)
		}
		assert.NotContains(t, words[0], "..")
		for _, w := range words[1:] {
			assert.True(t, strings.HasPrefix(w, "=") || strings.HasPrefix(w, "?"), "%q", w)
			assert.False(t, strings.HasPrefix(strings.ToLower(w), "=on-"), "%q", w)
		}
		plain := append([]string{"/" + strings.Join(path, "/")}, words[1:]...)
		assert.NoError(t, s.Check(plain), "%q passes, %q does not", words, plain)
		assert.Error(t, rules.ReadOnly().Check([]string{"/" + strings.Join(path, "/") + "/remove"}))
	})
}
