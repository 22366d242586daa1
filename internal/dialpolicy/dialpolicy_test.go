package dialpolicy_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/dialpolicy"
)

// No rule admits these, not even one for everything.
func TestAddressesRefusedAlways(t *testing.T) {
	for addr, why := range map[string]string{
		"0.0.0.0": "unspecified", "0.1.2.3": "unspecified", "::": "unspecified",
		"169.254.0.1": "link-local", "169.254.169.254": "metadata", "fe80::1": "link-local", "fe80::1%eth0": "link-local", "febf::1": "link-local",
		"224.0.0.1": "multicast", "239.255.255.255": "multicast", "ff02::1": "multicast", "ff02::1%eth0": "multicast",
		"255.255.255.255": "broadcast", "240.0.0.1": "reserved",
		"fd00:ec2::254": "AWS", "fd00:ec2::254%eth0": "AWS", "fd00:ec2::23": "AWS", "fd20:ce::254": "Google", "168.63.129.16": "Azure",
		"100.100.100.200": "Alibaba", "192.0.0.192": "Oracle", "fd00:c1::a9fe:a9fe": "Oracle", "fd00:42::42": "Scaleway",
		// The same in the clothes of IPv6.
		"::ffff:169.254.169.254": "metadata", "::ffff:0.0.0.0": "unspecified", "::ffff:100.100.100.200": "Alibaba",
		"64:ff9b::169.254.169.254": "translation of 169.254.169.254", "64:ff9b::a9fe:a9fe": "translation of 169.254.169.254",
		"64:ff9b:1::169.254.169.254": "translation of", "64:ff9b:1:a9fe:a9:fe00::": "translation of", "64:ff9b:1:00a9:fe:a9fe::": "translation of", "64:ff9b:1::a9:fea9:fe00:0": "translation of",
		"2002:a9fe:a9fe::1": "translation of", "2001:0:a9fe:a9fe::1": "translation of", "2001::5601:5601": "translation of",
		"::169.254.169.254": "translation of", "::ffff:0:169.254.169.254": "translation of", "64:ff9b::ffff:ffff": "broadcast",
	} {
		for _, rules := range [][]string{nil, {"0.0.0.0/0", "::/0"}, {"metadata.example"}} {
			r, err := dialpolicy.Parse(rules)
			require.NoError(t, err)
			assert.ErrorContains(t, r.Check("metadata.example", netip.AddrPortFrom(netip.MustParseAddr(addr), 8728)), why, "%s with %q", addr, rules)
		}
	}
}

func TestAddressesOfRouters(t *testing.T) {
	for _, addr := range []string{
		"192.168.88.1", "10.0.0.1", "172.16.0.1", "100.64.0.1", "203.0.113.7", "127.0.0.1", "::1", "fd12:3456::1",
		"2001:db8::1", "2001:db8::1%eth0", "::ffff:192.168.88.1", "64:ff9b::192.168.88.1", "64:ff9b:1::192.168.88.1", "2002:c0a8:5801::1",
	} {
		var none *dialpolicy.Policy
		assert.NoError(t, none.Check("router", netip.AddrPortFrom(netip.MustParseAddr(addr), 8728)), addr)
	}
}

func TestRules(t *testing.T) {
	for name, tt := range map[string]struct {
		rules, host, addr string
		ok                bool
	}{
		"in the network":                 {"10.0.0.0/8", "10.1.2.3", "10.1.2.3", true},
		"outside":                        {"10.0.0.0/8", "11.1.2.3", "11.1.2.3", false},
		"loopback is not implied":        {"10.0.0.0/8", "localhost", "127.0.0.1", false},
		"loopback that is listed":        {"10.0.0.0/8,127.0.0.1", "localhost", "127.0.0.1", true},
		"one address":                    {"192.168.88.1", "192.168.88.1", "192.168.88.1", true},
		"the next address":               {"192.168.88.1", "192.168.88.2", "192.168.88.2", false},
		"IPv4 in IPv6":                   {"10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:10.0.0.1", true},
		"IPv4 in IPv6, outside":          {"10.0.0.0/8", "::ffff:11.0.0.1", "::ffff:11.0.0.1", false},
		"rule in that form":              {"::ffff:10.0.0.0/104", "10.0.0.1", "10.0.0.1", true},
		"IPv6":                           {"2001:db8::/32", "2001:db8::1", "2001:db8::1", true},
		"IPv6 with a zone":               {"2001:db8::/32", "2001:db8::1%eth0", "2001:db8::1%eth0", true},
		"translated is not the same":     {"10.0.0.0/8", "r.example", "64:ff9b::10.0.0.1", false},
		"a name":                         {"r.example", "R.Example", "203.0.113.7", true},
		"a name with its dot":            {"r.example.", "r.example", "203.0.113.7", true},
		"asked with its dot":             {"r.example", "r.example.", "203.0.113.7", true},
		"another name, same address":     {"r.example", "s.example", "203.0.113.7", false},
		"the address of a name":          {"r.example", "203.0.113.7", "203.0.113.7", false},
		"below a name":                   {"*.isp.example", "a.b.isp.example", "203.0.113.7", true},
		"a star is not the name":         {"*.isp.example", "isp.example", "203.0.113.7", false},
		"a star needs something":         {"*.isp.example", ".isp.example", "203.0.113.7", false},
		"an end that is another name":    {"*.isp.example", "evilisp.example", "203.0.113.7", false},
		"a name that leads to a list":    {"10.0.0.0/8", "r.example", "10.0.0.1", true},
		"a name with an address outside": {"10.0.0.0/8", "10.0.0.1.nip.example", "203.0.113.7", false},
		"one of several":                 {"10.0.0.0/8, r.example ,,", "r.example", "203.0.113.7", true},
		"a name of a denied address":     {"r.example", "r.example", "169.254.169.254", false},
		"a name that looks like a net":   {"10.example", "10.example", "203.0.113.7", true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := dialpolicy.Parse(splitComma(tt.rules))
			require.NoError(t, err)
			err = r.Check(tt.host, netip.AddrPortFrom(netip.MustParseAddr(tt.addr), 8728))
			if tt.ok {
				assert.NoError(t, err)
				return
			}
			require.Error(t, err)
			if tt.addr != "169.254.169.254" {
				assert.Contains(t, err.Error(), "ROUTER_NETWORKS")
			}
		})
	}
}

