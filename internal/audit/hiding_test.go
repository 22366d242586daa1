package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
)

// No word that a caller adds hides the name of an attribute, or a value that is no secret.
func TestNothingHidesAnAttribute(t *testing.T) {
	for name, more := range map[string][]string{
		"a query that looks for it":     {"?key=yes", "?password=yes", "?=secret=yes", "?>token=yes"},
		"a query for a name":            {"?password=disabled", "?key=comment"},
		"a secret that is a name":       {"=password=disabled", "=secret=comment", "=key=address"},
		"a nameless attribute":          {"==yes", "==disabled", "=!=yes"},
		"64 queries":                    slices.Repeat([]string{"?comment=x"}, 64),
		"10,000 queries":                slices.Repeat([]string{"?#|"}, 10_000),
		"a long query":                  {"?comment=" + long(100_000, "x")},
		"long values":                   {"=a=" + long(100_000, "x"), "=b=" + long(100_000, "x"), "=c=" + long(100_000, "x")},
		"many values":                   slices.Repeat([]string{"=comment=" + long(1000, "x")}, 1000),
		"the same name again and again": slices.Repeat([]string{"=comment=x"}, 100_000),
		"a long name":                   {"=" + long(100_000, "x") + "=1"},
	} {
		t.Run(name, func(t *testing.T) {
			own := []string{"=disabled=yes", "=address=10.0.0.1", "=password=hush"}
			for _, words := range [][]string{slices.Concat([]string{"/ip/address/set"}, more, own), slices.Concat([]string{"/ip/address/set"}, own, more)} {
				shown := audit.Redact(words)
				text := strings.Join(shown, " ")
				assert.Equal(t, "/ip/address/set", shown[0])
				for _, head := range []string{"=disabled=", "=address=", "=password="} {
					assert.Contains(t, text, " "+head, "the name is shown")
				}
				assert.NotContains(t, text, "hush")
				assert.Less(t, len(text), 8<<10)
				if len(text) < 1000 {
					assert.Contains(t, text, "=disabled=yes")
					assert.Contains(t, text, "=address=10.0.0.1")
				}
			}
		})
	}
}

// Of a name that is repeated, the first and the last are shown: one of them counts.
func TestARepeatedNameIsShownTwice(t *testing.T) {
	junk := slices.Repeat([]string{"=comment=" + long(50, "x"), "=action=passthrough"}, 1000)
	text := strings.Join(audit.Redact(slices.Concat([]string{"/ip/firewall/filter/set", "=action=drop"}, junk, []string{"=action=accept"})), " ")
	assert.Contains(t, text, "=action=drop")
	assert.Contains(t, text, "=action=accept …")
	assert.NotContains(t, text, "passthrough")
}

// Attributes stand before queries, which keep their order, since it has a meaning.
func TestQueriesAreShownLast(t *testing.T) {
	assert.Equal(t, []string{"/ip/address/print", "=.proplist=address", "=mtu=1", "?type=a", "?type=b", "?#|"},
		audit.Redact([]string{"/ip/address/print", "?type=a", "=.proplist=address", "?type=b", "?#|", "=mtu=1"}))
}

