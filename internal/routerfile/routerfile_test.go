package routerfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routerfile"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
)

const word = "s3cr3t-word"

// folder has a file with this text, and one with a password.
func folder(t *testing.T, text string) (path string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("routers.yaml", text)
	write("pass", word+"\n")
	write("lines", "a\nb\n")
	write("large", strings.Repeat("x", 5000))
	return filepath.Join(dir, "routers.yaml")
}

func lookup(name string) (string, bool) {
	value, ok := map[string]string{"ROUTER_PASS": word, "EMPTY": ""}[name]
	return value, ok
}

func TestRead(t *testing.T) {
	path := folder(t, `
routers:
  - router_id: a
    host: 192.0.2.1
    user: api
    pass_file: pass
  - {router_id: "b c", host: "R:99", user: x, pass_env: ROUTER_PASS, comment: "roof", code_page: windows-1251}
  - router_id: c
    host: 192.0.2.1
    user: api
    pass_env: EMPTY
    tls:
      mode: pin
      fingerprint: `+strings.Repeat("AB:", 31)+`AB
`)
	got, err := routerfile.Read(path, lookup)
	require.NoError(t, err)
	want := []register.Router{
		{ID: "a", Key: pool.Key{Addr: "192.0.2.1:8728", User: "api", Password: secret.New(word)}},
		{ID: "b c", Comment: "roof", Key: pool.Key{Addr: "r:99", User: "x", Password: secret.New(word), CodePage: "windows-1251"}},
		{ID: "c", Key: pool.Key{Addr: "192.0.2.1:8729", User: "api", TLS: routeros.TLS{Mode: routeros.Pin, Fingerprint: strings.Repeat("ab", 32)}}},
	}
	require.Len(t, got.Routers, len(want))
	for i := range want {
		assert.True(t, want[i] == got.Routers[i], "%v", got.Routers[i])
	}
	assert.Equal(t, []string{filepath.Join(filepath.Dir(path), "pass"), path}, got.Files)

	none, err := routerfile.Read(folder(t, "routers: []"), lookup)
	require.NoError(t, err)
	assert.Empty(t, none.Routers)
}

func TestMistakes(t *testing.T) {
	one := "{router_id: a, host: r, user: u, pass_env: ROUTER_PASS}"
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"nothing":             {"", []string{`there is no list "routers"`}},
		"comments":            {"# none\n", []string{`there is no list "routers"`}},
		"no list":             {"routers:\n", []string{`there is no list "routers"`}},
		"not YAML":            {"routers: [\n", []string{"line 1"}},
		"a list alone":        {"- " + one, []string{"line 1"}},
		"two documents":       {"routers: [" + one + "]\n---\nrouters: []", []string{"more than one YAML document"}},
		"unknown field":       {"routers:\n  - {router_id: a, hosts: r}\nroute: 1\n", []string{"line 2: field hosts", "line 3: field route"}},
		"a field twice":       {"routers:\n  - {router_id: a, router_id: b}", []string{"line 2"}},
		"a password":          {"routers: [{router_id: a, host: r, user: u, pass: " + word + "}]", []string{"field pass not found"}},
		"an id twice":         {"routers: [" + one + "," + one + "]", []string{`router 2 ("a"): this router_id is declared twice`}},
		"no id":               {"routers: [{host: r, user: u, pass_env: ROUTER_PASS}]", []string{`router 1 (""): router_id is missing`}},
		"a bad id":            {"routers: [{router_id: a/b, host: r, user: u, pass_env: ROUTER_PASS}]", []string{"router_id contains"}},
		"no host":             {"routers: [{router_id: a, user: u, pass_env: ROUTER_PASS}]", []string{"host and user"}},
		"a bad host":          {"routers: [{router_id: a, host: 'http://r', user: u, pass_env: ROUTER_PASS}]", []string{"host \"http://r\""}},
		"no password":         {"routers: [{router_id: a, host: r, user: u}]", []string{"give either pass_file or pass_env"}},
		"two passwords":       {"routers: [{router_id: a, host: r, user: u, pass_env: ROUTER_PASS, pass_file: pass}]", []string{"give either pass_file or pass_env"}},
		"no such variable":    {"routers: [{router_id: a, host: r, user: u, pass_env: NO}]", []string{"the variable NO is not set"}},
		"no such file":        {"routers: [{router_id: a, host: r, user: u, pass_file: no}]", []string{"pass_file: open "}},
		"several lines":       {"routers: [{router_id: a, host: r, user: u, pass_file: lines}]", []string{"not one line"}},
		"a large password":    {"routers: [{router_id: a, host: r, user: u, pass_file: large}]", []string{"larger than 4096"}},
		"a bad mode":          {"routers: [{router_id: a, host: r, user: u, pass_env: ROUTER_PASS, tls: {mode: PIN}}]", []string{"tls.mode must be"}},
		"a bad code page":     {"routers: [{router_id: a, host: r, user: u, pass_env: ROUTER_PASS, code_page: ebcdic}]", []string{"code_page"}},
		"a comment of lines":  {"routers: [{router_id: a, host: r, user: u, pass_env: ROUTER_PASS, comment: \"a\\nb\"}]", []string{"comment has a line break"}},
		"several, all listed": {"routers: [{router_id: a}, " + one + ", {router_id: b, host: r, user: u}]", []string{"router 1", "router 2 (\"a\")", "router 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := routerfile.Read(folder(t, tc.text), lookup)
			require.Error(t, err)
			assert.Empty(t, got.Routers)
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), word)
		})
	}
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	routers := []register.Router{
		{ID: "a", Comment: "# not a comment: \"x\"", Key: pool.Key{Addr: "r:8728", User: "yes", Password: secret.New(word)}},
		{ID: "12", Key: pool.Key{Addr: "[2001:db8::1]:99", User: "null", CodePage: "windows-1251"}},
		{ID: "v", Key: pool.Key{Addr: "r:8729", User: "u", TLS: routeros.TLS{Mode: routeros.Verify, ServerName: "n", CA: "-----BEGIN\nx\n"}}},
	}
	var out bytes.Buffer
	require.NoError(t, routerfile.Write(&out, routers))
	assert.NotContains(t, out.String(), word)
	assert.NotContains(t, out.String(), "pass:")
	text := regexp.MustCompile(`(?m)^(    )host:`).ReplaceAllString(out.String(), "${1}pass_env: ROUTER_PASS\n${1}host:")
	got, err := routerfile.Read(folder(t, text), lookup)
	require.NoError(t, err, text)
	require.Len(t, got.Routers, len(routers))
	for i, r := range routers {
		r.Key.Password = secret.New(word)
		assert.True(t, r == got.Routers[i], r.ID)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("routers: [{router_id: a, host: r, user: u, pass_env: ROUTER_PASS}]")
	f.Add("routers: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := routerfile.Read(folder(t, text), lookup)
		if err != nil {
			return
		}
		for _, r := range got.Routers {
			if register.CheckID(r.ID) != nil || r.Key.Addr == "" {
				t.Errorf("%v", r)
			}
		}
	})
}
