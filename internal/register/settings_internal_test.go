package register

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
)

func TestKeysOfSettings(t *testing.T) {
	tls := func(mode string) Settings {
		return Settings{Host: "r", TLS: &TLS{Mode: mode}}
	}
	with := func(a Settings, change func(*TLS)) Settings { change(a.TLS); return a }
	fingerprint := strings.Repeat("AB:", 31) + "AB"
	for name, tc := range map[string]struct {
		to    Settings
		want  pool.Key
		field string // of the error
	}{
		"plain":       {to: Settings{Host: "R", User: "api", Password: secret.New("p")}, want: pool.Key{Addr: "r:8728", User: "api", Password: secret.New("p")}},
		"port":        {to: Settings{Host: "r:99"}, want: pool.Key{Addr: "r:99"}},
		"code page":   {to: Settings{Host: "r", CodePage: "windows-1251"}, want: pool.Key{Addr: "r:8728", CodePage: "windows-1251"}},
		"verify":      {to: tls("verify"), want: pool.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Verify}}},
		"insecure":    {to: tls("insecure"), want: pool.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Insecure}}},
		"pin nothing": {to: tls("pin"), want: pool.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Pin}}},
		"pin": {
			to:   with(tls("pin"), func(a *TLS) { a.Fingerprint = fingerprint }),
			want: pool.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Pin, Fingerprint: strings.Repeat("ab", 32)}},
		},
		"verify, with name and authority": {
			to:   with(tls("verify"), func(a *TLS) { a.ServerName, a.CA = "n", "pem" }),
			want: pool.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Verify, ServerName: "n", CA: "pem"}},
		},

		"a long user and password": {
			to:   Settings{Host: "r", User: strings.Repeat("u", 256), Password: secret.New(strings.Repeat("ü", 128))},
			want: pool.Key{Addr: "r:8728", User: strings.Repeat("u", 256), Password: secret.New(strings.Repeat("ü", 128))},
		},

		"a user that is too long":     {to: Settings{Host: "r", User: strings.Repeat("u", 257)}, field: "user"},
		"a password that is too long": {to: Settings{Host: "r", Password: secret.New(strings.Repeat("ü", 129))}, field: "pass"},
		"a line break in a user":      {to: Settings{Host: "r", User: "a\nb"}, field: "user"},
		"a CA that is too long":       {to: with(tls("verify"), func(a *TLS) { a.CA = strings.Repeat("a", 64<<10+1) }), field: "tls.ca"},
		"a server name of two lines":  {to: with(tls("verify"), func(a *TLS) { a.ServerName = "n\nm" }), field: "tls.server_name"},

		"no host":                  {field: "host"},
		"a URL for a host":         {to: Settings{Host: "http://r"}, field: "host"},
		"no such code page":        {to: Settings{Host: "r", CodePage: "ebcdic"}, field: "code_page"},
		"no mode":                  {to: tls(""), field: "tls.mode"},
		"no such mode":             {to: tls("PIN"), field: "tls.mode"},
		"pin rubbish":              {to: with(tls("pin"), func(a *TLS) { a.Fingerprint = "ab" }), field: "tls.fingerprint"},
		"pin with an authority":    {to: with(tls("pin"), func(a *TLS) { a.CA = "pem" }), field: "tls"},
		"insecure with a name":     {to: with(tls("insecure"), func(a *TLS) { a.ServerName = "n" }), field: "tls"},
		"insecure, pinned":         {to: with(tls("insecure"), func(a *TLS) { a.Fingerprint = fingerprint }), field: "tls.fingerprint"},
		"verify and a fingerprint": {to: with(tls("verify"), func(a *TLS) { a.Fingerprint = fingerprint }), field: "tls.fingerprint"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.to.Key()
			if tc.field == "" {
				require.NoError(t, err)
				assert.True(t, tc.want == got)
				return
			}
			require.Error(t, err)
			assert.Equal(t, errcode.Invalid, errcode.Of(err))
			assert.True(t, strings.HasPrefix(err.Error(), tc.field+" "), err.Error())
		})
	}
}
