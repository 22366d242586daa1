package rules

import (
	"slices"
	"strings"
)

// commandWords are the commands of RouterOS, without those that are a menu elsewhere. A
// path that continues after one is not a menu: what follows would be an argument.
var commandWords = wordSet(`
	print getall get find listen add set remove unset enable disable move comment edit run export monitor monitor-traffic reset
	reset-counters reset-counters-all reset-configuration shutdown reboot execute fetch uninstall make-static

	acme-renew activate-profile add-acme add-batch-users add-device add-scep apply-changes at-chat authorize balance-start balance-cancel
	bandwidth-test beep blink cable-test cancel card-reinstall card-verify cell-monitor check check-disk check-for-updates check-installation
	check-status cleanup clear clear-cache close-session connect copy create-certificate-request deactivate debug decode-ad delete
	disconnect discourse discover dns-update do downgrade download download-all download-file dump-dot dump-saved-advertisements eject
	eject-drive enable-ssl-certificate error expire-password export-certificate export-client-configuration export-db export-host-key
	export-pub-key firmware-upgrade flash flat-snoop flood-ping flush for force-check force-update foreach format format-drive
	frequency-monitor frequency-scan generate generate-key generate-new-id generate-report generate-voucher get-key grant grep if import
	import-db import-host-key import-ovpn-configuration inject inject-pcap inspect install ip-scan issued-revoke kill kill-connections
	liberate load login logout mac-scan mac-telnet make-binding migrate-legacy-db monitor-data monitor-peers monitor-slaves nvme-discover
	onerror optimize-db parse password pause ping-speed power-cycle provision publish put quick quit raid-scrub read
	read-holding-registers recursive-print redo refresh regenerate-host-key reinstall-fib release reload remove-device remove-file renew
	reoptimize repair replace-device repull request-logout resend reset-alert reset-html reset-mac-address reset-servers reset-tr069-config
	resolve restart resume retry revoke roam save scan scep-renew self-test send send-notifications send-reconfigure send-trap
	serial-terminal set-identity setup setup-repeater shell show-capabilities show-client-config sign sign-certificate-request smart-info
	sniff snmp-get snmp-walk snoop spectral-history spectral-scan speed-test ssh-exec start stop subscribe sup-output tail head telnet
	terminate test test-audio torch traceroute transceive trim undo unschedule unsubscribe upload-file usb-power-reset vacuum-db warning
	wg-export wg-import while wol wps-client wps-push-button write`)

// menuWords are the names of menus of RouterOS 6 and 7. They are here for READ_ONLY: a
// word that is not among them, before a verb that reads, could be a command.
var menuWords = wordSet(`
	app caps-man certificate console container disk dude environment file interface iot ip ipv6 lcd log lora mpls openflow partitions port ppp
	queue radius routing rsync-daemon safe-mode snmp special-login store system task terminal tool tr069-client user user-manager zerotier

	6to4 aaa acl accept-filter access access-list accounting action active active-peers actual-configuration actual-interface-configuration
	ad-structures address address-list adlist advanced advertise-filter advertisements advertisers agent aggregate alert align all analog
	apn area area-border-router arp as-border-router async-data attribute back-to-home-file back-to-home-user back-to-home-users backup
	bandwidth-server bfd bgp bgp-vpls binding bluetooth bluetooth-traffic bonding bridge brokers bsr bsr-candidates btrfs builtin cache
	cache-contents calea candidate cap caps-mode-script capsman chain channel channels characteristics cisco-bgp-vpls client clock cloud
	community community-ext-list community-large-list community-list config configuration connect-list connection connections controller
	cookie cpu crl custom-script customer database datapath default default-configuration detect-internet device device-mode device-type
	devices dhcp-client dhcp-relay dhcp-server digital direct discovery discovery-settings dns dot1x dscp-qos-map dscp-to-dscp e-mail
	egress-vlan-tag egress-vlan-translation envs eoip eoipv6 esim ethernet evpn fantasy fdb filesystem filter firewall firmware flow
	forwarders forwarding-bindings forwarding-table gmp gpio gps graphing gre gre6 group hardware health history host hotspot id identity
	igmp-interface-template igmp-proxy inbox incoming ingress-vlan-translation inserts installed-sa instance interface-template interfaces
	interworking interworking-profiles ip-binding ipfix ipip ipipv6 ipsec irq isdn-server isis job joineui key keymat-provider keys
	kid-control kvm l2tp-client l2tp-ether l2tp-secret l2tp-server l3hw-settings latency-distribution layer7-protocol layers ldp lease leds
	license limitation list lldp local-bindings local-mapping local-update logging lookups lsa lsp lte mac-based-vlan mac-server mac-winbox
	macsec macvlan manager mangle manual manual-tx-power-table map matcher mdb media member memory mesh metarouter meter mfc mirror mme
	mode-button mode-config modbus mounts mqtt mqtt-traffic mst-override msti multi-passphrase multicast-fdb mvrp nat nat-pmp
	nbma-neighbor nd neighbor neighbor-group netid netinstall netwatch network nexthop note notification nstreme nstreme-dual ntp num-list
	one2one-vlan-switching option options origin originators ospf ospf-v3 otp ovpn-client ovpn-server package packet packet-template
	packing pages path path-state payment pcap pci peer peers peripheral-devices pim pimsm pin poe policer policy pool port-controller
	port-extender port-isolation port-leakage ppp-client ppp-server pppoe-client pppoe-server pptp-client pptp-server prefix prefix-lists
	priority-flow-control private probe process profile-limitation proposal protocol protocol-based-vlan provisioning proxy psk pwr-line qkd
	qos qos-group ra radio radios radius rates raw raw-packet-template recv refreshes registration-table regulatory remote-access
	remote-bindings remote-cap remote-mapping remote-peers requests reserved-fdb reset-button resource resv-state reverse-proxy rip ripng
	romon ros route router routerboard routes rp rp-candidate rp-candidates rp-set rpki rps rsa rtrace rule rules scanners scep-server
	scheduler screen script secret security security-profiles security-rules select-rule sensors server servers service service-port
	session sessions sets settings sham-link shares simple smb smb-share smb-user sms snapshot snooper socks socksify ssh-keys
	sstp-client sstp-server state static static-neighbor static-rp station statistics stats steering step stream subscriptions subvolume
	swos switch table target template tftp tracking traffic traffic-eng traffic-flow traffic-generator traffic-monitor transfer tree trunk
	tunnel tunnel-path tx-manager type uib-g uib-sg uncounted unicast-fdb update-package-source upgrade-package-source upnp ups usb
	usb-settings used user-profile users veth virtual-ethernet virtual-link vlan vpls vpn vpnv4-route vrf vrrp vteps vxlan w60g
	walled-garden watchdog wds web-access webserver whitelist wifi wifiwave2 wiliot wireguard wireless wps-button`)

