package config

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// checkOrigins returns the origins in the form browsers send them and adds a
// mistake for each that can never match. Empty items, as after a trailing comma, are
// skipped.
func checkOrigins(items []string, found *Error) []string {
	var origins []string
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		origin, err := parseOrigin(item)
		if err != nil {
			found.addf("ALLOWED_ORIGINS", "%s", err)
			continue
		}
		origins = append(origins, origin)
	}
	for _, origin := range origins {
		if origin == "*" && len(origins) > 1 {
			found.addf("ALLOWED_ORIGINS", "* means any origin and cannot be combined with others")
			break
		}
	}
	return origins
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// parseOrigin normalizes one origin to the form of the Fetch standard: scheme and host
// in lower case, without the default port of the scheme. "*" stays as it is. The error
// does not repeat a text with an @, which may contain a password.
func parseOrigin(s string) (string, error) {
	if s == "*" {
		return s, nil
	}
	if strings.Contains(s, "@") {
		return "", errors.New("an origin must not contain a user or password; write scheme://host[:port]")
	}
	bad := func(why string) (string, error) {
		return "", errors.New(strconv.Quote(s) + " " + why)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return bad("is not an origin; write scheme://host[:port], such as https://dash.example")
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") {
		return bad("is more than an origin; remove what follows the host or port, also a slash")
	}
	if strings.Contains(u.Host, "*") {
		return bad("has a wildcard; list each origin, or * alone for any")
	}
	port := u.Port()
	if n, err := strconv.ParseUint(port, 10, 16); strings.HasSuffix(u.Host, ":") || (port != "" && (err != nil || n == 0)) {
		return bad("has a port outside 1 to 65535")
	}
	host := strings.ToLower(u.Host)
	if port == defaultPorts[u.Scheme] && port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if h := u.Hostname(); strings.Contains(h, ":") && net.ParseIP(h) == nil {
		return bad("has an invalid IPv6 address")
	}
	return u.Scheme + "://" + host, nil
}
