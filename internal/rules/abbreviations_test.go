package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/rules"
)

// Every beginning of a denied menu or command is denied with it, wherever a name that is
// whole in another menu is one.
func TestAbbreviationsOfDeniedCommands(t *testing.T) {
	for _, path := range []string{
		"/sys/reset", "/s/res", "/system/route/upgrade", "/system/rout/settings/set", "/set", "/setu", "/system/s/ru", "/sys/scri/run",
		"/use/add", "/us/a", "/cert/imp", "/exec", "/imp", "/too/fetch", "/tool/f", "/c/add", "/tool/e/send", "/radiu/add",
		"/system/bac/cl/upload-f", "/ip/cl/set", "/ip/s/set", "/ip/tf/set", "/tool/snif/start", "/exp", "/ip/address/exp", "/in/exp",
	} {
		for _, list := range [][]string{nil, {"/**"}, {"/system/*", "/**:*"}} {
			denied(t, set(t, list...), path)
		}
	}
	for rule, paths := range map[string][]string{
		"!/ppp/secret":              {"/pp/secret/add", "/ppp/se/print", "/p/s/p"},
		"!/ip/hotspot/user:remove":  {"/ip/hotspot/us/rem", "/ip/ho/user/r"},
		"!/interface/wireless:scan": {"/interface/wi/s", "/int/wirel/sca"},
		"!/user-manager":            {"/user-/user/add"},
		"!/routing/filter":          {"/rout/fil/rule/add"},
	} {
		for _, path := range paths {
			denied(t, set(t, rule), path)
		}
	}
	for rule, paths := range map[string][]string{ // names that are whole there
		"!/user-manager":          {"/user/print"},
		"!/ipv6":                  {"/ip/address/add"},
		"!/ip/hotspot:setup":      {"/ip/hotspot/set"},
		"!/interface/wireless":    {"/interface/wifi/print"},
		"!/ip/socksify":           {"/ip/socks/print"},
		"!/interface/gre6:remove": {"/interface/gre/remove"},
	} {
		for _, path := range paths {
			assert.NoError(t, set(t, rule).Check([]string{path}), "%s %s", rule, path)
		}
	}
}

// Every beginning of the name of an argument that takes a script is denied with it.
func TestAbbreviationsOfArguments(t *testing.T) {
	for _, name := range []string{
		"up-s", "up-", "up", "u", "down-s", "down", "lease-", "leas", "binding-s", "bind", "test-s", "test", "so", "s", "whe", "d", "o", "on", "ON-U",
		"scr", "my-scr", "x-script", "!up-s", "on-message", "up-scripts", "script2",
	} {
		denied(t, set(t, "/**"), "/tool/graphing/set", "="+name+"=/system/reset-configuration")
		denied(t, set(t, "/tool/graphing:set"), "/tool/graphing/set", "="+name+"=/system/reset-configuration")
		assert.NoError(t, set(t, "/tool/graphing dangerous").Check([]string{"/tool/graphing/set", "=" + name + "=x"}), name)
	}
	for _, name := range []string{
		"comment", "address", "disabled", "src-address", "dst-address", "name", "numbers", ".id", "interface", "target", "down-delay", "up-delay",
		"update-stats-interval", "upload", "use-ipsec", "default-profile", "only-one", "origin", "login-by", "list", "sources", "split-user-domain",
	} {
		assert.NoError(t, set(t, "/ip/**").Check([]string{"/ip/hotspot/set", "=" + name + "=x"}), name)
	}
}

// print with =file= writes: it needs what a command that writes files needs.
func TestPrintThatWritesAFile(t *testing.T) {
	for _, name := range []string{"file", "fil", "fi", "f", "FILE", "append", "appe", "file-name", "!file"} {
		for _, verb := range []string{"print", "getall", "pr", "listen"} {
			words := []string{"/ip/address/" + verb, "=" + name + "=x"}
			for _, list := range [][]string{nil, {"/**"}, {"/ip/**:print,getall"}, {"/ip/address"}, {"/ip/address:print,getall,listen dangerous"}, {"/**:print", "/file"}} {
				denied(t, set(t, list...), words...)
			}
			denied(t, rules.ReadOnly(), words...)
		}
		words := []string{"/ip/address/print", "=" + name + "=x"}
		for _, list := range [][]string{{"/ip/address dangerous"}, {"/**", "/file:write"}, {"/**:*", "/file"}, {"/ip/**:write dangerous"}} {
			assert.NoError(t, set(t, list...).Check(words), "%s %s", name, list)
		}
		denied(t, set(t, "!/file:add", "dangerous"), words...)
	}
	for _, name := range []string{"follow", "follow-only", "from", "as-value", "detail", ".proplist", "count-only", "interval", "stats", "once"} {
		assert.NoError(t, set(t, "/ip/**:print").Check([]string{"/ip/address/print", "=" + name + "="}), name)
		assert.NoError(t, rules.ReadOnly().Check([]string{"/ip/address/print", "=" + name + "="}), name)
	}
}

