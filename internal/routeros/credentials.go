package routeros

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Credentials are user and password. The type never prints the password.
type Credentials struct {
	User     string
	Password string
	// Pages are the code pages in which both are sent, the likeliest first; none is
	// UTF-8 alone. A router compares bytes, and which ones it has depends on the tool
	// that made the user: see package charset. No more than two are tried.
	Pages []charset.Page
}

// String is the user alone.
func (c Credentials) String() string { return c.User }

// GoString is the user alone, so that %#v does not print the password either.
func (c Credentials) GoString() string { return c.User }

// MarshalText is the user alone: JSON, and with it a JSON log, does not use String.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.User), nil }

// MaxCredential is the maximum length of a user and of a password, in bytes.
const MaxCredential = 256

// CheckCredential returns why a text is sent to no router as user or password; the
// error completes a sentence that begins with the name of the field, and does not
// repeat the text. Whatever listens at an address gets both before it has shown that
// it is a router: with a line break in them, a server of a protocol of lines would take
// what follows for a line of its own.
func CheckCredential(text string) error {
	switch {
	case len(text) > MaxCredential:
		return fmt.Errorf("is longer than %d bytes", MaxCredential)
	case strings.ContainsFunc(text, isControl):
		return errors.New("has a line break or another control character")
	}
	return nil
}

// isControl reports whether a character is a control character or breaks a line.
func isControl(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// check refuses credentials that [CheckCredential] refuses. Nothing was sent.
func (c Credentials) check() error {
	if err := CheckCredential(c.User); err != nil {
		return &NotSentError{fmt.Errorf("the user %w", err)}
	}
	if err := CheckCredential(c.Password); err != nil {
		return &NotSentError{fmt.Errorf("the password %w", err)}
	}
	return nil
}

// form is how user and password are written on the wire.
type form struct {
	page           charset.Page
	user, password string
}

// maxLogins is how many forms are tried: each refusal is a line in the log of the
// router, and the fifth on one connection ends it.
const maxLogins = 2

// forms are the ways to write the credentials, without those that have the same
// bytes as one before. A page that lacks one of the characters is none of them, nor
// one that writes a character with the byte of a control character.
func (c Credentials) forms() []form {
	var forms []form
	for _, page := range c.Pages {
		user, err := page.Encode(c.User)
		password, wrong := page.Encode(c.Password)
		known := func(f form) bool { return f.user == user && f.password == password }
		if err == nil && wrong == nil && len(forms) < maxLogins && !slices.ContainsFunc(forms, known) && !hasControlByte(user+password) {
			forms = append(forms, form{page, user, password})
		}
	}
	if len(forms) == 0 {
		return []form{{charset.UTF8(), c.User, c.Password}}
	}
	return forms
}

// hasControlByte does not count the escape, which iso-2022-jp has between its parts.
func hasControlByte(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != 0x1b || s[i] == 0x7f {
			return true
		}
	}
	return false
}
