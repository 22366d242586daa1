package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// handshakes is the address of a TLS server with an RSA certificate that ends each
// connection after the handshake.
func handshakes(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cfg.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// The error of /connect names all causes of a handshake that failed, and tells nobody
// to replace the certificate of a router whose TLS is too old.
func TestTheCauseOfAFailedHandshake(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for name, tt := range map[string]struct {
		config    *tls.Config
		want, not string
	}{
		"RSA key exchange alone": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}}, "too old for ECDHE (upgrade it", ""},
		"TLS 1.0 alone":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, "the router speaks TLS older than 1.2: upgrade RouterOS", "/certificate"},
		"TLS 1.1 at most":        {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "the router speaks TLS older than 1.2: upgrade RouterOS", "/certificate"},
	} {
		for _, mode := range []string{"insecure", "pin", "verify"} {
			a := p.connectTLS("r", handshakes(t, tt.config.Clone()), map[string]string{"mode": mode})
			assert.Equal(t, http.StatusBadGateway, a.status, "%s, %s: %s", name, mode, a.raw)
			assert.Contains(t, a.body.Error, tt.want, name)
			if tt.not != "" {
				assert.NotContains(t, a.body.Error, tt.not, name)
			}
		}
	}
}

// All spellings of an address are one session, and one login at the router.
func TestSpellingsOfAnAddressShareASession(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	p := start(t, nil)
	require.Equal(t, http.StatusOK, p.connect("first", addr).status)
	for i, host := range []string{"[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", " 127.0.0.1"} {
		var got struct{ Shared, Reused bool }
		p.connect(fmt.Sprint("r", i), host+":"+port).data(t, &got)
		assert.True(t, got.Shared && got.Reused, host)
	}
	assert.Equal(t, 1, d.Stats().Logins)
}

// POST /connect with the same values makes a router that is down try at once, whatever
// the wait.
func TestConnectingAgainEndsTheWait(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"RECONNECT_MIN": "1h", "RECONNECT_MAX": "1h"})
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)
	d.DropSessions()
	eventually(t, "the loss is noticed", func() bool {
		var got struct{ State string }
		p.get("/routers/a").data(t, &got)
		return got.State == "down"
	})
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)
	assert.Equal(t, 2, d.Stats().Logins)
	assert.Equal(t, http.StatusOK, p.run("a", "/ip/address/print").status)
}