// A command in the path before a verb that reads is executed, or might be.
func TestACommandBeforeAReadingVerb(t *testing.T) {
	for _, path := range []string{
		"/ip/dns/cache/flush/print", "/system/package/update/install/print", "/system/reset-configuration/print", "/ip/cloud/force-update/get",
		"/certificate/scep-server/renew/find", "/interface/wireless/scan/print", "/tool/wol/print", "/beep/listen", "/safe/x/print",
		"/interface/wifi/sniffer/print", "/caps-man/remote-cap/upgrade/print", "/nowhere/print", "/ip/addr/print", "/ip/address/flushh/monitor",
	} {
		denied(t, rules.ReadOnly(), path)
	}
	for _, path := range []string{"/ip/dns/cache/flush/print", "/system/package/update/install/print", "/interface/wireless/scan/print", "/ip/cloud/force-update/get"} {
		denied(t, set(t, "/**", "dangerous"), path)
	}
	for _, path := range []string{
		"/system/resource/print", "/system/routerboard/print", "/system/identity/print", "/ip/hotspot/active/print", "/ppp/active/print", "/interface/print",
		"/ip/dhcp-server/lease/print", "/ip/arp/print", "/queue/simple/print", "/system/health/print", "/log/print", "/user/active/print", "/ip/hotspot/user/profile/print",
		"/ppp/profile/print", "/interface/ethernet/switch/port/print", "/interface/wireless/registration-table/print", "/interface/ethernet/poe/monitor",
		"/tool/user-manager/user/print", "/routing/bgp/peer/print", "/routing/ospf/neighbor/print", "/ip/firewall/nat/print", "/ipv6/firewall/filter/print",
		"/zerotier/peer/print", "/interface/wireguard/peers/print", "/system/package/update/print", "/system/upgrade/print", "/ip/ssh/print", "/tool/sniffer/packet/print",
		"/file/sync/print", "/caps-man/registration-table/print", "/interface/lte/monitor", "/system/routerboard/mode-button/print", "/lcd/pin/print", "/system/logging/action/print",
	} {
		assert.NoError(t, rules.ReadOnly().Check([]string{path}), path)
	}
}

// What carries the configuration, files, texts or traffic out is denied by default, and
// what lets others in.
func TestDefaultsAgainstCarryingOut(t *testing.T) {
	for _, path := range []string{
		"/export", "/ip/export", "/ip/firewall/filter/export", "/interface/recursive-print", "/system/sup-output", "/system/backup/cloud/upload-file",
		"/system/backup/cloud/print", "/tool/e-mail/send", "/tool/e-mail/set", "/ip/tftp/add", "/ip/smb/set", "/ip/smb/shares/add", "/ip/cloud/set",
		"/ip/cloud/back-to-home-user/add", "/radius/add", "/radius/incoming/set", "/tool/sniffer/set", "/tool/sniffer/start", "/tool/sniffer/quick",
		"/ip/traffic-flow/target/add", "/system/logging/action/add", "/tool/calea/add", "/ip/firewall/calea/add", "/iot/mqtt/publish", "/dude/set",
		"/tr069-client/set", "/openflow/add", "/zerotier/interface/add", "/interface/wireguard/wg-export", "/interface/wireguard/peers/show-client-config",
		"/interface/wireless/sniffer/sniff", "/user-manager/database/save", "/system/watchdog/set", "/ip/service/webserver/set", "/port/remote-access/add",
		"/ip/proxy/set", "/ip/socks/users/add", "/rsync-daemon/set", "/tool/netinstall/add", "/ip/media/add", "/do", "/retry", "/system/shell",
	} {
		denied(t, set(t), path)
		denied(t, set(t, "/**", "/**:*", "/ip/*", "/tool/*:*"), path)
		assert.NoError(t, set(t, "/**", "dangerous").Check([]string{path}), path)
		assert.NoError(t, set(t, path).Check([]string{path}), "its name lifts it: %s", path)
	}
	for _, path := range []string{
		"/tool/e-mail/print", "/radius/print", "/ip/cloud/print", "/ip/smb/shares/print", "/ip/traffic-flow/print", "/tool/sniffer/packet/print", "/system/backup/save",
		"/system/logging/print", "/ip/proxy/print", "/interface/wireguard/peers/add", "/ip/dns/set", "/ip/upnp/set",
	} {
		assert.NoError(t, set(t).Check([]string{path}), path)
	}
}

// A wildcard, of a menu or of a verb, lifts no default.
func TestAWildcardLiftsNoDefault(t *testing.T) {
	for _, rule := range []string{"/**", "/**:*", "/system/**", "/system/*", "/system/scr*", "/system/script:*", "/system/script:r*", "/system/script/**", "/system/script/**:run", "/system"} {
		denied(t, set(t, rule), "/system/script/run")
	}
	for _, rule := range []string{"/system/script", "/system/script:run", "/system/script:write", "/system/script/run", "/system/script:print,run"} {
		assert.NoError(t, set(t, rule).Check([]string{"/system/script/run"}), rule)
	}
	for _, rule := range []string{"/ip/firewall", "/ip/firewall/**:export", "/**:export", "/ip/firewall:ex*", "/ip/firewall:*", "/ip/firewall:write"} {
		denied(t, set(t, rule), "/ip/firewall/export")
	}
	for _, rule := range []string{"/ip/firewall:export", "/ip/firewall/export"} {
		assert.NoError(t, set(t, rule).Check([]string{"/ip/firewall/export"}), rule)
	}
}