func splitComma(s string) (items []string) {
	start := 0
	for i := range len(s) + 1 {
		if i == len(s) || s[i] == ',' {
			items = append(items, s[start:i])
			start = i + 1
		}
	}
	return items
}

func TestInvalidItems(t *testing.T) {
	for item, want := range map[string]string{
		"10.0.0.0/33": "not a network", "10.0.0.1/8": "not a network", "10.0.0/8": "not a network", "fe80::1%eth0": "not a network",
		"https://r.example": "not a network", "r.example:8728": "not a network", "r..example": "not a network", "*": "not a network",
		"*.": "not a network", "a.*.example": "not a network", "10.0.0": "not a network", "2130706433": "not a network",
		"0x7f000001": "not a network", "0x7f.1": "not a network", "017700000001": "not a network", "!10.0.0.0/8": "not a network", "::ffff:0.0.0.0/90": "not a network",
		"169.254.0.0/16": "link-local", "169.254.169.254": "link-local", "0.0.0.0/8": "unspecified", "::ffff:169.254.169.254": "link-local",
	} {
		_, err := dialpolicy.Parse([]string{item})
		assert.ErrorContains(t, err, want, item)
		assert.ErrorContains(t, err, item)
	}
}

// No list that can be parsed allows an address that is always denied.
func FuzzRules(f *testing.F) {
	f.Add("10.0.0.0/8", "r.example", []byte{169, 254, 169, 254})
	f.Add("*.example", "a.example", []byte{10, 0, 0, 1})
	f.Add("::/1,::ffff:10.0.0.0/104", "x", []byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, rules, host string, raw []byte) {
		addr, ok := netip.AddrFromSlice(raw)
		r, err := dialpolicy.Parse(splitComma(rules))
		if err != nil || !ok {
			return
		}
		var none dialpolicy.Policy
		if none.Check(host, netip.AddrPortFrom(addr, 8728)) != nil {
			assert.Error(t, r.Check(host, netip.AddrPortFrom(addr, 8728)), "%q admits %s", rules, addr)
		}
		if addr.Is4() {
			mapped := netip.AddrFrom16(addr.As16())
			assert.Equal(t, r.Check(host, netip.AddrPortFrom(addr, 8728)) == nil, r.Check(host, netip.AddrPortFrom(mapped, 8728)) == nil, "%s and %s", addr, mapped)
		}
	})
}

// Ports of this program are denied at every address of this machine, also where the
// list admits it, and at no other.
func TestOwnPorts(t *testing.T) {
	spellings := []string{"127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:127.8.8.8", "64:ff9b::127.0.0.1", "2002:7f00:1::1"}
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addrs {
		ip, _ := netip.AddrFromSlice(a.(*net.IPNet).IP)
		if !ip.IsLinkLocalUnicast() {
			spellings = append(spellings, ip.String(), netip.AddrFrom16(ip.As16()).String())
		}
	}
	for _, list := range [][]string{nil, {"0.0.0.0/0", "::/0"}, {"r.example"}} {
		p, err := dialpolicy.Parse(list)
		require.NoError(t, err)
		p = p.Except(8080, 9090)
		for _, addr := range spellings {
			for _, port := range []uint16{8080, 9090} {
				assert.ErrorContains(t, p.Check("r.example", netip.AddrPortFrom(netip.MustParseAddr(addr), port)), "a port of this program", addr)
			}
			if strings.HasPrefix(addr, "127.") {
				assert.NoError(t, p.Check("r.example", netip.AddrPortFrom(netip.MustParseAddr(addr), 8728)), addr)
			}
		}
		assert.NoError(t, p.Check("r.example", netip.MustParseAddrPort("203.0.113.7:8080")))
	}
}
