package access

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/textfile"
)

// Limits of a file.
const (
	MaxSize = 1 << 20 // bytes
	maxName = 64      // bytes
)

// LineError is a mistake in one line. It never repeats what could be a secret.
type LineError struct {
	Line   int // from 1
	Detail string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Detail) }

// Parse parses keys, one per line. Fields have the form name=value and are separated
// by white space; a field that begins with # starts a comment.
//
//	name     unique name for logs and answers: letters, digits and . _ - only
//	role     viewer, operator or admin
//	routers  router_ids or patterns such as branch-*, comma-separated; * for all
//	hash     SHA-256 of the key in hexadecimal digits
//	expires  last day of the key in UTC, or a time of RFC 3339; optional
//	rule     for its commands, for operators and admins; optional, may be repeated
//
// Anything else is an error. All errors are returned together, each a *LineError, and
// then no keys. An expired key is not an error.
func Parse(text string) ([]*Key, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("more than %d bytes", MaxSize)
	}
	var keys []*Key
	var wrong []error
	lines := map[string]int{} // of what may occur once
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) { // a byte order mark, as editors on Windows write it
		n++
		key, err := parseLine(line)
		if err == nil && key != nil {
			err = once(lines, n, key)
		}
		if err != nil {
			wrong = append(wrong, &LineError{n, err.Error()})
		} else if key != nil {
			keys = append(keys, key)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return keys, nil
}

// ReadFile reads keys from a file. The error names the file.
func ReadFile(name string) ([]*Key, error) {
	text, err := textfile.Read(name, MaxSize)
	if err != nil {
		return nil, err
	}
	keys, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", name, err)
	}
	return keys, nil
}

// Join joins the keys of two sources. It is an error if both have the same name or
// hash.
func Join(some, others []*Key) ([]*Key, error) {
	for _, key := range others {
		for _, before := range some {
			switch {
			case key.Name == before.Name:
				return nil, fmt.Errorf("duplicate name %s", key.Name)
			case key.Hash == before.Hash:
				return nil, fmt.Errorf("%s and %s have the same hash", before.Name, key.Name)
			}
		}
	}
	return slices.Concat(some, others), nil
}

// once returns an error for a second key with the same name or hash.
func once(lines map[string]int, n int, key *Key) error {
	for what, value := range map[string]string{"name": key.Name, "hash": string(key.Hash[:])} {
		if before := lines[what+value]; before > 0 {
			return fmt.Errorf("same %s as line %d", what, before)
		}
	}
	lines["name"+key.Name], lines["hash"+string(key.Hash[:])] = n, n
	return nil
}

// parseLine parses one line; the key is nil for a line without fields.
func parseLine(line string) (*Key, error) {
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }) {
		return nil, errors.New("invalid UTF-8 or control character")
	}
	var key Key
	seen := map[string]bool{}
	for i, field := range strings.Fields(line) {
		if strings.HasPrefix(field, "#") {
			break
		}
		name, value, ok := strings.Cut(field, "=")
		switch {
		case !ok:
			return nil, fmt.Errorf("field %d does not have the form name=value", i+1)
		case seen[name] && name != "rule":
			return nil, fmt.Errorf("duplicate %s", name)
		}
		if err := key.set(name, value, i); err != nil {
			return nil, err
		}
		seen[name] = true
	}
	if len(seen) == 0 {
		return nil, nil
	}
	for _, name := range []string{"name", "role", "routers", "hash"} {
		if !seen[name] {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	if len(key.Rules) > 0 && key.Role < Operator {
		return nil, errors.New("rule is not allowed for a viewer, who cannot send commands")
	}
	var err error
	if key.Commands, err = rules.Parse(key.Rules); err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	return &key, nil
}

// set sets one field. Errors do not repeat values: one may be a key by mistake.
func (k *Key) set(name, value string, place int) (err error) {
	switch name {
	case "name":
		k.Name = value
		return CheckName(value)
	case "role":
		var ok bool
		if k.Role, ok = ParseRole(value); !ok {
			return errors.New("role must be viewer, operator or admin")
		}
	case "routers":
		k.Routers, err = ParsePatterns(value)
	case "hash":
		b, err := hex.DecodeString(value)
		if err != nil || copy(k.Hash[:], b) != len(k.Hash) || len(b) != len(k.Hash) {
			return fmt.Errorf("hash must be the SHA-256 of the key, %d hexadecimal digits, and never the key itself; mikronec key new prints it", 2*len(k.Hash))
		}
	case "expires":
		k.Expires, err = ParseExpiry(value)
	case "rule":
		if value == "" {
			return errors.New("rule is empty")
		}
		k.Rules = append(k.Rules, value)
	default:
		return fmt.Errorf("field %d is unknown; use name, role, routers, hash, expires and rule", place+1)
	}
	return err
}

// CheckName returns an error for a name that a key cannot have.
func CheckName(name string) error {
	foreign := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("._-", r)
	}
	switch {
	case name == "" || len(name) > maxName || strings.ContainsFunc(name, foreign):
		return fmt.Errorf("name must be 1 to %d letters, digits and . _ -", maxName)
	case strings.HasPrefix(name, prefix):
		return fmt.Errorf("name must not begin with %s, as keys do", prefix)
	case slices.Contains([]string{Owner.Name, "ticket"}, name):
		return fmt.Errorf("reserved name %s", name)
	}
	return nil
}

// ParsePatterns parses comma-separated patterns.
func ParsePatterns(text string) (Patterns, error) {
	patterns := strings.Split(text, ",")
	if slices.Contains(patterns, "") {
		return nil, errors.New("routers must be router_ids or patterns such as branch-*, comma-separated, without spaces; * for all")
	}
	if strings.Trim(text, `"'`) != text {
		return nil, errors.New("routers must be written without quotation marks")
	}
	return patterns, nil
}

// lastMoment is the last time in RFC 3339. Some people write the end of 9999 for
// never.
var lastMoment = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// ParseExpiry parses a time of RFC 3339, or a date, which means the end of that day in
// UTC. Years are 1970 to 9999: the zero time, in the year 1, means no expiry.
func ParseExpiry(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if day, notADay := time.Parse(time.DateOnly, text); notADay == nil {
		at, err = day.AddDate(0, 0, 1), nil
		if day.Year() == lastMoment.Year() && at.After(lastMoment) {
			at = lastMoment
		}
	}
	if err != nil || at.Unix() < 0 || at.After(lastMoment) {
		return time.Time{}, errors.New("expires must be a date such as 2027-01-31, or a time such as 2027-01-31T17:00:00+07:00, of the years 1970 to 9999 in UTC")
	}
	return at, nil
}

// Line formats the key as a line for Parse, without a line break.
func (k *Key) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name=%s role=%s routers=%s hash=%s", k.Name, k.Role, strings.Join(k.Routers, ","), k.Hash)
	if !k.Expires.IsZero() {
		fmt.Fprintf(&b, " expires=%s", k.Expires.UTC().Format(time.RFC3339))
	}
	for _, rule := range k.Rules {
		fmt.Fprintf(&b, " rule=%s", rule)
	}
	return b.String()
}
