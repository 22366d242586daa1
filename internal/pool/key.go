package pool

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Ports of the API where none is given.
const (
	PlainPort = "8728"
	TLSPort   = "8729"
)

// Key identifies a session: address, login and how to connect. Routers with equal
// keys share one session. No way of printing a Key prints the password.
type Key struct {
	Addr     string // host:port, as JoinAddr returns it
	User     string
	Password secret.Text
	TLS      routeros.TLS
	CodePage string // of text that is not UTF-8, and of text sent to the router; empty for windows-1252 and UTF-8

	// loginUTF8 is set in the key that a link dials with, and in no other: the router
	// accepted user and password in UTF-8 before.
	loginUTF8 bool
}

// Credentials are user and password, with the forms in which they are tried: in the
// code page, then in UTF-8, or the other way round after a login in UTF-8.
func (k Key) Credentials() routeros.Credentials {
	c := routeros.Credentials{User: k.User, Password: k.Password.Reveal()}
	if page, err := charset.Lookup(k.CodePage); err == nil && k.CodePage != "" {
		c.Pages = []charset.Page{page, charset.UTF8()}
		if k.loginUTF8 {
			slices.Reverse(c.Pages)
		}
	}
	return c
}

// String is user@address.
func (k Key) String() string { return k.User + "@" + k.Addr }

// GoString omits the password in %#v.
func (k Key) GoString() string { return "pool.Key{" + k.String() + "}" }

// Format omits the password in %v, %+v and all other verbs.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, k.String()) }

// LogValue omits the password in logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText omits the password in JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Maximum lengths: of a name in DNS (RFC 1035), and of what a person typed in bytes,
// since other letters than those of ASCII have several.
const (
	maxName = 253
	maxHost = 1024
)

// JoinAddr returns host:port for what a person typed: a name, an IPv4 address or an
// IPv6 address (with or without brackets and zone), with or without a port.
// Different spellings of a name or address give the same result, so that they
// share a session; the zone, which names an interface, keeps its case. The error
// completes a sentence that begins with the name of the field.
func JoinAddr(host, defaultPort string) (string, error) {
	switch {
	case len(host) > maxHost:
		return "", fmt.Errorf("is longer than %d bytes", maxHost)
	case strings.ContainsFunc(host, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }):
		return "", fmt.Errorf("%q has a line break or another control character", host)
	}
	host = strings.TrimSpace(host)
	if host == "" {
		return "", errors.New("is empty")
	}
	if strings.ContainsFunc(host, isForeign) {
		return "", fmt.Errorf("%q: give a name or an address, with or without :port, and nothing else", host)
	}
	name, port := host, defaultPort
	switch {
	case strings.HasPrefix(host, "["):
		if strings.HasSuffix(host, "]") {
			name = host[1 : len(host)-1]
			break
		}
		fallthrough
	case strings.Count(host, ":") == 1: // more colons without brackets are a bare IPv6 address
		var err error
		if name, port, err = net.SplitHostPort(host); err != nil {
			return "", fmt.Errorf("%q is not host:port: %w", host, err)
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%q: the port must be a number from 1 to 65535", host)
	}
	switch ip, err := netip.ParseAddr(name); {
	case err == nil:
		name = ip.Unmap().String() // ::ffff:192.0.2.1 is 192.0.2.1
	case name == "" || strings.ContainsAny(name, ":%[]"):
		return "", fmt.Errorf("%q has no valid name or address", host)
	default:
		if name, err = asciiName(name); err != nil {
			return "", fmt.Errorf("%q is no valid name: %w", host, err)
		}
	}
	if len(strings.TrimSuffix(name, ".")) > maxName {
		return "", fmt.Errorf("%q has a name that is longer than %d characters", host, maxName)
	}
	return net.JoinHostPort(name, strconv.FormatUint(n, 10)), nil
}

// asciiName is a name as resolvers take it: in lower case, one with other letters
// than those of ASCII in its xn-- form (RFC 5891).
func asciiName(name string) (string, error) {
	if strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(name), nil
	}
	return idna.Lookup.ToASCII(name)
}

// isForeign reports whether a character occurs in URLs or typing errors only, never
// in a name or an address.
func isForeign(r rune) bool {
	return r == '/' || r == '@' || unicode.IsSpace(r)
}
