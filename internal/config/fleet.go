package config

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Partition is what an instance does that cannot reach NATS.
type Partition string

// The values of Partition.
const (
	PartitionKeep Partition = "keep" // goes on
	PartitionStop Partition = "stop" // closes its sessions
)

// UnmarshalText accepts the two values in either case.
func (p *Partition) UnmarshalText(text []byte) error {
	switch v := Partition(strings.ToLower(string(text))); v {
	case PartitionKeep, PartitionStop:
		*p = v
		return nil
	}
	return errors.New("is invalid; use keep or stop")
}

var (
	natsPrefix   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)
	instanceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// checkFleet adds the mistakes in the variables of a fleet, one for each. None shows NATS_URL, which may
// have a password.
func (c *Config) checkFleet(found *Error) {
	if c.NATSURL == "" {
		return
	}
	once := func(name, format string, args ...any) {
		if !found.names(name) {
			found.addf(name, format, args...)
		}
	}
	for server := range strings.SplitSeq(c.NATSURL.Reveal(), ",") {
		if u, err := url.Parse(strings.TrimSpace(server)); err != nil || u.Host == "" || !natsScheme(u.Scheme) {
			once("NATS_URL", "has an address that is not of the form nats://host:port or tls://host:port")
			break
		}
	}
	if c.SecretsKeyFile == "" && c.SecretsKey == "" {
		once("NATS_URL", "needs SECRETS_KEY_FILE or SECRETS_KEY, the same for all instances; mikronec secrets new makes a key")
	}
	if (c.NATSCertFile == "") != (c.NATSKeyFile == "") {
		once("NATS_CERT_FILE", "must be set together with NATS_KEY_FILE")
	}
	if !natsPrefix.MatchString(c.NATSPrefix) {
		once("NATS_PREFIX", "%q has other characters than letters, digits, - and _, or more than 32", c.NATSPrefix)
	}
	if c.Instance != "" && !instanceName.MatchString(c.Instance) {
		once("INSTANCE", "%q has other characters than letters, digits, - and _, or more than 64", c.Instance)
	}
	if n := c.NATSReplicas; n%2 == 0 {
		once("NATS_REPLICAS", "%d is no number of copies; use 1, 3 or 5", n)
	}
}

func natsScheme(scheme string) bool {
	switch scheme {
	case "nats", "tls", "ws", "wss":
		return true
	}
	return false
}
