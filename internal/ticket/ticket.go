// Package ticket makes and checks short-lived tickets for event streams: what a
// browser can put into a URL, where an API key must never be.
//
// A ticket says which routers and topics may be watched and until when, and is
// signed. No server remembers it: every instance with the same secret takes it.
// It cannot be withdrawn but together with the API key it was issued with, and
// may be used more than once while it lasts, so it should last as long as opening
// a stream takes. Its content is signed, not
// hidden: whoever has a ticket can read the router_ids in it.
//
// A ticket is base64url without padding of
//
//	version 1 (one byte) | payload | HMAC-SHA256 of all before it (32 bytes)
//
// and the payload, with numbers as unsigned varints, is
//
//	id (16 random bytes) | issued (Unix seconds) | life (seconds) | routers | topics | key
//
// Routers and topics are 0 for all, or the number of names followed by the
// names, sorted, each behind its length. Key is nothing for a ticket of the owner,
// and 8 bytes that are not all zero for one of another API key: whoever takes the
// ticket asks what that key may do now, and whether it still counts.
package ticket

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Limits of a ticket. Skew is how far the clocks of two instances may be apart:
// a ticket is taken that much before it was issued and after it expired.
const (
	MaxLength   = 4096 // characters
	MaxLifetime = time.Hour
	Skew        = 5 * time.Second
)

const (
	version  = 1
	macSize  = sha256.Size
	keyLabel = "mikronec stream ticket 1" // keeps this use of the secret apart from any other
)

// What can be wrong with a ticket. The text is for the person who holds it; it
// never repeats the ticket.
var (
	ErrMalformed = errors.New("this is not a whole ticket")
	ErrForged    = errors.New("the ticket is not signed with the secret of this server, or was changed")
	ErrExpired   = errors.New("the ticket expired")
	ErrEarly     = errors.New("the ticket is not valid yet")
)

// ErrTooLong is what Issue says of more names than fit into MaxLength.
var ErrTooLong = fmt.Errorf("the ticket would be longer than %d characters; name fewer routers, or all of them", MaxLength)

// Claims is what a ticket says. Times are whole seconds; what is below is cut
// off.
type Claims struct {
	Routers Set // router_ids
	Topics  Set
	Issued  time.Time
	Expires time.Time // at most MaxLife after Issued
	ID      [16]byte  // chosen by Issue: two tickets are never the same
	Key     [8]byte   // which API key it was issued with; zero for the owner's
}

// Signer issues and verifies tickets. Its methods may be used concurrently.
type Signer struct {
	key []byte // static
}

// New returns a signer. Signers of the same secret take each other's tickets.
// The secret itself signs nothing, a key derived from it does (HKDF-SHA256), so
// that it may be one with another use. Still, whoever has a ticket can try
// guesses of the secret against it: it has to be too long for that.
func New(secret []byte) *Signer {
	key, err := hkdf.Key(sha256.New, secret, nil, keyLabel, sha256.Size)
	if err != nil {
		// Only where GODEBUG=fips140=only forbids secrets below 14 bytes.
		panic("ticket: derive the key: " + err.Error())
	}
	return &Signer{key: key}
}

// Issue returns the ticket of claims, whose ID it chooses.
func (s *Signer) Issue(c Claims) (string, error) {
	if c.Routers.empty() || c.Topics.empty() {
		return "", errors.New("a ticket needs at least one router and one topic")
	}
	if life := c.Expires.Unix() - c.Issued.Unix(); c.Issued.Unix() < 0 || life < 1 || life > int64(MaxLifetime/time.Second) {
		return "", fmt.Errorf("a ticket lasts from 1 s to %v", MaxLifetime)
	}
	_, _ = rand.Read(c.ID[:]) // never fails
	b := appendClaims([]byte{version}, c)
	if base64.RawURLEncoding.EncodedLen(len(b)+macSize) > MaxLength {
		return "", ErrTooLong
	}
	return base64.RawURLEncoding.EncodeToString(append(b, s.mac(b)...)), nil
}

// Verify returns what the ticket says if it was issued with the same secret and
// is valid at now. The error is one of ErrMalformed, ErrForged, ErrExpired and
// ErrEarly, with details. Nothing of a ticket is read before its signature is
// found to be right, other than the version.
func (s *Signer) Verify(token string, now time.Time) (Claims, error) {
	b, err := decode(token)
	if err != nil {
		return Claims{}, err
	}
	signed, mac := b[:len(b)-macSize], b[len(b)-macSize:]
	if !hmac.Equal(mac, s.mac(signed)) { // in constant time
		return Claims{}, ErrForged
	}
	c, ok := readClaims(signed[1:])
	if !ok {
		return Claims{}, fmt.Errorf("%w: its content is of another program", ErrMalformed)
	}
	if late := now.Sub(c.Expires); late >= Skew {
		return Claims{}, fmt.Errorf("%w %v ago; get a new one", ErrExpired, late.Truncate(time.Second))
	}
	if early := c.Issued.Sub(now); early > Skew {
		return Claims{}, fmt.Errorf("%w for another %v; the clocks of the servers differ", ErrEarly, early.Truncate(time.Second))
	}
	return c, nil
}

// decode undoes the base64 and checks the version. There is one text for each
// ticket: the decoder would pass over line breaks and stray bits at the end.
func decode(token string) ([]byte, error) {
	if len(token) > MaxLength {
		return nil, fmt.Errorf("%w: it is longer than %d characters", ErrMalformed, MaxLength)
	}
	encoding := base64.RawURLEncoding.Strict()
	b, err := encoding.DecodeString(token)
	if err != nil || encoding.EncodedLen(len(b)) != len(token) || len(b) < 1+macSize {
		return nil, ErrMalformed
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: its version is %d, not %d", ErrMalformed, b[0], version)
	}
	return b, nil
}

func (s *Signer) mac(b []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write(b)
	return h.Sum(nil)
}
