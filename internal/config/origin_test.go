package config_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAllowedOrigins(t *testing.T) {
	for name, tt := range map[string]struct {
		value string
		want  []string
	}{
		"none":             {"", nil},
		"only commas":      {" , ,", nil},
		"any":              {"*", []string{"*"}},
		"with port":        {"http://localhost:5173", []string{"http://localhost:5173"}},
		"default port":     {"https://a.example:443,http://a.example:80", []string{"https://a.example", "http://a.example"}},
		"port of other":    {"http://a.example:443", []string{"http://a.example:443"}},
		"case":             {"HTTPS://Dash.EXAMPLE", []string{"https://dash.example"}},
		"IPv4":             {"http://192.0.2.1:8080", []string{"http://192.0.2.1:8080"}},
		"IPv6":             {"http://[2001:DB8::1]:80", []string{"http://[2001:db8::1]"}},
		"app scheme":       {"capacitor://localhost", []string{"capacitor://localhost"}},
		"spaces and comma": {" http://a , http://b ,", []string{"http://a", "http://b"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(map[string]string{"ALLOWED_ORIGINS": tt.value})
			require.NoError(t, err)
			assert.Equal(t, tt.want, cfg.AllowedOrigins)
		})
	}
}

func TestRejectedOrigins(t *testing.T) {
	const (
		form     = " is not an origin; write scheme://host[:port], such as https://dash.example"
		more     = " is more than an origin; remove what follows the host or port, also a slash"
		wildcard = " has a wildcard; list each origin, or * alone for any"
		port     = " has a port outside 1 to 65535"
	)
	for name, tt := range map[string]struct{ value, want string }{
		"host only":         {"dash.example", `"dash.example"` + form},
		"host and port":     {"localhost:80", `"localhost:80"` + form},
		"no scheme":         {"//dash.example", `"//dash.example"` + form},
		"no host":           {"https://", `"https://"` + form},
		"port without host": {"https://:80", `"https://:80"` + form},
		"null":              {"null", `"null"` + form},
		"not a URL":         {"https://a b", `"https://a b"` + form},
		"port in words":     {"http://a:http", `"http://a:http"` + form},
		"trailing slash":    {"https://a/", `"https://a/"` + more},
		"path":              {"https://a/b", `"https://a/b"` + more},
		"query":             {"https://a?b", `"https://a?b"` + more},
		"empty query":       {"https://a?", `"https://a?"` + more},
		"fragment":          {"https://a#b", `"https://a#b"` + more},
		"empty fragment":    {"https://a#", `"https://a#"` + more},
		"wildcard":          {"https://*.example", `"https://*.example"` + wildcard},
		"wildcard first":    {"*.example", `"*.example"` + form},
		"empty port":        {"https://a:", `"https://a:"` + port},
		"port zero":         {"https://a:0", `"https://a:0"` + port},
		"port too large":    {"https://a:65536", `"https://a:65536"` + port},
		"user":              {"https://u:p@a", "an origin must not contain a user or password; write scheme://host[:port]"},
		"any among others":  {"*,https://a", "* means any origin and cannot be combined with others"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, map[string]string{"ALLOWED_ORIGINS": tt.value})
			assert.Equal(t, []string{"ALLOWED_ORIGINS: " + tt.want}, got)
		})
	}
}

// An accepted origin is one that a browser could send, and reading it again
// changes nothing.
func FuzzAllowedOrigins(f *testing.F) {
	for _, seed := range []string{"*", "http://a", "https://A.example:443", "http://[::1]:80", "x://y?", "a,,b", "http://%31"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := load(map[string]string{"ALLOWED_ORIGINS": text})
		if err != nil {
			return
		}
		for _, origin := range cfg.AllowedOrigins {
			if origin == "*" {
				continue
			}
			u, err := url.Parse(origin)
			require.NoError(t, err)
			assert.Equal(t, origin, u.Scheme+"://"+u.Host)
		}
		again, err := load(map[string]string{"ALLOWED_ORIGINS": strings.Join(cfg.AllowedOrigins, ",")})
		require.NoError(t, err)
		assert.Equal(t, cfg.AllowedOrigins, again.AllowedOrigins)
	})
}
