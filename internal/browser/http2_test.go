package browser_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// certificate writes a self-signed certificate for this host.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, content []byte) string {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
		return file
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private)
}

// Over HTTP/2 all streams share one connection: with ten open, further requests still
// work, and each stream is compressed and live.
func TestManyStreamsOverHTTP2(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	certFile, keyFile := certificate(t)
	p := start(t, origin, map[string]string{"TLS_CERT_FILE": certFile, "TLS_KEY_FILE": keyFile})
	p.base = "https" + strings.TrimPrefix(p.base, "http")
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	tab := page(t, origin)
	w := listen(t, tab)
	tab.Do("accept the certificate", func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
		return chromedp.Void{}, err
	})
	for i := range 10 {
		watch(tab, fmt.Sprint("s", i), p.stream(fmt.Sprint("/sse/r?n=", i)))
	}
	for i := range 10 {
		tab.Wait("each stream is live", fmt.Sprintf(`came("s%d", "message", "id").length > 2`, i))
		encoding, _, _, _ := w.stream(t, fmt.Sprint("n=", i, "&"))
		assert.Equal(t, "gzip", encoding)
	}
	health := fmt.Sprintf("fetch(%q).then((r) => r.status)", p.base+"/healthz")
	assert.Equal(t, 200, chromium.Eval[int](tab, health))
	w.mu.Lock()
	defer w.mu.Unlock()
	assert.Equal(t, map[string]bool{"h2": true}, w.protocols)
}
