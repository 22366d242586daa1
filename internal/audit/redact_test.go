package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
)

func TestRedact(t *testing.T) {
	for word, want := range map[string]string{
		"=password=hush":             "=password=[redacted]",
		"=PassWord=hush":             "=PassWord=[redacted]",
		"= password =hush":           "= password =[redacted]",
		"=!password=hush":            "=!password=[redacted]",
		"=passw=hush":                "=passw=[redacted]",
		"=pass=hush":                 "=pass=[redacted]",
		"=secret=hush":               "=secret=[redacted]",
		"=ipsec-secret=hush":         "=ipsec-secret=[redacted]",
		"=shared-secret=hush":        "=shared-secret=[redacted]",
		"=otp-secret=hush":           "=otp-secret=[redacted]",
		"=pre-shared-key=hush":       "=pre-shared-key=[redacted]",
		"=preshared-key=hush":        "=preshared-key=[redacted]",
		"=private-key=hush":          "=private-key=[redacted]",
		"=wpa-pre-shared-key=hush":   "=wpa-pre-shared-key=[redacted]",
		"=wpa2-pre-shared-key=hush":  "=wpa2-pre-shared-key=[redacted]",
		"=security.passphrase=hush":  "=security.passphrase=[redacted]",
		"=static-key-0=hush":         "=static-key-0=[redacted]",
		"=auth-key=hush":             "=auth-key=[redacted]",
		"=authentication-password=h": "=authentication-password=[redacted]",
		"=encryption-password=hush":  "=encryption-password=[redacted]",
		"=community=hush":            "=community=[redacted]",
		"=pin=hush":                  "=pin=[redacted]",
		"=http-data=hush":            "=http-data=[redacted]",
		"=http-header-field=hush":    "=http-header-field=[redacted]",
		"=url=https://a:hush@b/":     "=url=[redacted]",
		"=source=:log info hush":     "=source=[redacted]",
		"=on-up=hush":                "=on-up=[redacted]",
		"=lease-script=hush":         "=lease-script=[redacted]",
		"=contents=hush":             "=contents=[redacted]",
		"=response=00hush":           "=response=[redacted]",
		"=pass\u017fword=hush":       "=pass\u017fword=[redacted]",
		"=pass\x00word=hush":         "=pass\x00word=[redacted]",
		"?password=hush":             "?password=[redacted]",
		"?=password=hush":            "?=password=[redacted]",
		"?>password=hush":            "?>password=[redacted]",
		"?-password":                 "?-password",
		"==hush":                     "[redacted]",
		"=":                          "[redacted]",
		"hush":                       "[redacted]",
		"password=hush":              "[redacted]",
		".tag=hush":                  "[redacted]",
		"":                           "[redacted]",
		"=.proplist=name,password":   "=.proplist=name,password",
		"=.id=*1":                    "=.id=*1",
		"=count-only=":               "=count-only=",
		"=password=":                 "=password=",
		"=comment=a=b":               "=comment=a=b",
		"=address=192.0.2.1/24":      "=address=192.0.2.1/24",
		"=passthrough=yes":           "=passthrough=yes",
		"?type=ether":                "?type=ether",
		"?#|!":                       "?#|!",
		"?#1|.!&":                    "?#1|.!&",
		"?#password=hush":            "[redacted]",
		"?#hush":                     "[redacted]",
		"=comment=" + long(300, "é"): "=comment=" + long(123, "é") + "…",
		"=comment=\xff\n":            "=comment=\ufffd\n",
		"=basic-rates-a/g=6Mbps":     "=basic-rates-a/g=6Mbps",
	} {
		assert.Equal(t, []string{"/ppp/secret/add", want}, audit.Redact([]string{"/PPP secret/add", word}), "%q", word)
	}
	for want, words := range map[string][]string{
		"/ip/hotspot/user/add =name=[redacted] =password=[redacted] =profile=1h": {"/ip/hotspot/user/add", "=name=X7K2", "=password=X7K2", "=profile=1h"},
		"/snmp/community/add =name=[redacted] =addresses=::/0":                   {"/snmp/community/add", "=name=hush", "=addresses=::/0"},
		"/user/set… [redacted]":                                                  {"/user set admin password=hush", "hush"},
		"/ip/address/print":                                                      {"/ip/address/print"},
		"":                                                                       nil,
	} {
		assert.Equal(t, want, strings.Join(audit.Redact(words), " "))
	}
}

func long(n int, s string) string { return strings.Repeat(s, n) }

func TestALineIsBounded(t *testing.T) {
	words := []string{"/a/print"}
	for range 1000 {
		words = append(words, "=comment="+long(10_000, "\x01"))
	}
	shown := audit.Redact(words)
	assert.Equal(t, "…", shown[len(shown)-1])
	b, err := json.Marshal(shown)
	require.NoError(t, err)
	assert.Less(t, len(b), 26<<10)
	for i := range words[1:] {
		words[i+1] = "?a"
	}
	assert.Len(t, audit.Redact(words), 66)
}

// Whatever stands around it, the value of a secret is nowhere in the line.
func FuzzRedact(f *testing.F) {
	f.Add("/ppp/secret/add", "password", "=name=x", uint8(0))
	f.Add("/snmp community add", "wpa2-pre-shared-key", "?comment=y", uint8(1))
	f.Add("/user add name=", "SECRET", "where", uint8(2))
	f.Add("\x00", "private-key", "==", uint8(3))
	f.Fuzz(func(t *testing.T, path, name, other string, form uint8) {
		const value = "value-that-nobody-may-see"
		known := []string{"password", "secret", "pre-shared-key", "private-key", "passphrase", "shared-secret", "auth-key", "api-token"}[form%8]
		head := []string{"=", "?", "?=", "?>", "?<", "=!"}[form%6]
		shown := audit.Redact([]string{path, other, head + known + "=" + value, head + name + known + "=" + value, "=name=" + value, value, other + "", head + name + known + "=x" + value})
		if strings.ContainsAny(name, "=") {
			return // the name ends there; the rest is the value of another
		}
		for _, w := range shown {
			assert.NotContains(t, w, value)
			assert.True(t, utf8.ValidString(w))
		}
		b, err := json.Marshal(shown)
		require.NoError(t, err)
		assert.NotContains(t, string(b), "\n")
	})
}
