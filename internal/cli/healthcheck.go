package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// healthcheck asks the server on PORT whether it is ready, for containers without curl.
// It needs no key and reads no other settings, so that a mistake in those does not look
// like an unhealthy server.
func (p *Program) healthcheck(ctx context.Context, args []string) error {
	if err := none(args); err != nil {
		return err
	}
	port, host := "8080", "127.0.0.1"
	if v, ok := p.Lookup("PORT"); ok && v != "" {
		port = v
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("PORT: %q is not a port", port)
	}
	if v, ok := p.Lookup("LISTEN_HOST"); ok && v != "" && v != "0.0.0.0" && v != "::" {
		host = v
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	scheme, client := "http", http.DefaultClient
	if v, ok := p.Lookup("TLS_CERT_FILE"); ok && v != "" {
		// The certificate is for the name that clients use, not for this address, and
		// nothing secret is sent.
		scheme = "https"
		client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // #nosec G402 -- see above
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", resp.Status)
	}
	return nil
}
