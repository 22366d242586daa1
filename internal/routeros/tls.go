package routeros

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// TLSMode is how the certificate of an api-ssl port is checked.
type TLSMode uint8

// The zero mode is the plain API. Verify requires a chain to a trusted authority
// and the right name; Pin requires one certificate, by its fingerprint, and suits
// the self-signed ones of routers; Insecure accepts any.
const (
	Plain TLSMode = iota
	Verify
	Pin
	Insecure
)

// TLS is how to connect to an api-ssl port. The type is comparable: it is part of
// the key of a shared session.
type TLS struct {
	Mode        TLSMode
	ServerName  string // to verify instead of the host; Verify only
	CA          string // PEM of authorities to trust instead of the system's; Verify only
	Fingerprint string // SHA-256 of the certificate, 64 lower-case hexadecimal digits; Pin only
}

// ParseFingerprint returns a SHA-256 fingerprint in the form of [TLS].Fingerprint.
// It accepts upper and lower case, and colons, spaces, dashes or nothing between
// the bytes.
func ParseFingerprint(s string) (string, error) {
	bare := strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(s))
	if b, err := hex.DecodeString(bare); err != nil || len(b) != sha256.Size {
		return "", errors.New("the fingerprint must be a SHA-256: 64 hexadecimal digits, with or without colons")
	}
	return bare, nil
}

// CertificateError means that the certificate of the router was refused before
// any password was sent. It contains the fingerprint, so that a person can compare
// it on the router and then pin it.
type CertificateError struct {
	Fingerprint string // SHA-256 of the certificate that was presented
	Reason      string
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("the router's certificate was refused: %s; it has the SHA-256 fingerprint %s: "+
		"compare it on the router (/certificate print detail), then pin it", e.Reason, e.Fingerprint)
}

// client does the handshake on conn within the login timeout and returns the
// fingerprint of the certificate that was accepted.
func (t TLS) client(ctx context.Context, conn net.Conn, host string, timeout time.Duration) (*tls.Conn, string, error) {
	cfg, err := t.config(host)
	if err != nil {
		return nil, "", &LinkError{Step: "tls", Err: err}
	}
	var presented string
	var refused *CertificateError
	cfg.InsecureSkipVerify = true // checked below in all modes, so that the fingerprint is known
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		sum := sha256.Sum256(state.PeerCertificates[0].Raw)
		presented = hex.EncodeToString(sum[:])
		if reason := t.check(cfg, state, presented); reason != "" {
			refused = &CertificateError{Fingerprint: presented, Reason: reason}
			return refused
		}
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
	defer cancel()
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		if refused != nil {
			return nil, "", refused
		}
		return nil, "", &LinkError{Step: "tls", Err: explainHandshake(ctx, err, timeout)}
	}
	return secure, presented, nil
}

func (t TLS) config(host string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	if t.CA != "" {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
			return nil, errors.New("the CA has no certificate in PEM form")
		}
	}
	return cfg, nil
}

// check returns why the certificate is refused, an empty string if it is accepted.
func (t TLS) check(cfg *tls.Config, state tls.ConnectionState, presented string) string {
	switch t.Mode {
	case Insecure:
		return ""
	case Pin:
		switch t.Fingerprint {
		case presented:
			return ""
		case "":
			return "no fingerprint is pinned yet"
		}
		return "it is not the pinned one, " + t.Fingerprint
	default:
		opts := x509.VerifyOptions{Roots: cfg.RootCAs, DNSName: cfg.ServerName, Intermediates: x509.NewCertPool()}
		for _, c := range state.PeerCertificates[1:] {
			opts.Intermediates.AddCert(c)
		}
		if _, err := state.PeerCertificates[0].Verify(opts); err != nil {
			return ForeignText(err.Error())
		}
		return ""
	}
}

// NoCertificate is the command for a router whose api-ssl service has no
// certificate: it then offers anonymous Diffie-Hellman only, which Go, like most
// TLS libraries, does not support.
const NoCertificate = "/certificate add name=api common-name=api days-valid=3650; " +
	"/certificate sign api; /ip service set api-ssl certificate=api disabled=no"

// Causes of a handshake that failed, for those who can advise.
var (
	// ErrNoCommonCipher means that the router has no cipher suite that this
	// program accepts. It has no certificate, or is too old for ECDHE: Go 1.22 and
	// later offer RSA key exchange only with GODEBUG=tlsrsakex=1.
	ErrNoCommonCipher = errors.New("the router accepts none of our cipher suites (alert 40)")
	// ErrOldTLS means that the router speaks no TLS 1.2.
	ErrOldTLS = errors.New("the router speaks TLS older than 1.2")
)

// Alerts of TLS (RFC 8446, section 6).
const (
	alertHandshakeFailure = tls.AlertError(40)
	alertProtocolVersion  = tls.AlertError(70)
)

func explainHandshake(ctx context.Context, err error, timeout time.Duration) error {
	var alert tls.AlertError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &alert) && alert == alertHandshakeFailure, strings.Contains(err.Error(), "tls: handshake failure"):
		return fmt.Errorf("%w: either its api-ssl service has no certificate (on the router: %s), "+
			"or its RouterOS is too old for ECDHE (upgrade it, or start this program with GODEBUG=tlsrsakex=1)", ErrNoCommonCipher, NoCertificate)
	case errors.As(err, &alert) && alert == alertProtocolVersion, isOldServer(err):
		return fmt.Errorf("%w: upgrade RouterOS, and look at tls-version in /ip service print detail (%w)", ErrOldTLS, err)
	case errors.As(err, &header):
		return fmt.Errorf("this port does not speak TLS; the plain API is on port 8728, connect to it without tls (%w)", err)
	case errors.Is(context.Cause(ctx), ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w to the TLS handshake within %v; is this the plain API port (8728)? api-ssl is on 8729", ErrTimeout, timeout)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("the router closed the connection during the TLS handshake; "+
			"check /ip service (api-ssl enabled, address list, tls-version); the plain API port (8728) does not support tls (%w)", err)
	}
	return &foreignError{err}
}

// foreignError is an error whose text may have text of the other side, such as the names
// in a certificate that cannot be parsed.
type foreignError struct{ err error }

func (e *foreignError) Error() string { return ForeignText(e.err.Error()) }

func (e *foreignError) Unwrap() error { return e.err }

// isOldServer reports whether a server chose a version below ours by itself.
func isOldServer(err error) bool {
	text := err.Error()
	return strings.Contains(text, "protocol version not supported") || strings.Contains(text, "server selected unsupported protocol version")
}

// tlsRecord reports whether an API port answered with the first bytes of a TLS
// record: an alert or a handshake of version 3.x.
func tlsRecord(b []byte) bool {
	return len(b) >= 2 && (b[0] == 0x15 || b[0] == 0x16) && b[1] == 0x03
}
