// Package secret holds secrets that nothing prints, and seals them for storage.
//
// [Text] is a secret in memory. A [Ring] seals secrets with AES-256-GCM under a key that
// is derived for each of them, so that what holds the sealed form, such as a file or a
// store elsewhere, does not hold the secret.
package secret

import (
	"fmt"
	"log/slog"
	"unique"
)

const redacted = "[redacted]"

// Text is a secret. Only Reveal returns it: every verb of package fmt, slog, JSON and
// other encodings of text give "[redacted]". The zero Text is the empty one. Texts are
// equal if their secrets are, so a Text can be part of the key of a map.
type Text struct {
	// A handle instead of a string, because package fmt prints what is in an unexported
	// field of some other struct without calling Format. Of a handle it prints the address.
	handle unique.Handle[string]
}

// New returns a secret.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{unique.Make(s)}
}

// Reveal returns the secret itself, which must not be logged or put into an error.
func (t Text) Reveal() string {
	if t == (Text{}) {
		return ""
	}
	return t.handle.Value()
}

// String implements [fmt.Stringer].
func (t Text) String() string { return redacted }

// Format implements [fmt.Formatter] for every verb: %x and %#v do not call String.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements [slog.LogValuer].
func (t Text) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], also for JSON and YAML.
func (t Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }
