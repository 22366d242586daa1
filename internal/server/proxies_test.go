package server_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

// proxy is one of docs/deploy before the program, with the certificate of
// router.test. Clients come from 127.0.0.2, so that they can be told from it.
type proxy struct {
	t    *testing.T
	addr string
	leaf *x509.Certificate
}

// replaced puts what a test has in the place of what the file names, once each.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		require.Equal(t, 1, strings.Count(text, pairs[i]), "the file names %q once", pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// runProxy writes a configuration, has the proxy look it over and starts it; it
// ends with the test.
func runProxy(t *testing.T, config string, check, run func(file string) *exec.Cmd) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "proxy.conf")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	out, err := check(file).CombinedOutput()
	require.NoError(t, err, string(out))
	cmd, log := run(file), &syncBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
}

// freeAddr is an address where nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func nginx(t *testing.T, upstream string) proxy {
	path := engine.Find(t, "nginx", "nginx")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	p := proxy{t: t, addr: freeAddr(t), leaf: writeCertificate(t, cert, key)}
	site := replaced(t, document(t, "docs/deploy/nginx.conf"),
		"listen 443 ", "listen "+p.addr+" ", "mikronec.example", "router.test",
		"/etc/ssl/mikronec.pem", cert, "/etc/ssl/mikronec.key", key, "http://127.0.0.1:8080", upstream)
	var folders strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&folders, "%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	main := fmt.Sprintf("daemon off; master_process off; pid %s/pid;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", dir, folders.String(), site)
	command := func(file string, args ...string) *exec.Cmd {
		return exec.CommandContext(t.Context(), path, append([]string{"-p", dir, "-e", "stderr", "-c", file}, args...)...)
	}
	runProxy(t, main, func(file string) *exec.Cmd { return command(file, "-t") }, func(file string) *exec.Cmd { return command(file) })
	return p
}

func caddy(t *testing.T, upstream string) proxy {
	path := engine.Find(t, "caddy", "caddy")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	p := proxy{t: t, addr: freeAddr(t), leaf: writeCertificate(t, cert, key)}
	host, port, err := net.SplitHostPort(p.addr)
	require.NoError(t, err)
	// Out of a test Caddy gets its certificate by itself and listens on 80, too.
	config := "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind " + host + "\n}\n" +
		replaced(t, document(t, "docs/deploy/Caddyfile"),
			"mikronec.example {", fmt.Sprintf("router.test:%s {\n\ttls %s %s", port, cert, key), "127.0.0.1:8080", strings.TrimPrefix(upstream, "http://"))
	command := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), path, append(args, "--adapter", "caddyfile")...)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
	}
	runProxy(t, config, func(file string) *exec.Cmd { return command("validate", "--config", file) },
		func(file string) *exec.Cmd { return command("run", "--config", file) })
	return p
}

// client talks to the proxy from an address of its own.
func (p proxy) client(http2 bool) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(p.leaf)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", p.addr)
		},
		TLSClientConfig:    &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:  http2,
		DisableCompression: true, // so that a test sees what comes
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// send sends a request with the key; headers come in pairs.
func (p proxy) send(ctx context.Context, c *http.Client, method, path, body string, headers ...string) (*http.Response, error) {
	_, port, err := net.SplitHostPort(p.addr)
	require.NoError(p.t, err)
	base := "https://router.test:" + port
	r, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	require.NoError(p.t, err)
	r.Header.Set("X-API-Key", testKey)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", base) // as the page behind the proxy does
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.Do(r)
}

// Through the proxies of docs/deploy everything works as without: streams come
// event by event, a client that leaves is noticed, and is known by its address.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(t *testing.T, upstream string) proxy{"nginx": nginx, "Caddy": caddy} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, HTTP/%d", name, map[bool]int{false: 1, true: 2}[http2]), func(t *testing.T) {
				t.Parallel()
				_, addr := device(t, sim.Options{PPPUsers: 3})
				s := start(t, map[string]string{"TRUSTED_PROXIES": "127.0.0.1", "POLL_INTERVAL": "500ms"})
				p := begin(t, s.base)
				client := p.client(http2)
				connectThrough(t, s, p, client, http2, addr)
				watchThrough(t, s, p, client)
				runThrough(t, s, p, client)
			})
		}
	}
}

// connectThrough connects a router and looks at who the server thinks it was.
func connectThrough(t *testing.T, s *program, p proxy, client *http.Client, http2 bool, addr string) {
	t.Helper()
	eventually(t, "the proxy listens", func() bool {
		resp, err := p.send(t.Context(), client, http.MethodGet, "/readyz", "")
		if err != nil {
			return false
		}
		return assert.NoError(t, resp.Body.Close()) && resp.StatusCode == http.StatusOK
	})
	resp, err := p.send(t.Context(), client, http.MethodPost, "/connect", connectBody("r", addr), "X-Forwarded-For", "192.0.2.9")
	require.NoError(t, err)
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, string(answer))
	assert.Equal(t, map[bool]int{false: 1, true: 2}[http2], resp.ProtoMajor)
	eventually(t, "the access line", func() bool { return strings.Contains(s.log.String(), "route=/connect") })
	assert.Contains(t, s.log.String(), "remote=127.0.0.2", "the client's own address")
	assert.NotContains(t, s.log.String(), "192.0.2.9", "nobody says of himself who he is")
}

// watchThrough reads a stream as it comes, compressed once, by the server.
func watchThrough(t *testing.T, s *program, p proxy, client *http.Client) {
	t.Helper()
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Second)
	defer leave()
	resp, err := p.send(ctx, client, http.MethodGet, "/sse/r", "", "Accept-Encoding", "gzip")
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
	plain, err := gzip.NewReader(resp.Body)
	require.NoError(t, err)
	events := 0
	for lines := bufio.NewScanner(plain); events < 4 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data: ") {
			events++
		}
	}
	require.Equal(t, 4, events)
	require.Equal(t, 1.0, s.scrape()["mikronec_streams_open"])
	leave()
	eventually(t, "the server learns that the viewer has left", func() bool { return s.scrape()["mikronec_streams_open"] == 0 })
}

// runThrough reads the rows of a command without an end, and leaves. Nobody watches the
// router, so that no command but this one is cancelled.
func runThrough(t *testing.T, s *program, p proxy, client *http.Client) {
	t.Helper()
	d, addr := device(t, sim.Options{})
	require.Equal(t, http.StatusOK, s.connect("unwatched", addr).status)
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Second)
	defer leave()
	resp, err := p.send(ctx, client, http.MethodPost, "/run", runBody("unwatched", "/ping", "=address=192.0.2.1", "=interval=50ms"), "Accept", "application/x-ndjson")
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for i := range 3 {
		row, _ := decodeLine(t, lines)["row"].(map[string]any)
		assert.Equal(t, fmt.Sprint(i), row["seq"])
	}
	leave()
	eventually(t, "the router is told to stop", func() bool { return d.Stats().Cancels == 1 })
}
