package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The stack is not reachable from outside, where only its last state shows.

func TestQuery(t *testing.T) {
	row := map[string]string{"name": "ether1", "type": "ether", "mtu": "1500", "disabled": "true", "comment": "", "big": "900", "uptime": "4h31m50s", "volts": "24.1", "address": "10.0.0.9"}
	for _, tc := range []struct {
		words string
		want  bool
	}{
		{"", true},
		{"name", true}, {"-name", false}, {"nothing", false}, {"-nothing", true},
		{"-name=", false}, {"-nothing=", true}, {"-name=x", false}, {"-comment=", false},
		{"comment", true}, {">comment=", false}, {">name=", true},
		{"name=ether1", true}, {"=name=ether1", true}, {"name=ether", false}, {"nothing=", false},
		{"disabled=true", true}, {"disabled=yes", true}, {"disabled=no", false}, {"name=yes", false},
		{">mtu=1499", true}, {">mtu=1500", false}, {"<mtu=1501", true}, {"<mtu=1500", false},
		{">big=1000", false}, // as numbers; as text 900 would be greater
		{">uptime=1h", true}, {">uptime=19h", false}, {"<uptime=1d2h", true}, {"<uptime=58s", false}, {">uptime=04:31:49", true},
		{">volts=3.3", true}, {"<volts=100", true},
		{">address=10.0.0.8", true}, {"<address=text", true},
		{">name=ether0", true}, {"<name=ether0", false}, {">nothing=0", false}, {"<nothing=9", false},
		{"type=ether mtu=1500", true}, {"type=ether mtu=1", false},
		{"type=vlan type=ether #|", true}, {"type=ether type=vlan #|", true}, {"type=a type=b #|", false},
		{"type=ether mtu=1500 #&", true}, {"type=ether mtu=1 #&", false},
		{"type=ether mtu=1 #&!", true}, {"type=ether mtu=1500 #&!", false},
		{"type=vlan #!", true}, {"#!", false}, {"#!!", true},
		{"#&", true}, {"#|", true}, // below the bottom there is nothing but true
		{"type=vlan #|", true},            // false or the true below
		{"type=vlan #&", false},           // false and the true below
		{"type=vlan mtu=1500 #0", true},   // the stack becomes its top
		{"type=vlan mtu=1500 #1", false},  // … or what was below it
		{"type=vlan mtu=1500 #7", true},   // … or what is below the bottom
		{"type=vlan #.", false},           // a copy of the top
		{"mtu=1500 type=vlan #.!", false}, // the original is still there
		{"mtu=1500 type=vlan #0!1", false},
		{"mtu=1500 type=vlan #0!0", true},
		{"mtu=1500 type=vlan #1.|0", true}, // copy of index 1, or-ed with the top
		{"mtu=1500 type=vlan #1.&0", false},
		{"type=vlan #99999999999999999999", true},
		{"type=vlan #xyz", false}, // what is no operation does nothing
		{"#", true},
	} {
		t.Run(tc.words, func(t *testing.T) {
			got := parseQuery(strings.Fields(tc.words)).match(func(name string) ([]byte, bool) {
				v, ok := row[name]
				return []byte(v), ok
			})
			assert.Equal(t, tc.want, got)
		})
	}
}

