package rules

import "strings"

// denial is a group of default denials with the reason that they have in common.
type denial struct {
	reason string
	rules  string
}

// denials are the default denials: commands that destroy a device or its software, that
// remove access or give it to others, that carry data or traffic out, and that run
// scripts or other programs, which can contain any command. Ordinary configuration
// (addresses, routes, firewall) can lock somebody out as well but is not included: a
// key that must not change it needs rules that allow.
var denials = []denial{
	{"erases the configuration, stops the device or starts it differently", `
		!/system/reset-configuration !/system/shutdown !/system/backup/load !/setup !/undo !/redo !/partitions:write !/system/swos/**:write
		!/system/default-configuration/**:write`},
	{"replaces software or firmware, or what the device may do", `
		!/system/package/**:write !/system/upgrade/**:write !/system/routerboard/**:write !/system/device-mode:write
		!/system/license:write !/interface/lte/firmware-upgrade !/interface/ppp-client/firmware-upgrade`},
	{"sends commands to a modem", `!/interface/lte/at-chat !/interface/ppp-client/at-chat`},
	{"changes files, which can be configurations, scripts and pages for logins", `!/disk/**:write !/file/**:write`},
	{"gives access to the device, or takes it away", `
		!/user/**:write !/password !/ip/service/**:write !/ip/ssh/**:write !/certificate/**:write !/snmp/**:write !/special-login:write
		!/tool/mac-server/**:write !/tool/romon/**:write !/port/remote-access/**:write !/system/console/**:write`},
	{"lets another server decide who logs in, and shows it the passwords", `!/radius/**:write`},
	{"lets another server change the configuration", `!/tr069-client/**:write !/openflow/**:write !/dude/**:write`},
	{"opens a way into the network from outside", `!/ip/cloud/**:write !/zerotier/**:write !/ip/socks/**:write !/ip/proxy/**:write !/ip/reverse-proxy/**:write`},
	{"writes out the configuration, with passwords and keys in some versions", `
		!/**:export !/**:recursive-print !/system/sup-output !/interface/wireguard/wg-export !/interface/wireguard/peers/show-client-config
		!/interface/ovpn-server/server/export-client-configuration !/ip/ipsec/key/**:write`},
	{"stores the configuration at another place, or fetches one from there", `!/system/backup/cloud`},
	{"hands files of the device to the network, or takes them from it", `
		!/ip/tftp/**:write !/ip/smb/**:write !/ip/media/**:write !/rsync-daemon/**:write !/tool/netinstall/**:write
		!/user-manager/database/**:write !/tool/user-manager/database/**:write`},
	{"sends text of the caller or the state of the device to others", `
		!/tool/e-mail/**:write !/tool/sms/**:write !/iot/mqtt/**:write !/system/logging/**:write !/system/watchdog:write !/tool/dns-update`},
	{"copies the traffic of users, or facts about it, to a file or to another host", `
		!/tool/sniffer/**:write !/interface/wireless/sniffer/**:write !/interface/wifi/sniffer !/interface/wifiwave2/sniffer
		!/interface/wifi/flat-snoop !/tool/calea/**:write !/ip/firewall/calea/**:write !/interface/bridge/calea/**:write
		!/ip/traffic-flow/**:write !/routing/stats/pcap/**:write`},
	{"runs a script, which can contain any command", `
		!/execute !/import !/system/script/**:write !/system/scheduler:write !/tool/netwatch:write !/tool/traffic-monitor:write
		!/do !/if !/for !/foreach !/while !/retry !/onerror !/parse !/grep`},
	{"runs another program", `!/container/**:write !/app/**:write !/system/shell`},
	{"fetches from or sends to any server", `!/tool/fetch`},
	{"opens a session to another device", `
		!/system/ssh !/system/ssh-exec !/system/telnet !/tool/mac-telnet !/system/serial-terminal`},
}

// defaults are the rules of denials.
var defaults = parseDenials()

func parseDenials() (list []rule) {
	for _, d := range denials {
		s, err := Parse([]string{d.rules})
		if err != nil {
			panic("rules: " + err.Error())
		}
		list = append(list, s.deny...)
	}
	return list
}

// Defaults lists the default denials, for the documentation.
func Defaults() (list []string) {
	for _, d := range denials {
		list = append(list, strings.Fields(d.rules)...)
	}
	return list
}
