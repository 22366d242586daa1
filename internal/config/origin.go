package config

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// checkOrigins returns the origins in the form browsers send them and adds a
// mistake for each that can never match. Empty items are skipped, so that a
// trailing comma does no harm.
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
			found.addf("ALLOWED_ORIGINS", "* stands for any origin and has to be alone")
			break
		}
	}
	return origins
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// parseOrigin normalises one origin as the fetch standard serialises it:
// scheme and host in lower case, the scheme's default port left out. "*" is
// itself. A text with an @ is not repeated in the error: a password may stand
// before it.
func parseOrigin(s string) (string, error) {
	if s == "*" {
		return s, nil
	}
	if strings.Contains(s, "@") {
		return "", errors.New("an origin has no user or password; write scheme://host[:port]")
	}
	bad := func(why string) (string, error) {
		return "", errors.New(strconv.Quote(s) + " " + why)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return bad("is not an origin; write scheme://host[:port], such as https://dash.example")
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") {
		return bad("has more than an origin; end it after the host or port, without a slash")
	}
	if strings.Contains(u.Host, "*") {
		return bad("has a wildcard; list every origin, or * alone for any")
	}
	port := u.Port()
	if n, err := strconv.ParseUint(port, 10, 16); strings.HasSuffix(u.Host, ":") || (port != "" && (err != nil || n == 0)) {
		return bad("has a port that is not within 1 to 65535")
	}
	host := strings.ToLower(u.Host)
	if port == defaultPorts[u.Scheme] && port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if h := u.Hostname(); strings.Contains(h, ":") && net.ParseIP(h) == nil {
		return bad("has a host that is not an IPv6 address")
	}
	return u.Scheme + "://" + host, nil
}
