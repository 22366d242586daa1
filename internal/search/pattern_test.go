package search_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/search"
)

func TestMatch(t *testing.T) {
	const mac, name, address, comment = "02:00:5E:AB:cd:01", "Budi Santoso", "10.0.0.7", "Kafé 2"
	for text, want := range map[string]bool{
		"": true, "  ": true, "budi": true, "SANTOSO": true, "i s": true, " budi ": true, "andi": false,
		"10.0.0.7": true, "0.0.7": true, "10.0.0.8": false,
		"kafé": true, "KAFÉ": true, "kafe": false,
		"02:00:5e:ab:cd:01": true, "02-00-5E-AB-CD-01": true, "0200.5eab.cd01": true, "02005eabcd01": true,
		"5eab": true, "5e:ab": true, "ab-cd": true, "eabc": true, "bcd0": true,
		"5ea":  false, // too few digits
		"ffff": false, "02005eabcd01ff": false, "5e:ab:zz": false,
	} {
		assert.Equal(t, want, search.Parse(text).Match(mac, name, address, comment), text)
	}
	assert.False(t, search.Parse("2030").Match("203.0.0.113", "x"), "digits of an IP address are no MAC address")
	assert.True(t, search.Parse("203.0").Match("203.0.0.113", "x"), "but its text counts")
}

// FuzzMatch compares with a plain search.
func FuzzMatch(f *testing.F) {
	f.Add("Budi", "02:00:5E:00:53:01", "BUDI santoso")
	f.Add("5e:00", "02:00:5E:00:53:01", "")
	f.Add("İ", "x", "i̇İ")
	f.Fuzz(func(t *testing.T, text, mac, name string) {
		p := search.Parse(text)
		want := strings.ToLower(strings.TrimSpace(text))
		if got := p.Match("", name); got != (want == "" || strings.Contains(strings.ToLower(name), want)) {
			t.Errorf("%q in %q: %v", text, name, got)
		}
		if strings.Contains(strings.ToLower(mac), want) && mac != "" && !p.Match(mac) {
			t.Errorf("%q is in %q", text, mac)
		}
	})
}
