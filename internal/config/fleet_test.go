package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMistakesInTheVariablesOfAFleet(t *testing.T) {
	const url = "NATS_URL: has an address that is not of the form nats://host:port or tls://host:port"
	for name, tt := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"no scheme":           {map[string]string{"NATS_URL": "nats:4222"}, url},
		"another scheme":      {map[string]string{"NATS_URL": "http://nats:4222"}, url},
		"one of two":          {map[string]string{"NATS_URL": "nats://a:4222,b:" + secret}, url},
		"no key ring":         {map[string]string{"SECRETS_KEY": ""}, "NATS_URL: needs SECRETS_KEY_FILE or SECRETS_KEY, the same for all instances; mikronec secrets new makes a key"},
		"certificate alone":   {map[string]string{"NATS_CERT_FILE": "x"}, "NATS_CERT_FILE: must be set together with NATS_KEY_FILE"},
		"prefix with a dot":   {map[string]string{"NATS_PREFIX": "a.b"}, `NATS_PREFIX: "a.b" has other characters than letters, digits, - and _, or more than 32`},
		"instance with a dot": {map[string]string{"INSTANCE": "a.b"}, `INSTANCE: "a.b" has other characters than letters, digits, - and _, or more than 64`},
		"two copies":          {map[string]string{"NATS_REPLICAS": "2"}, "NATS_REPLICAS: 2 is no number of copies; use 1, 3 or 5"},
		"seven copies":        {map[string]string{"NATS_REPLICAS": "7"}, "NATS_REPLICAS: 7 is too large; the maximum is 5"},
		"another rule":        {map[string]string{"FLEET_PARTITION": "both"}, `FLEET_PARTITION: "both" is invalid; use keep or stop`},
	} {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{"NATS_URL": "nats://nats:4222", "SECRETS_KEY": "a=b"}
			maps.Copy(variables, tt.variables)
			got := mistakes(t, variables)
			assert.Equal(t, []string{tt.want}, got)
			assert.NotContains(t, got[0], secret)
		})
	}
}
