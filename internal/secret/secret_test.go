package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/secret"
)

const word = "hunter2-hunter2"

func TestNothingShowsASecret(t *testing.T) {
	text := secret.New(word)
	hidden := struct{ inside secret.Text }{text} // fmt does not call methods of unexported fields
	deep := map[secret.Text][]any{text: {&hidden, text, &text}}
	for name, v := range map[string]any{
		"value": text, "pointer": &text, "unexported": hidden, "deep": deep, "slice": []secret.Text{text},
	} {
		t.Run(name, func(t *testing.T) {
			for verb := '!'; verb <= '~'; verb++ {
				for _, flags := range []string{"", "+", "#", " ", "0", "-30."} {
					assertHidden(t, fmt.Sprintf("%"+flags+string(verb), v))
				}
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
			assertHidden(t, log.String())
			encoded, _ := json.Marshal(v)
			assertHidden(t, string(encoded))
		})
	}
	out, err := yaml.Marshal(map[string]any{"v": text})
	require.NoError(t, err)
	assertHidden(t, string(out))
	assert.Equal(t, word, text.Reveal())
}

func assertHidden(t *testing.T, s string) {
	t.Helper()
	for _, form := range []string{word, fmt.Sprintf("%x", word), fmt.Sprintf("%X", word), fmt.Sprintf("% x", word), fmt.Sprint([]byte(word))} {
		assert.NotContains(t, s, form)
	}
}

func TestEqualSecretsAreEqual(t *testing.T) {
	assert.True(t, secret.New(word) == secret.New(strings.Clone(word)))
	assert.False(t, secret.New(word) == secret.New("other"))
	assert.True(t, secret.New("") == secret.Text{})
	assert.Empty(t, secret.Text{}.Reveal())
}

func ring(t *testing.T, lines ...string) *secret.Ring {
	t.Helper()
	r, err := secret.ParseRing(strings.Join(lines, "\n"))
	require.NoError(t, err)
	return r
}

func TestSealAndOpen(t *testing.T) {
	first, second := secret.NewKey(time.Now()), "second="+strings.Split(secret.NewKey(time.Now()), "=")[1]+"="
	old, both, other := ring(t, first), ring(t, second, first), ring(t, "second="+strings.Split(first, "=")[1]+"=")
	for name, plain := range map[string]string{"word": word, "empty": "", "not UTF-8": "\xff\x00\xfe", "long": strings.Repeat("x", 5000)} {
		t.Run(name, func(t *testing.T) {
			sealed := old.Seal(secret.New(plain), "a")
			assert.NotEqual(t, sealed, old.Seal(secret.New(plain), "a"), "another salt")
			for _, r := range []*secret.Ring{old, both} {
				opened, err := r.Open(sealed, "a")
				require.NoError(t, err)
				assert.Equal(t, plain, opened.Reveal())
			}
			assert.Equal(t, old.IDs()[0], secret.KeyID(sealed))
			assert.Equal(t, "second", secret.KeyID(both.Seal(secret.New(plain), "a")), "the first key seals")

			_, err := old.Open(sealed, "b")
			require.ErrorIs(t, err, secret.ErrNotOpened, "another place")
			_, err = other.Open(sealed, "a")
			require.ErrorIs(t, err, secret.ErrUnknownKey)
			_, err = other.Open(both.Seal(secret.New(plain), "a"), "a")
			require.ErrorIs(t, err, secret.ErrNotOpened, "another key under the same id")
		})
	}
}

func TestEveryChangeOfASealedSecretIsFound(t *testing.T) {
	r := ring(t, secret.NewKey(time.Now()))
	sealed := r.Seal(secret.New(word), "a")
	for i := range len(sealed) {
		changed := []byte(sealed)
		changed[i] ^= 1
		opened, err := r.Open(string(changed), "a")
		if err == nil { // the last letter of base64 has bits that mean nothing
			assert.Equal(t, word, opened.Reveal(), i)
			continue
		}
		assert.NotContains(t, err.Error(), word)
		assert.Zero(t, opened)
	}
}

func TestRingsThatAreRefused(t *testing.T) {
	key := strings.SplitN(secret.NewKey(time.Now()), "=", 2)[1]
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":        {"", "there is no key"},
		"comments":       {"# a\n\n", "there is no key"},
		"no id":          {key, "line 1"},
		"empty id":       {"=" + key, "line 1: is not id=key"},
		"a dot":          {"a.b=" + key, "line 1: is not id=key"},
		"short":          {"a=" + key[4:], `line 1: the key "a" is not 32 bytes`},
		"no base64":      {"\na=" + strings.Repeat("?", 44), `line 2: the key "a" is not 32 bytes`},
		"an id twice":    {"a=" + key + "\na=" + key, `line 2: the id "a" is used twice`},
		"an endless one": {"a=" + strings.Repeat("A", 1<<17), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := secret.ParseRing(tc.text)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), key[:20])
		})
	}
}

func TestARingDoesNotPrintItsKeys(t *testing.T) {
	line := secret.NewKey(time.Now())
	id, key, _ := strings.Cut(line, "=")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(format, ring(t, line))
		assert.Equal(t, "key ring "+id, text)
		assert.NotContains(t, text, key)
	}
}

func FuzzOpen(f *testing.F) {
	r, err := secret.ParseRing(secret.NewKey(time.Now()))
	require.NoError(f, err)
	f.Add(r.Seal(secret.New(word), "a"))
	f.Add("v1.a.b.c")
	f.Fuzz(func(t *testing.T, sealed string) {
		if _, err := r.Open(sealed, "another place"); err == nil {
			t.Error("opened")
		}
	})
}

// What is derived of a key does not depend on the others, and is another one for another
// purpose.
func TestDerive(t *testing.T) {
	const old, fresh = "old=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "new=HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	ring := func(lines ...string) *secret.Ring {
		r, err := secret.ParseRing(strings.Join(lines, "\n"))
		require.NoError(t, err)
		return r
	}
	first, second := ring(old).Derive("tickets"), ring(fresh).Derive("tickets")
	require.Len(t, first, 1)
	assert.Len(t, first[0], 32)
	assert.NotEqual(t, first, second)
	assert.Equal(t, [][]byte{second[0], first[0]}, ring(fresh, old).Derive("tickets"))
	assert.NotEqual(t, first, ring(old).Derive("grants"))
}
