package sim

import "fmt"

func init() { behave("/ip/arp", behavior{fill: fillARP}) }

// fillARP adds the neighbours that a router learned by ARP: the bound DHCP clients
// of fillLeases, and one entry that a person added. Field names are those of
// RouterOS's own print; status is new in version 7.
func fillARP(w *world, t *table) {
	add := func(i int, dynamic string, more ...string) {
		words := []string{
			"address", fmt.Sprintf("192.168.88.%d", 20+i), "mac-address", macAddress(0x530020 + uint64(i)), "interface", "ether1",
			"published", "false", "invalid", "false", "DHCP", "false", "dynamic", dynamic, "complete", "true", "disabled", "false",
		}
		if w.p.since(7, 1) {
			words = append(words, "status", "reachable")
		}
		t.add(&row{words: attrs(append(words, more...)...), user: noUser})
	}
	add(0, "true")
	add(1, "true")
	add(2, "true")
	add(3, "false", "comment", "printer")
}
