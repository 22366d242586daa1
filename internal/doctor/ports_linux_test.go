package doctor_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/sim"
)

// at serves a simulated router at an address.
func at(t *testing.T, addr string, secure *tls.Config) *sim.Device {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	d := sim.New(sim.Options{})
	served := make(chan error, 1)
	go func() { served <- d.Serve(l) }()
	t.Cleanup(func() { d.Close(); assert.NoError(t, <-served) })
	return d
}

// Without a port, TLS comes first, and with -tls it is the only one. A router whose api-ssl
// has no certificate, as on most, is reached at its plain port, unless TLS was asked for.
func TestPortsWithoutAPort(t *testing.T) {
	t.Parallel()
	cert := selfSigned(t)
	good := &tls.Config{Certificates: []tls.Certificate{cert}}
	bare := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}
	for name, tt := range map[string]struct {
		host          string
		secure        *tls.Config
		target        doctor.Target
		plain, secret int // logins
		want          string
	}{
		"both":                         {"127.113.77.11", good, doctor.Target{}, 0, 1, "ok tls: SHA-256"},
		"without a certificate":        {"127.113.77.12", bare, doctor.Target{}, 1, 0, "note tls: "},
		"-tls without a certificate":   {"127.113.77.13", bare, doctor.Target{TLS: true}, 0, 0, "FAIL tls: "},
		"-tls":                         {"127.113.77.14", good, doctor.Target{TLS: true}, 0, 1, "ok login"},
		"pinned without a certificate": {"127.113.77.15", bare, doctor.Target{Fingerprint: fingerprintOf(cert)}, 0, 0, "FAIL tls: "},
		"no yes":                       {"127.113.77.16", good, doctor.Target{Trust: no}, 0, 0, "-fingerprint " + fingerprintOf(cert)},
		"no yes, plain":                {"127.113.77.17", bare, doctor.Target{Trust: no}, 0, 0, "FAIL login: not tried"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, secure := at(t, tt.host+":8728", nil), at(t, tt.host+":8729", tt.secure)
			tt.target.Addr, tt.target.User, tt.target.Timeout = tt.host, "admin", 3*time.Second
			healthy, text := examine(t, tt.target)
			assert.Equal(t, tt.plain+tt.secret == 1, healthy, text)
			assert.Contains(t, text, tt.want)
			assert.Equal(t, tt.plain, plain.Stats().Logins, text)
			assert.Equal(t, tt.secret, secure.Stats().Logins, text)
		})
	}
}
