package routeros_test

import (
	"crypto/md5"
	"encoding/hex"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// exchange is a sentence of the client and what the router says to it.
type exchange struct{ hears, says []string }

// digest is the answer to the challenge abc123 before RouterOS 6.43.
func digest(password string) string {
	sum := md5.Sum([]byte("\x00" + password + "\xab\xc1\x23"))
	return "=response=00" + hex.EncodeToString(sum[:])
}

// plain and old are one login in each dialect, with the answer at its end.
func plain(user, password string, answer ...string) []exchange {
	return []exchange{{[]string{"/login", "=name=" + user, "=password=" + password}, answer}}
}

func old(user, password string, answer ...string) []exchange {
	return append(plain(user, password, "!done =ret=abc123"),
		exchange{[]string{"/login", "=name=" + user, digest(password)}, answer})
}

// User and password go out in the code page first and in UTF-8 where that is refused
// and differs, twice at most. The other order is that of a router which took UTF-8
// before.
func TestLoginInACodePage(t *testing.T) {
	const (
		user, word = "оператор", "пароль"
		user1251   = "\xee\xef\xe5\xf0\xe0\xf2\xee\xf0"
		word1251   = "\xef\xe0\xf0\xee\xeb\xfc"
		done       = "!done"
		no         = "!trap =message=no"
		fatal      = "!fatal too"
		radius     = "!trap =message=radius-timeout,timeout"
	)
	for name, tt := range map[string]struct {
		pages      []string
		user, word string
		router     [][]exchange
		in         string // page of the login; empty where it is refused
	}{
		"no page is UTF-8":              {nil, user, word, [][]exchange{plain(user, word, done)}, "utf-8"},
		"no page, refused once":         {nil, user, word, [][]exchange{plain(user, word, no, done)}, ""},
		"the page":                      {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, done)}, "windows-1251"},
		"the page, by challenge":        {[]string{"1251", "utf-8"}, user, word, [][]exchange{old(user1251, word1251, done)}, "windows-1251"},
		"then UTF-8":                    {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, no, done), plain(user, word, done)}, "utf-8"},
		"then UTF-8, by challenge":      {[]string{"1251", "utf-8"}, user, word, [][]exchange{old(user1251, word1251, no, done), old(user, word, done)}, "utf-8"},
		"neither":                       {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, no, done), plain(user, word, no, done)}, ""},
		"neither, by challenge":         {[]string{"1251", "utf-8"}, user, word, [][]exchange{old(user1251, word1251, no, done), old(user, word, no, done)}, ""},
		"never a third":                 {[]string{"1251", "koi8-r", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, no, done), plain("\xcf\xd0\xc5\xd2\xc1\xd4\xcf\xd2", "\xd0\xc1\xd2\xcf\xcc\xd8", no, done)}, ""},
		"UTF-8 first":                   {[]string{"utf-8", "1251"}, user, word, [][]exchange{plain(user, word, done)}, "utf-8"},
		"UTF-8 first, then the page":    {[]string{"utf-8", "1251"}, user, word, [][]exchange{plain(user, word, no, done), plain(user1251, word1251, done)}, "windows-1251"},
		"ASCII is tried once":           {[]string{"1251", "utf-8"}, "api", "secret", [][]exchange{plain("api", "secret", no, done)}, ""},
		"only the password differs":     {[]string{"1252", "utf-8"}, "api", "Größe", [][]exchange{plain("api", "Gr\xf6\xdfe", no, done), plain("api", "Größe", done)}, "utf-8"},
		"the page lacks a character":    {[]string{"1251", "utf-8"}, "api", "Größe", [][]exchange{plain("api", "Größe", no, done)}, ""},
		"two bytes each":                {[]string{"gbk", "utf-8"}, "操作", "密码", [][]exchange{plain("\xb2\xd9\xd7\xf7", "\xc3\xdc\xc2\xeb", done)}, "gbk"},
		"not UTF-8 in itself":           {nil, "api", "\xef\xe0", [][]exchange{plain("api", "\xef\xe0", done)}, "utf-8"},
		"not about the password":        {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, radius, done)}, ""},
		"an answer without an end":      {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, no)}, ""},
		"the end instead of the second": {[]string{"1251", "utf-8"}, user, word, [][]exchange{plain(user1251, word1251, no, done), plain(user, word, fatal)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cred := routeros.Credentials{User: tt.user, Password: tt.word}
				for _, label := range tt.pages {
					page, err := charset.Lookup(label)
					require.NoError(t, err)
					cred.Pages = append(cred.Pages, page)
				}
				p, conn := pipe(t)
				login := dial(t.Context(), conn, cred, routeros.Options{})
				for _, login := range tt.router {
					for _, step := range login {
						p.hears(step.hears...)
						p.recites(step.says...)
					}
				}
				a := <-login
				if tt.in == "" {
					refused := asType[*routeros.LoginError](t, a.err)
					assert.Equal(t, tt.user, refused.User, "as text")
					assert.NotContains(t, a.err.Error(), tt.word)
					p.hearsEnd()
					return
				}
				require.NoError(t, a.err)
				assert.Equal(t, tt.in, a.session.LoginPage().Name())
				require.NoError(t, a.session.Close())
			})
		})
	}
}
