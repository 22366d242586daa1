package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMistakesAboutTheNetwork(t *testing.T) {
	for name, tt := range map[string]struct {
		pairs map[string]string
		want  string
	}{
		"a proxy's name":       {map[string]string{"TRUSTED_PROXIES": "proxy.example"}, `TRUSTED_PROXIES: "proxy.example" is not a network such as 10.0.0.0/8 or an address`},
		"a proxy's zone":       {map[string]string{"TRUSTED_PROXIES": "fe80::1%eth0"}, `TRUSTED_PROXIES: "fe80::1%eth0" is not a network such as 10.0.0.0/8 or an address`},
		"everybody a proxy":    {map[string]string{"TRUSTED_PROXIES": "0.0.0.0/0"}, `TRUSTED_PROXIES: "0.0.0.0/0" would trust the header of every client`},
		"an audit of no kind":  {map[string]string{"AUDIT_LOG_FULL": "drop"}, `AUDIT_LOG_FULL: "drop" is invalid; use wait or refuse`},
		"an audit nowhere":     {map[string]string{"AUDIT_LOG": "on"}, `AUDIT_LOG: "on" is not a target; use off, stdout or the path of a file`},
		"no rule":              {map[string]string{"COMMAND_RULES": "/ip/address:print ip/dns"}, `COMMAND_RULES: rule "ip/dns" does not begin with a slash; examples: /ip/hotspot/**:print,add and !/system/reboot`},
		"no network":           {map[string]string{"ROUTER_NETWORKS": "10.0.0.0/8,10.0.0.0-9"}, `ROUTER_NETWORKS: "10.0.0.0-9" is not a network such as 10.0.0.0/8, an address or a host name such as *.example.net`},
		"what is never dialed": {map[string]string{"ROUTER_NETWORKS": "169.254.0.0/16"}, `ROUTER_NETWORKS: "169.254.0.0/16" is link-local (metadata services of clouds), which is never dialed`},
		"a certificate alone":  {map[string]string{"TLS_CERT_FILE": "c.pem"}, "TLS_CERT_FILE: must be set together with TLS_KEY_FILE"},
		"a key alone":          {map[string]string{"TLS_KEY_FILE": "k.pem"}, "TLS_CERT_FILE: must be set together with TLS_KEY_FILE"},
		"no switch":            {map[string]string{"SWAGGER": "maybe"}, `SWAGGER: "maybe" is invalid; use on or off`},
		"less than nothing":    {map[string]string{"KEY_STREAMS": "-1"}, "KEY_STREAMS: -1 is too small; the minimum is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, []string{tt.want}, mistakes(t, tt.pairs))
		})
	}
}