// What was clipped can be compared: the line has the number of the words and a hash.
func TestAClippedCommandHasCountAndHash(t *testing.T) {
	write := func(words ...string) (e struct {
		Command []string `json:"command"`
		Words   int      `json:"command_words"`
		Hash    string   `json:"command_sha256"`
	}, size int) {
		out := &bytes.Buffer{}
		l, err := audit.Open("stdout", out, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		l.Write(audit.Entry{Action: audit.Run, Command: words})
		l.Close(t.Context())
		require.NoError(t, json.Unmarshal(out.Bytes(), &e))
		return e, out.Len()
	}
	e, _ := write("/ip/address/set", "=comment=x")
	assert.Zero(t, e.Words)
	assert.Empty(t, e.Hash, "nothing was clipped")

	comment := long(1000, "x")
	e, _ = write("/ip/address/set", "=comment="+comment, "=password=hush")
	assert.Equal(t, 3, e.Words)
	sum := sha256.Sum256([]byte("/ip/address/set\x00=comment=" + comment + "\x00=password=[redacted]\x00"))
	assert.Equal(t, hex.EncodeToString(sum[:]), e.Hash, "of the whole, without what could be guessed")

	hashes := map[string]bool{}
	for i := range 4 {
		words := append([]string{"/ip/address/set"}, slices.Repeat([]string{"=comment=" + comment}, 20_000)...)
		e, size := write(append(words, fmt.Sprintf("=mtu=%d", i))...)
		assert.Equal(t, 20_002, e.Words)
		assert.Less(t, size, 32<<10)
		hashes[e.Hash] = true
	}
	assert.Len(t, hashes, 4)
}

// knownSecrets are attributes that hold secrets, with a menu.
var knownSecrets = [][2]string{
	{"/ppp/secret/add", "password"}, {"/radius/add", "secret"}, {"/ip/ipsec/identity/add", "pre-shared-key"}, {"/interface/wireguard/add", "private-key"},
	{"/interface/wifi/security/add", "passphrase"}, {"/user-manager/router/add", "shared-secret"}, {"/routing/ospf/interface-template/add", "auth-key"},
	{"/ip/dns/set", "api-token"}, {"/container/envs/add", "value"}, {"/system/script/environment/set", "value"}, {"/zerotier/set", "identity"},
	{"/interface/macsec/add", "cak"}, {"/interface/wireguard/wg-import", "config-string"}, {"/system/ssh-exec", "command"}, {"/snmp/community/add", "name"},
	{"/tool/fetch", "url"}, {"/system/script/add", "source"}, {"/ppp/profile/set", "on-up"}, {"/tool/netwatch/add", "up-script"}, {"/snmp/set", "trap-community"},
}

// openAttributes are attributes that hold none.
var openAttributes = []string{"comment", "disabled", "address", "profile", "interface", "numbers", "mtu", "list", "place-before", "server", "service", "limit-uptime"}

// Whatever stands around it, the value of a secret is nowhere in the line, and the name
// of every attribute is.
func FuzzRedaction(f *testing.F) {
	f.Add("?key=x", "yes", "=a=b", uint(0), uint(7))
	f.Add("=password=disabled", "disabled", "?#|", uint(8), uint(3))
	f.Add("==", "\xff\n", "hush", uint(11), uint(200))
	f.Add("?comment=", "where", "=!secret=comment", uint(45), uint(1))
	f.Fuzz(func(t *testing.T, before, value, after string, form, repeat uint) {
		const hidden = "value-that-nobody-may-see"
		known := knownSecrets[form%uint(len(knownSecrets))]
		path, secret := known[0], known[1]
		head := []string{"=", "=!", "= ", "=" + strings.ToUpper(secret[:1])}[form/7%4]
		if head[len(head)-1] == '=' || head == "=!" || head == "= " {
			head += secret + "="
		} else {
			head += secret[1:] + "="
		}
		open := openAttributes[form/3%uint(len(openAttributes))]
		words := []string{path}
		for range repeat%300 + 1 {
			words = append(words, before)
		}
		words = append(words, head+hidden, "="+open+"="+value, "=note="+hidden, "?name="+hidden, "?"+secret+"=x"+hidden, after)
		shown := audit.Redact(words)
		if strings.Contains(before+after+value, hidden) {
			return
		}
		names := 0
		for _, w := range shown {
			assert.NotContains(t, w, hidden)
			assert.True(t, utf8.ValidString(w))
			if strings.HasPrefix(w, "="+open+"=") || strings.HasPrefix(w, head) || strings.HasPrefix(w, "=note=") {
				names++
			}
		}
		if len(before) < 4096 {
			assert.GreaterOrEqual(t, names, 3, "%q", shown)
		}
		b, err := json.Marshal(shown)
		require.NoError(t, err)
		assert.NotContains(t, string(b), "\n")
		assert.Less(t, len(b), 32<<10)
	})
}