// menusIn are names that are a menu in some menus and a command in others, with the
// menus in which they are one.
var menusIn = map[string][]string{
	"info":    {"interface/wireless"},
	"ping":    {"tool/mac-server"},
	"profile": {"ppp", "ip/hotspot", "ip/hotspot/user", "ip/ipsec", "interface/macsec", "user-manager", "tool/user-manager", "interface/ethernet/switch/qos"},
	"range":   {"routing/ospf/area", "routing/ospf-v3/area"},
	"sniffer": {"tool", "interface/wireless"},
	"ssh":     {"ip"},
	"sync":    {"file"},
	"update":  {"system/package"},
	"upgrade": {"system"},
}

// wholeNames are names that are the beginning of other names in the same menu, with the
// menus in which they are. There they are names of their own, elsewhere they could be an
// abbreviation: /system/route could be /system/routerboard.
var wholeNames = map[string][]string{
	"ip": {""}, "user": {"", "user-manager", "tool/user-manager"},
	"eoip": {"interface"}, "gre": {"interface"}, "ipip": {"interface"}, "wifi": {"interface"},
	"port": {"interface/bridge", "interface/ethernet/switch"}, "cap": {"interface/wifi", "interface/wifiwave2"},
	"nstreme": {"interface/wireless"}, "socks": {"ip"}, "cache": {"ip/proxy"}, "ssh": {"system", "tool/romon"}, "ping": {"tool"},
	"profile": {"user-manager", "tool/user-manager"}, "device": {"dude"}, "discovery": {"ip/neighbor"}, "rp": {"routing/pim"},
	"interface": {"routing/isis", "routing/ospf", "routing/pimsm", "routing/rip"}, "ospf": {"routing"}, "rip": {"routing"},
	"add": {"certificate", "user-manager/user"}, "sign": {"certificate"}, "export": {"certificate", "dude", "ip/ssh"},
	"set": {
		"app", "certificate", "disk", "dude", "interface/bridge", "interface/lte", "interface/wireless", "ip/dhcp-server", "ip/hotspot",
		"ip/dhcp-server/option", "ip/media", "ip/tftp", "ipv6/dhcp-server/option", "ipv6/nd", "tool/netinstall", "user",
	},
	"monitor":        {"interface/bonding"},
	"reset-counters": {"interface", "interface/ethernet", "ip/firewall/filter", "ip/firewall/nat", "ip/firewall/mangle", "ip/firewall/raw"},
}

func wordSet(list string) map[string]bool {
	words := make(map[string]bool)
	for word := range strings.FieldsSeq(list) {
		words[word] = true
	}
	return words
}

// isMenu reports whether the element at index i is a menu, whole and known.
func isMenu(elements []string, i int) bool {
	return menuWords[elements[i]] || slices.Contains(menusIn[elements[i]], strings.Join(elements[:i], "/"))
}

// isWhole reports whether the element at index i is a whole name in its menu, though
// others begin with it.
func isWhole(elements []string, i int) bool {
	return slices.Contains(wholeNames[elements[i]], strings.Join(elements[:i], "/"))
}

// IsCommand reports whether a name is that of a command of RouterOS, and of no menu. What
// follows it in a path is an argument.
func IsCommand(name string) bool { return commandWords[strings.ToLower(name)] }

// IsMenu reports whether a name is that of a menu, somewhere in RouterOS.
func IsMenu(name string) bool { return menuWords[strings.ToLower(name)] }
