package audit_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
)

// Fields of RouterOS that hold secrets, by the menu in which they are set. None
// of their values is shown, however the path, the name and the word are spelled.
func TestEverySecretFieldIsRedacted(t *testing.T) {
	const value = "hunter2-nobody-may-see"
	for path, names := range map[string]string{
		"/user/add":                      "password",
		"/ppp/secret/add":                "password ppp-secret ppp-secret-2",
		"/ip/hotspot/user/add":           "password totp-secret",
		"/ip/hotspot/profile/set":        "radius-mac-auth-password mac-auth-password",
		"/radius/add":                    "secret radius-secret shared-secret",
		"/ip/ipsec/identity/add":         "secret password pre-shared-key eap-password",
		"/ip/ipsec/key/import":           "passphrase",
		"/interface/l2tp-server/server":  "ipsec-secret",
		"/interface/l2tp-client/add":     "password ipsec-secret",
		"/interface/pppoe-client/add":    "password",
		"/interface/wireguard/add":       "private-key",
		"/interface/wireguard/peers/add": "preshared-key private-key client-private-key",
		"/interface/wireless/security-profiles/set": "wpa-pre-shared-key wpa2-pre-shared-key supplicant-identity-password mschapv2-password " +
			"static-key-0 static-key-1 static-sta-private-key management-protection-key eap-password",
		"/interface/wireless/access-list/add":  "private-pre-shared-key private-key",
		"/interface/wifi/security/add":         "passphrase eap-password ft-secret wep-key",
		"/interface/wifi/set":                  "security.passphrase configuration.security.passphrase security.eap-password",
		"/caps-man/security/add":               "passphrase eap-radius-secret",
		"/interface/lte/apn/add":               "password",
		"/interface/lte/set":                   "pin puk",
		"/interface/vrrp/add":                  "password",
		"/interface/ovpn-client/add":           "password tls-auth-key",
		"/interface/eoip/add":                  "ipsec-secret",
		"/routing/ospf/interface-template/add": "auth-key authentication-key",
		"/routing/bgp/connection/add":          "tcp-md5-key",
		"/routing/rip/keys/add":                "key",
		"/snmp/community/add":                  "name authentication-password encryption-password",
		"/snmp/set":                            "trap-community",
		"/certificate/import":                  "passphrase",
		"/certificate/export-certificate":      "export-passphrase",
		"/certificate/scep-server/add":         "challenge-password",
		"/certificate/add-scep":                "challenge",
		"/system/backup/save":                  "password",
		"/tool/e-mail/set":                     "password",
		"/tool/fetch":                          "password url http-data http-header-field http-content",
		"/tool/sms/set":                        "secret sim-pin",
		"/tool/romon/set":                      "secrets",
		"/tool/bandwidth-test":                 "password",
		"/ip/cloud/back-to-home-user/add":      "private-key",
		"/ip/smb/users/add":                    "password",
		"/ip/socksify/add":                     "socks5-password",
		"/ip/dns/set":                          "api-token",
		"/zerotier/set":                        "identity-secret",
		"/iot/lora/servers/add":                "app-key network-session-key",
		"/iot/mqtt/brokers/add":                "password",
		"/user-manager/user/add":               "password otp-secret",
		"/user-manager/router/add":             "shared-secret",
		"/user-manager/payment/set":            "paypal-password paypal-signature-secret",
		"/dot1x/client/add":                    "eap-password",
		"/container/config/set":                "password registry-password",
		"/container/envs/add":                  "env envs value key",
		"/container/envs/set":                  "value",
		"/cont/env/add":                        "value val v",
		"/container/add":                       "cmd entrypoint",
		"/app/add":                             "yaml environment",
		"/interface/macsec/add":                "cak",
		"/zerotier/add":                        "identity",
		"/zerot/set":                           "ident",
		"/system/script/environment/set":       "value",
		"/sys/scri/envir/set":                  "va",
		"/interface/wireguard/wg-import":       "config-string config-s",
		"/system/ssh-exec":                     "command comm",
		"/system/ssh":                          "command",
		"/interface/lte/esim/provision":        "matching-id activation-code confirmation-code",
		"/interface/ppp-client/set":            "modem-init dial-command",
		"/user-manager/advanced/set":           "paypal-signature paypal-password web-private-password",
		"/user-manager/user/set":               "attributes",
		"/system/ntp/key/add":                  "key-val",
		"/certificate/scep-server/ra/add":      "challenge-passphrase",
		"/tool/netwatch/add":                   "up-script down-s test-scr",
		"/ppp/secret/set":                      "pa pas passw passwo",
		"/ip/ipsec/identity/set":               "pre-s secr",
		"/interface/wireguard/set":             "private-k private- preshared",
		"/disk/set":                            "encryption-key smb-password iscsi-password nvme-tcp-password",
		"/login":                               "response password",
	} {
		for name := range strings.FieldsSeq(names) {
			for _, spelled := range []string{
				"=" + name + "=", "=" + strings.ToUpper(name) + "=", "=" + strings.ReplaceAll(name, "-", "_") + "=",
				"= " + name + " =", "=!" + name + "=", "?" + name + "=", "?=" + name + "=", "?>" + name + "=",
			} {
				if path == "/login" && strings.Contains(spelled, "_") {
					continue
				}
				for _, where := range []string{path, strings.ToUpper(path), "/" + strings.ReplaceAll(path[1:], "/", " ") + "/", "//" + strings.ReplaceAll(path[1:], "/", " / ")} {
					shown := strings.Join(audit.Redact([]string{where, "=comment=x", spelled + value, "=disabled=no"}), " ")
					assert.NotContains(t, shown, value, "%s %s", where, spelled)
					assert.Contains(t, shown, "=comment=x", "the others are shown")
				}
			}
		}
	}
	for _, word := range []string{
		"/user/add =password=" + value, "/user add password=" + value, "/user/add\n=password=" + value, "/user/add\x00" + value,
		"/user/set " + value, "/ppp secret add name=a password=" + value, "/user/set/" + value, "=password=" + value, value + "=",
	} {
		shown := strings.Join(audit.Redact([]string{word}), " ")
		if word == value+"=" { // what is no path at all is cut where it stops to look like one
			continue
		}
		assert.NotContains(t, shown, value, "%q", word)
	}
}

var update = flag.Bool("update", false, "write the list of redacted names into docs/access.md")

// The document lists the names whose values are not shown.
func TestRedactedNamesAreDocumented(t *testing.T) {
	const document = "../../docs/access.md"
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n### What is redacted\n")
	require.True(t, found)
	at := strings.Index(section, "\n- ")
	require.Positive(t, at)
	list, _, _ := strings.Cut(section[at+1:], "\n\n")
	list = strings.TrimSuffix(list, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(strings.Replace(string(text), list, audit.Redacted(), 1)), 0o600))
		return
	}
	assert.Equal(t, audit.Redacted(), list, "go test ./internal/audit -run Documented -update writes the list")
}
