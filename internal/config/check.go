package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/caarlos0/env/v11"

	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Mistake is one thing wrong with one environment variable.
type Mistake struct {
	Variable string
	Detail   string // what is wrong and what would be right; never a secret
}

// Error lists every mistake in the environment, in the order of Config for each kind
// of mistake.
type Error struct {
	Mistakes []Mistake
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("invalid configuration:")
	for _, m := range e.Mistakes {
		fmt.Fprintf(&b, "\n  %s: %s", m.Variable, m.Detail)
	}
	return b.String()
}

func (e *Error) add(m Mistake) { e.Mistakes = append(e.Mistakes, m) }

func (e *Error) addf(name, format string, args ...any) {
	e.add(Mistake{name, fmt.Sprintf(format, args...)})
}

func (e *Error) names(variable string) bool {
	for _, m := range e.Mistakes {
		if m.Variable == variable {
			return true
		}
	}
	return false
}

// explain turns an error of package env, which is about struct fields and Go types,
// into one about a variable.
func explain(err error, environ map[string]string) Mistake {
	if unset, ok := errors.AsType[env.VarIsNotSetError](err); ok {
		return Mistake{unset.Key, "is required but not set or blank"}
	}
	parse, ok := errors.AsType[env.ParseError](err)
	if !ok {
		return Mistake{"environment", err.Error()}
	}
	field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	detail := parse.Err.Error()
	switch field.Type {
	case reflect.TypeFor[int]():
		detail = "is not a whole number"
	case reflect.TypeFor[time.Duration]():
		detail = "is not a duration; write it with its unit, such as 500ms, 2s or 1m30s"
	case reflect.TypeFor[slog.Level]():
		detail = "is not a log level; use debug, info, warn or error"
	}
	return Mistake{name, strconv.Quote(environ[name]) + " " + detail}
}

// check adds the mistakes in values that could be parsed, and normalizes origins and
// proxies. Variables that were reported before are skipped: their fields are empty.
func (c *Config) check(found *Error) {
	c.checkLimits(found)
	c.checkFleet(found)

	if strings.ContainsFunc(c.APIKey.Reveal(), func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) {
		found.addf("MY_API_KEY", "has characters that are not allowed in an HTTP header; use printable ASCII")
	}
	if n := len(c.TicketSecret); n > 0 && n < MinTicketSecret {
		found.addf("TICKET_SECRET", "is too short; use at least %d bytes, or leave it empty", MinTicketSecret)
	}
	if !validHost(c.ListenHost) {
		found.addf("LISTEN_HOST", "%q is not a host name or IP address; set the port in PORT, and write IPv6 without brackets", c.ListenHost)
	}
	if _, port, err := net.SplitHostPort(c.AdminAddr); c.AdminAddr != "" && (err != nil || !validPort(port)) {
		found.addf("ADMIN_ADDR", "%q is not an address with a port, such as 127.0.0.1:9090", c.AdminAddr)
	}
	if c.Metrics == AdminOnly && c.AdminAddr == "" {
		found.addf("METRICS", "admin requires ADMIN_ADDR")
	}
	c.AllowedOrigins = checkOrigins(c.AllowedOrigins, found)
	c.TrustedProxies = checkProxies(c.TrustedProxies, found)
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		found.addf("TLS_CERT_FILE", "must be set together with TLS_KEY_FILE")
	}
	if _, err := dialpolicy.Parse(c.RouterNetworks); err != nil {
		found.addf("ROUTER_NETWORKS", "%s", err)
	}

	if _, err := dialpolicy.Parse(c.AlertNetworks); err != nil {
		found.addf(AlertNetworks, "%s", err)
	}

	switch strings.ToLower(c.AuditLog) {
	case "off", "stdout":
		c.AuditLog = strings.ToLower(c.AuditLog)
	case "on", "true", "yes", "no", "false", "stderr", "file":
		found.addf("AUDIT_LOG", "%q is not a target; use off, stdout or the path of a file", c.AuditLog)
	}
	if _, err := rules.Parse([]string{c.CommandRules}); err != nil {
		found.addf("COMMAND_RULES", "%s", err)
	}

	found.order("RECONNECT_MIN", c.ReconnectMin, "RECONNECT_MAX", c.ReconnectMax)
	found.order("RUN_TIMEOUT", c.RunTimeout, "MAX_RUN_TIMEOUT", c.MaxRunTimeout)
}

// order adds a mistake if one duration is longer than another.
func (e *Error) order(name string, d time.Duration, limit string, upper time.Duration) {
	if d > upper && !e.names(name) && !e.names(limit) {
		e.addf(name, "%v is longer than %s (%v)", d, limit, upper)
	}
}

func (c *Config) checkLimits(found *Error) {
	for v := range variables() {
		if found.names(v.name) {
			continue
		}
		lower, upper := v.field.Tag.Get("min"), v.field.Tag.Get("max")
		var detail string
		switch value := reflect.ValueOf(*c).FieldByIndex(v.field.Index).Interface().(type) {
		case time.Duration:
			detail = rangeError(value, lower, upper, time.ParseDuration)
			if lower == "" && value <= 0 {
				detail = "is too short; it must be longer than zero"
			}
		case int:
			detail = rangeError(value, lower, upper, strconv.Atoi)
		case Bytes:
			detail = rangeError(value, lower, upper, func(s string) (b Bytes, err error) {
				return b, b.UnmarshalText([]byte(s))
			})
		}
		if detail != "" {
			found.addf(v.name, "%v %s", reflect.ValueOf(*c).FieldByIndex(v.field.Index), detail)
		}
	}
}

// rangeError says how value is outside the limits, or returns "". A limit that does
// not parse is a mistake in the tags of Config and panics; any test finds it.
func rangeError[T cmp.Ordered](value T, lower, upper string, parse func(string) (T, error)) string {
	limit := func(s string) T {
		v, err := parse(s)
		if err != nil {
			panic("config: limit " + s + ": " + err.Error())
		}
		return v
	}
	switch {
	case lower != "" && value < limit(lower):
		return "is too small; the minimum is " + lower
	case upper != "" && value > limit(upper):
		return "is too large; the maximum is " + upper
	}
	return ""
}

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// validHost accepts "" (all interfaces), an IP address, and what looks like a host
// name. Whether the name resolves is found out when listening.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
	})
}
