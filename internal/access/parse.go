package access

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/rules"
)

// Limits of a file.
const (
	MaxSize = 1 << 20 // bytes
	maxName = 64      // bytes
)

// LineError is what is wrong with one line. It never repeats what could be a
// secret.
type LineError struct {
	Line   int // from 1
	Detail string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Detail) }

// Parse reads keys, one a line, in fields of the form name=value between blanks;
// what follows a # at the beginning of a field is a comment.
//
//	name     who it is, in the log and in answers: letters, digits and . _ - only; each once
//	role     viewer, operator or admin
//	routers  router_ids or patterns such as branch-*, between commas; * for all
//	hash     SHA-256 of the key in hexadecimal digits
//	expires  a date (the key counts to its end, in UTC) or a time of RFC 3339; without, it never expires
//	rule     of its commands, as often as needed, for operators and admins
//
// Anything else is an error. All errors are returned together, each a *LineError,
// and then no keys. A key that expired is none of them: it is a key that nobody
// gets in with.
func Parse(text string) ([]*Key, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("longer than %d bytes", MaxSize)
	}
	var keys []*Key
	var wrong []error
	lines := map[string]int{} // of what may occur once
	n := 0
	for line := range strings.Lines(text) {
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
	f, err := os.Open(name) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	keys, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", name, err)
	}
	return keys, nil
}

// Join is the keys of two sources. The error names what both have, which is
// nobody's secret.
func Join(some, others []*Key) ([]*Key, error) {
	for _, key := range others {
		for _, before := range some {
			switch {
			case key.Name == before.Name:
				return nil, fmt.Errorf("the name %s is there twice", key.Name)
			case key.ID() == before.ID():
				return nil, fmt.Errorf("%s and %s have the same hash", before.Name, key.Name)
			}
		}
	}
	return slices.Concat(some, others), nil
}

// once refuses a second key of a name or of a secret.
func once(lines map[string]int, n int, key *Key) error {
	id := key.ID()
	for what, value := range map[string]string{"name": key.Name, "hash": string(id[:])} {
		if before := lines[what+value]; before > 0 {
			return fmt.Errorf("its %s is that of line %d, too", what, before)
		}
	}
	lines["name"+key.Name], lines["hash"+string(id[:])] = n, n
	return nil
}

// parseLine returns nil for a line without a key.
func parseLine(line string) (*Key, error) {
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }) {
		return nil, errors.New("it is not text in UTF-8")
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
			return nil, fmt.Errorf("field %d is not of the form name=value", i+1)
		case seen[name] && name != "rule":
			return nil, fmt.Errorf("%s is there twice", name)
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
		return nil, errors.New("rule is for the roles operator and admin; a viewer sends no commands")
	}
	var err error
	if key.Commands, err = rules.Parse(key.Rules); err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	return &key, nil
}

// set enters one field. Values are repeated only where no secret is expected.
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
		return fmt.Errorf("field %d is none of name, role, routers, hash, expires and rule", place+1)
	}
	return err
}

// CheckName refuses what is no name for a key.
func CheckName(name string) error {
	foreign := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("._-", r)
	}
	switch {
	case name == "" || len(name) > maxName || strings.ContainsFunc(name, foreign):
		return fmt.Errorf("name must be 1 to %d letters, digits and . _ -", maxName)
	case strings.HasPrefix(name, prefix):
		return fmt.Errorf("a name must not begin with %s, as keys do", prefix)
	case slices.Contains([]string{Owner.Name, "ticket"}, name):
		return fmt.Errorf("the name %s is taken: the log calls somebody else so", name)
	}
	return nil
}

// ParsePatterns reads patterns between commas.
func ParsePatterns(text string) (Patterns, error) {
	patterns := strings.Split(text, ",")
	if slices.Contains(patterns, "") {
		return nil, errors.New("routers must be router_ids or patterns such as branch-*, between commas and without blanks; * for all")
	}
	return patterns, nil
}

// lastMoment is the last one that RFC 3339 can write: some put the end of 9999
// for never.
var lastMoment = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// ParseExpiry reads a date, which it takes to its end in UTC, or a time of
// RFC 3339, of the years 1970 to 9999: the zero time, which is in the year 1,
// would stand for a key that never expires.
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

// Line is the key as a line that Parse reads, without its end.
func (k *Key) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name=%s role=%s routers=%s hash=%s", k.Name, k.Role, strings.Join(k.Routers, ","), k.Hash)
	if !k.Expires.IsZero() {
		fmt.Fprintf(&b, " expires=%s", k.Expires.Format(time.RFC3339))
	}
	for _, rule := range k.Rules {
		fmt.Fprintf(&b, " rule=%s", rule)
	}
	return b.String()
}
