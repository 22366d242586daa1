package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// certificate makes a self-signed one, as routers have.
func certificate(t *testing.T) (cert tls.Certificate, fingerprint, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "router.test"}, DNSNames: []string{"router.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	sum := sha256.Sum256(der)
	ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hex.EncodeToString(sum[:]), ca
}

// secureDevice is a simulated router behind TLS.
func secureDevice(t *testing.T, cert tls.Certificate) (*sim.Device, string) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	require.NoError(t, err)
	d := sim.New(sim.Options{Personality: sim.CCR2004(), User: testUser, Password: testPass, PPPUsers: 3})
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	t.Cleanup(func() { d.Close(); assert.NoError(t, <-served) })
	return d, listener.Addr().String()
}

func (p *program) connectTLS(id, addr string, tls map[string]string) answer {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"router_id": id, "host": addr, "user": testUser, "pass": testPass, "tls": tls})
	require.NoError(p.t, err)
	return p.post("/connect", string(body))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, fingerprint, ca := certificate(t)
	d, addr := secureDevice(t, cert)
	p := start(t, nil)
	for _, tc := range []struct {
		name string
		tls  map[string]string
		code string // empty for success
		text string
	}{
		{"verify against the system", map[string]string{"mode": "verify"}, "certificate_refused", "x509"},
		{"verify without the name", map[string]string{"mode": "verify", "ca": ca}, "certificate_refused", "127.0.0.1"},
		{"pin without a fingerprint tells it", map[string]string{"mode": "pin"}, "certificate_refused", fingerprint},
		{"pin another", map[string]string{"mode": "pin", "fingerprint": strings.Repeat("0", 64)}, "certificate_refused", fingerprint},
		{"bad mode", map[string]string{"mode": "maybe"}, "invalid_request", "tls.mode"},
		{"bad fingerprint", map[string]string{"mode": "pin", "fingerprint": "12"}, "invalid_request", "64 hexadecimal"},
		{"verify with CA and name", map[string]string{"mode": "verify", "ca": ca, "server_name": "router.test"}, "", ""},
		{"pin", map[string]string{"mode": "pin", "fingerprint": strings.ToUpper(fingerprint)}, "", ""},
		{"insecure", map[string]string{"mode": "insecure"}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := d.Stats()
			a := p.connectTLS("r", addr, tc.tls)
			if tc.code != "" {
				assert.Equal(t, tc.code, a.body.Code, a.raw)
				assert.Contains(t, a.body.Error, tc.text)
				assert.Equal(t, before.Logins+before.LoginFailures, d.Stats().Logins+d.Stats().LoginFailures, "no password left")
				return
			}
			var got struct {
				Fingerprint string `json:"tls_fingerprint"`
			}
			a.data(t, &got)
			assert.Equal(t, fingerprint, got.Fingerprint)
			var rows []map[string]string
			p.run("r", "/ppp/active/print").data(t, &rows)
			assert.Len(t, rows, 3)
		})
	}
}

func TestTLSAndPlainMixedUp(t *testing.T) {
	t.Parallel()
	cert, _, _ := certificate(t)
	_, secureAddr := secureDevice(t, cert)
	_, plainAddr := device(t, sim.Options{})
	p := start(t, map[string]string{"LOGIN_TIMEOUT": "2s"})

	a := p.connect("r", secureAddr)
	assert.NotEqual(t, http.StatusOK, a.status)
	assert.Contains(t, a.body.Error, "needs TLS", a.raw)

	a = p.connect("r", alerting(t, 0x46)) // protocol version
	assert.NotEqual(t, http.StatusOK, a.status)
	assert.Contains(t, a.body.Error, "it speaks TLS", a.raw)

	a = p.connectTLS("r", plainAddr, map[string]string{"mode": "insecure"})
	assert.NotEqual(t, http.StatusOK, a.status)
	assert.Contains(t, a.body.Error, "8728", a.raw)
}

// alerting is the address of a TLS stack that answers everything with an alert.
func alerting(t *testing.T, alert byte) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte{0x15, 0x03, 0x03, 0x00, 0x02, 0x02, alert})
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// A router without a certificate on api-ssl offers anonymous ciphers alone and
// answers every other hello with alert 40.
func TestRouterWithoutCertificate(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	a := p.connectTLS("r", alerting(t, 40), map[string]string{"mode": "insecure"})
	assert.Equal(t, http.StatusBadGateway, a.status, a.raw)
	assert.Contains(t, a.body.Error, "/ip service set api-ssl certificate=api")
	assert.Contains(t, a.body.Error, "/certificate add")
}
