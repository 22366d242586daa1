package sim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestReferencesFollowNames(t *testing.T) {
	for _, tc := range []struct {
		name          string
		change        []string
		print, field  string
		before, after string
	}{
		{"pool of a server", []string{"/ip/pool/set", "=.id=dhcp", "=name=lan"}, "/ip/dhcp-server/print", "address-pool", "dhcp", "lan"},
		{"pool that is gone", []string{"/ip/pool/remove", "=.id=dhcp"}, "/ip/dhcp-server/print", "address-pool", "dhcp", "*1"},
		{"interface by its kind", []string{"/interface/bridge/set", "=.id=bridge", "=name=br"}, "/ip/dhcp-server/print", "interface", "bridge", "br"},
		{"interface", []string{"/interface/set", "=.id=bridge", "=name=br"}, "/interface/bridge/port/print", "bridge", "bridge", "br"},
		{"read-only", []string{"/interface/set", "=.id=bridge", "=name=br"}, "/ip/address/print", "actual-interface", "bridge", "br"},
		{"behind a !", []string{"/interface/list/set", "=.id=LAN", "=name=inside"}, "/ip/firewall/filter/print", "in-interface-list", "!LAN", "!inside"},
		{"pair", []string{"/queue/type/set", "=.id=default-small", "=name=s"}, "/queue/simple/print", "queue", "default-small/default-small", "s/s"},
		{"other name", []string{"/ip/pool/set", "=.id=hs-pool", "=name=x"}, "/ip/dhcp-server/print", "address-pool", "dhcp", "dhcp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, sim.Options{Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				find := func(value string) int { return len(c.rows(tc.print, "?"+tc.field+"="+value)) }
				n := find(tc.before)
				assert.Positive(t, n)
				c.rows("/safe-mode/take")
				c.rows(tc.change...)
				assert.Equal(t, n, find(tc.after))
				c.rows("/safe-mode/unroll")
				assert.Equal(t, n, find(tc.before))
			})
		})
	}
}
