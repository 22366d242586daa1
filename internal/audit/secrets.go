package audit

import (
	"slices"
	"strings"
)

// secretParts are parts of names of values that are secrets, wherever they stand.
var secretParts = []string{"passw", "passp", "passc", "secret", "token", "credential", "authorization", "bearer", "key", "signature"}

// sensitiveWords are parts of names, between hyphens and dots, of values that are or may
// contain secrets: scripts, whole files, URLs with a password.
var sensitiveWords = []string{
	"pin", "puk", "otp", "psk", "pwd", "pas", "pass", "sec", "community", "response", "challenge", "cookie", "input", "code", "seed", "cak",
	"script", "source", "do", "on", "else", "condition", "where", "url", "contents", "data", "http", "header", "env", "envs", "environment",
	"cmd", "command", "entrypoint", "yaml", "text", "body",
}

// secretNames are names of attributes of RouterOS 6 and 7 that hold secrets, or scripts
// and texts that may. Each beginning of one counts as well, as for RouterOS.
var secretNames = strings.Fields(`
	activation-code api-token app-key auth-key authentication-key authentication-password authorization body cak challenge challenge-passphrase
	challenge-password client-private-key cmd command community condition config-string confirm-new-password confirmation-code contents
	cookie credentials data dial-command do down-script eap-password eap-radius-secret else enc-key encryption-key encryption-password
	entrypoint env environment envs export-passphrase ft-secret header hkdf-secret http-auth http-content http-data http-header-field
	init-string input ipsec-secret iscsi-password key key-passphrase key-val lease-script mac-auth-password management-protection-key
	matching-id modem-init mschapv2-password network-session-key new-password nv2-preshared-key nv2-sync-secret nvme-tcp-password
	nvme-tcp-server-password old-password on-event otp-secret ovpn-password passphrase password paypal-password paypal-secure-response
	paypal-signature payload pin ppk-secret ppp-secret pre-shared-key preshared-key private-key private-passphrase private-pre-shared-key
	provisioning-code puk radius-mac-auth-password radius-password radius-secret registry-password remote-key response script
	secret secret-download-key secrets security.eap-password security.passphrase configuration.security.passphrase seed
	self-encryption-password shared-secret sim-pin smb-password smb-server-password socks5-password source sshfs-password static-key-0
	static-sta-private-key supplicant-identity-password tcp-md5-key test-script text tls-auth-key totp-secret trap-community up-script
	url user-command web-private-password wep-key where wpa-pre-shared-key wpa2-pre-shared-key xauth-password yaml`)

// openNames are names that begin a secret one and are attributes of their own, whose
// values are shown.
var openNames = strings.Fields(`
	auth authentication ca config configuration content encryption exp ft in ip ipsec mac management-protection mode n network radius remote
	security smb socks static supplicant-identity tls to user web`)

// secretsIn are names that hold a secret in some menus only.
var secretsIn = []struct{ menu, name string }{
	{"container/envs", "value"}, {"system/script/environment", "value"}, {"environment", "value"},
	{"zerotier", "identity"}, {"snmp/community", "name"}, {"user-manager/user", "attributes"},
}

// secret reports whether values of this name must not be shown. It hides too much
// rather than too little: public keys and key sizes are hidden as well.
func secret(path, name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_./", r) }) {
		return true // not a name of RouterOS
	}
	name = strings.ReplaceAll(name, "_", "-")
	if slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(name, part) }) {
		return true
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '.' })
	if slices.ContainsFunc(words, func(word string) bool { return slices.Contains(sensitiveWords, word) }) {
		return true
	}
	for _, s := range secretsIn {
		if strings.HasPrefix(s.name, name) && isIn(path, s.menu) {
			return true
		}
	}
	return !slices.Contains(openNames, name) && slices.ContainsFunc(secretNames, func(s string) bool { return strings.HasPrefix(s, name) })
}

// isIn reports whether the path is in the menu, or in what could be short for it.
func isIn(path, menu string) bool {
	elements, of := strings.Split(strings.Trim(path, "/…"), "/"), strings.Split(menu, "/")
	if len(elements) < len(of) {
		return false
	}
	for i, name := range of {
		if !strings.HasPrefix(name, elements[i]) {
			return false
		}
	}
	return true
}
