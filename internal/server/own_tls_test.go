package server_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// writeCertificate writes a new certificate for router.test, and its key.
func writeCertificate(t *testing.T, certFile, keyFile string) *x509.Certificate {
	t.Helper()
	cert, _, ca := certificate(t)
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, []byte(ca), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	require.NoError(t, err)
	return leaf
}

// secured is the program with TLS of its own.
type secured struct {
	*program
	addr, certFile, keyFile string
	leaf                    *x509.Certificate
}

func startSecured(t *testing.T, env map[string]string) *secured {
	t.Helper()
	dir := t.TempDir()
	s := &secured{certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem")}
	s.leaf = writeCertificate(t, s.certFile, s.keyFile)
	all := map[string]string{"TLS_CERT_FILE": s.certFile, "TLS_KEY_FILE": s.keyFile}
	maps.Copy(all, env)
	s.program = start(t, all)
	s.addr = strings.TrimPrefix(s.base, "https://")
	require.NotEqual(t, s.base, s.addr, "it says so")
	return s
}

// client trusts one certificate and no other.
func (s *secured) client(leaf *x509.Certificate, http2 bool) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: "router.test"},
		ForceAttemptHTTP2: http2,
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: inDocument(transport), Timeout: time.Minute}
}

func (s *secured) ask(c *http.Client, method, path, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("X-API-Key", testKey)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.Do(req)
}

func TestTLSOfTheServer(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	s := startSecured(t, quick)
	for _, http2 := range []bool{false, true} {
		c := s.client(s.leaf, http2)
		resp, err := s.ask(c, http.MethodPost, "/connect", connectBody("r", addr))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Equal(t, map[bool]int{false: 1, true: 2}[http2], resp.ProtoMajor)
		assert.Equal(t, "max-age=31536000", resp.Header.Get("Strict-Transport-Security"))

		stream, err := s.ask(c, http.MethodGet, "/sse/r", "")
		require.NoError(t, err)
		events := 0
		for lines := bufio.NewScanner(stream.Body); events < 3 && lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "data: ") {
				events++
			}
		}
		assert.Equal(t, 3, events, "events come over HTTP/%d", resp.ProtoMajor)
		require.NoError(t, stream.Body.Close())
	}

	old := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	_, err := (&tls.Dialer{Config: old}).DialContext(t.Context(), "tcp", s.addr)
	assert.ErrorContains(t, err, "protocol version", "TLS 1.1")
}

// A certificate that is replaced is used for new connections; open ones go on.
func TestTheCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	s := startSecured(t, nil)
	before := s.client(s.leaf, true)
	get := func(c *http.Client) error {
		resp, err := s.ask(c, http.MethodGet, "/routers", "")
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	require.NoError(t, get(before))
	kept, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	defer func() { _ = kept.Close() }()

	require.NoError(t, os.WriteFile(s.certFile, []byte("half a file"), 0o600))
	time.Sleep(1100 * time.Millisecond) // beyond the second within which it does not look
	require.NoError(t, get(s.client(s.leaf, true)), "the old one goes on")
	assert.Contains(t, s.log.String(), "TLS certificate not reloaded")

	leaf := writeCertificate(t, s.certFile, s.keyFile)
	eventually(t, "the new certificate", func() bool { return get(s.client(leaf, true)) == nil })
	assert.Error(t, get(s.client(s.leaf, true)), "new connections do not get the old one")
	assert.NoError(t, get(before), "the connection of before goes on")
	_, err = kept.Write([]byte("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.NoError(t, err)
	answer := make([]byte, 15)
	_, err = kept.Read(answer)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 200 OK", string(answer))
}

func TestTheHealthCheckOverTLS(t *testing.T) {
	t.Parallel()
	s := startSecured(t, nil)
	_, port, err := net.SplitHostPort(s.addr)
	require.NoError(t, err)
	status, _, stderr := ended(t, binary(t), []string{"PORT=" + port, "TLS_CERT_FILE=" + s.certFile, "TLS_KEY_FILE=" + s.keyFile}, "healthcheck")
	assert.Zero(t, status, stderr)
}

func TestCertificatesThatAreNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "missing.pem")
	status, _, stderr := ended(t, binary(t), []string{"MY_API_KEY=" + testKey, "PORT=0", "TLS_CERT_FILE=" + file, "TLS_KEY_FILE=" + file})
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, "TLS_CERT_FILE, TLS_KEY_FILE: open "+file)
}
