package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
)

const redacted = "[redacted]"

// Secret is a string that prints, logs and marshals as "[redacted]". Only Reveal
// returns the text.
type Secret string

// Reveal returns the secret itself, which must not be logged or put into an error.
func (s Secret) Reveal() string { return string(s) }

// String implements [fmt.Stringer].
func (s Secret) String() string { return redacted }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], also for JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format implements [fmt.Formatter] for every verb: %x and %#v do not call String.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// Bytes is a size in bytes. Its text is a whole number, or one followed by KiB or MiB.
type Bytes int64

// The suffixes of Bytes.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
)

var errBytes = errors.New("is not a size; write a whole number of bytes, or of KiB or MiB, such as 64MiB")

// UnmarshalText parses a size. Space before the suffix is allowed, a sign or a
// fraction is not.
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, unit := string(text), Bytes(1)
	if rest, ok := strings.CutSuffix(digits, "KiB"); ok {
		digits, unit = strings.TrimRight(rest, " "), KiB
	} else if rest, ok := strings.CutSuffix(digits, "MiB"); ok {
		digits, unit = strings.TrimRight(rest, " "), MiB
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n > math.MaxInt64/uint64(unit) {
		return errBytes
	}
	*b = Bytes(n) * unit
	return nil
}

// String uses the largest suffix that leaves a whole number; UnmarshalText reads it
// back.
func (b Bytes) String() string {
	switch {
	case b != 0 && b%MiB == 0:
		return strconv.FormatInt(int64(b/MiB), 10) + "MiB"
	case b != 0 && b%KiB == 0:
		return strconv.FormatInt(int64(b/KiB), 10) + "KiB"
	}
	return strconv.FormatInt(int64(b), 10)
}

// LogFormat is the format of log records.
type LogFormat string

// The values of LogFormat.
const (
	LogAuto LogFormat = "auto" // text on a terminal, JSON elsewhere
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// UnmarshalText accepts the three values in either case.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch v := LogFormat(strings.ToLower(string(text))); v {
	case LogAuto, LogText, LogJSON:
		*f = v
		return nil
	}
	return errors.New("is not a log format; use auto, text or json")
}

// Exposure is the ports on which something is served.
type Exposure string

// The values of Exposure.
const (
	Everywhere Exposure = "on"    // on the public port and on the admin port
	AdminOnly  Exposure = "admin" // on the admin port
	Nowhere    Exposure = "off"
)

// UnmarshalText accepts the three values in either case.
func (e *Exposure) UnmarshalText(text []byte) error {
	switch v := Exposure(strings.ToLower(string(text))); v {
	case Everywhere, AdminOnly, Nowhere:
		*e = v
		return nil
	}
	return errors.New("is invalid; use on, admin or off")
}

// AuditFull is what happens to commands while the audit log takes no lines.
type AuditFull string

// The values of AuditFull.
const (
	AuditWait   AuditFull = "wait"
	AuditRefuse AuditFull = "refuse"
)

// UnmarshalText accepts the two values in either case.
func (a *AuditFull) UnmarshalText(text []byte) error {
	switch v := AuditFull(strings.ToLower(string(text))); v {
	case AuditWait, AuditRefuse:
		*a = v
		return nil
	}
	return errors.New("is invalid; use wait or refuse")
}