// Values are compared by what they are; the row is greater than the first of these and
// less than the second.
func TestCompareByKind(t *testing.T) {
	for row, between := range map[string][2]string{
		"4h31m50s":             {"1h", "1d2h"}, // by bytes, 1d2h is less
		"19h":                  {"2h", "1d"},
		"1d2h":                 {"23h59m59s", "1w"},
		"9m":                   {"500", "600"}, // seconds
		"900ms":                {"0s", "1s"},
		"453us":                {"9us", "1ms"},
		"1w":                   {"6d23:59:59", "168:00:01"},
		"10:23:45":             {"9:59:59", "10:24:00"},
		"100":                  {"99", "1000"},
		"-65":                  {"-70", "-9"},
		"9223372036854775806":  {"9223372036854775805", "9223372036854775807"},
		"24.5":                 {"9", "100"},
		"67108864":             {"63MiB", "65MiB"},
		"10000000":             {"9M", "10001k"},
		"100Mbps":              {"99Mbps", "1Gbps"},
		"512.0MiB":             {"9MiB", "1.5GiB"},
		"85%":                  {"9%", "100%"},
		"192.168.88.9":         {"192.168.9.200", "192.168.88.10"},
		"10.0.0.0/8":           {"9.255.255.255", "10.0.0.0/16"},
		"2001:db8::9":          {"2001:db8::8", "2001:db8::10"},
		"02:00:5E:00:53:20":    {"02:00:5e:00:53:1f", "02:00:5e:00:53:21"},
		"*A":                   {"*9", "*10"},
		"2026-05-31 10:00:00":  {"2026-05-31 09:59:59", "2026-06-01"},
		"may/31/2026 10:00:00": {"may/31/2025 10:00:00", "jun/01/2026 00:00:00"},
		"jul/19 14:27:01":      {"apr/20 10:00:00", "aug/01 00:00:00"},
		"ether1":               {"ether0", "ether2"},
		"ether10":              {"ether1", "ether2"}, // text by bytes
		"never":                {"1h", "z"},
		"comment":              {"", "d"},
	} {
		for i, want := range []bool{true, false} {
			get := func(string) ([]byte, bool) { return []byte(row), true }
			assert.Equal(t, want, parseQuery([]string{">x=" + between[i]}).match(get), "%s > %s", row, between[i])
			assert.Equal(t, !want, parseQuery([]string{"<x=" + between[i]}).match(get), "%s < %s", row, between[i])
		}
		same := func(string) ([]byte, bool) { return []byte(row), true }
		assert.False(t, parseQuery([]string{">x=" + row}).match(same), "%s > itself", row)
		assert.False(t, parseQuery([]string{"<x=" + row}).match(same), "%s < itself", row)
	}
}

func TestStackOfAnIndexInTheMiddle(t *testing.T) {
	s := stack{true, false}
	s.run("1..!")
	assert.Equal(t, stack{true, false, true, false}, s, "push copy of index 1, the dot separates, the next one duplicates, negate")
	s = stack{true, false}
	s.run("01") // a number of two digits at the end of the word
	assert.Equal(t, stack{true}, s)
}

// FuzzQuery: no panic, a bounded stack, and double negation changes nothing.
func FuzzQuery(f *testing.F) {
	f.Add("type=ether type=vlan #|")
	f.Add("#0.1!&|")
	f.Add("#99999999999999999999999.!")
	f.Add("-x >y=3 <z= =a=b=c #!")
	f.Fuzz(func(t *testing.T, program string) {
		get := func(name string) ([]byte, bool) { return []byte("yes"), len(name)%2 == 0 }
		words := strings.Fields(program)
		got := parseQuery(words).match(get)
		if n := len(words); n > 0 && !strings.HasPrefix(words[n-1], "#") {
			if twice := parseQuery(append(words, "#!!")).match(get); twice != got {
				t.Fatalf("%q: %v, negated twice %v", program, got, twice)
			}
		}
		var s stack
		for _, w := range words {
			s.run(w)
		}
		if len(s) > len(program) {
			t.Fatalf("%q: a stack of %d", program, len(s))
		}
	})
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5s", "1.5": "1s500ms", "500ms": "500ms", "1w2d3h4m5s": "1w2d3h4m5s", "00:00:05": "5s", "01:30": "1h30m",
		"1d00:00:00": "1d", "00:00:00.2": "200ms", "453us": "453us", "90s": "1m30s", "0": "0s",
		"": "", "x": "", "5x": "", "1:2:3:4": "", "1::": "", "-5": "", "1e400": "", "99999999999999": "",
	} {
		d, ok := parseDuration(text)
		assert.Equal(t, want != "", ok, text)
		if ok {
			assert.Equal(t, want, string(appendDuration(nil, d)), text)
		}
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[uint64]string{0: "*0", 1: "*1", 0xA3: "*A3", 0x80000001: "*80000001", 1 << 63: "*8000000000000000"} {
		assert.Equal(t, want, idText(id))
		back, ok := parseID(want)
		assert.True(t, ok)
		assert.Equal(t, id, back)
	}
	for _, bad := range []string{"", "*", "1", "*G", "**1", "*-1", "*10000000000000000"} {
		_, ok := parseID(bad)
		assert.False(t, ok, bad)
	}
}
