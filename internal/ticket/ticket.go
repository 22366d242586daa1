// Package ticket issues and verifies short-lived tickets for event streams. A browser
// has to put its credential into the URL of a stream, where an API key must not be.
//
// A ticket says which routers and topics may be watched and until when, and is signed.
// No server stores it: every instance with the same secret accepts it. It can be
// revoked only together with the API key that it was issued with, and may be used
// again until it expires, so its lifetime should be just enough to open a stream. Its
// content is signed, not encrypted: whoever has a ticket can read the router_ids.
//
// A ticket is the base64url encoding, without padding, of
//
//	version 1 (one byte) | payload | HMAC-SHA256 of all before it (32 bytes)
//
// and the payload, with numbers as unsigned varints, is
//
//	id (16 random bytes) | issued (Unix seconds) | lifetime (seconds) | routers | topics | key
//
// Routers and topics are 0 for all, or the number of names followed by the names,
// sorted, each after its length. Key identifies the API key that the ticket was issued
// with, by 8 bytes that are not all zero; it may be absent. Whoever accepts the ticket
// has to check that the key is still valid and what it may do now.
package ticket

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limits of a ticket. Skew is how much the clocks of two instances may differ: a ticket
// is accepted that long before it was issued and after it expired.
const (
	MaxLength   = 4096 // characters
	MaxLifetime = time.Hour
	Skew        = 5 * time.Second
)

const (
	version  = 1
	macSize  = sha256.Size
	keyLabel = "mikronec stream ticket 1" // separates this use of the secret from any other
)

// Why a ticket is not accepted. The text is for the client; it never repeats the
// ticket.
var (
	ErrMalformed = errors.New("malformed ticket")
	ErrForged    = errors.New("the ticket has an invalid signature: it was changed, or signed with another secret")
	ErrExpired   = errors.New("the ticket expired")
	ErrEarly     = errors.New("the ticket is not valid yet")
)

// ErrTooLong is returned by Issue for more names than fit into MaxLength.
var ErrTooLong = fmt.Errorf("the ticket would be longer than %d characters; name fewer routers, or all of them", MaxLength)

// Claims is the content of a ticket. Times are truncated to whole seconds.
type Claims struct {
	Routers Set // router_ids
	Topics  Set
	Issued  time.Time
	Expires time.Time // at most MaxLife after Issued
	ID      [16]byte  // random, set by Issue: no two tickets are the same
	Key     [8]byte   // of the API key that it was issued with: its access.ID, or one of Tags of the owner's
}

// Signer issues and verifies tickets. Its methods may be called concurrently.
type Signer struct {
	keys [][]byte // the first one signs; static
}

// New returns a signer, which signs with the first of the secrets and accepts tickets that
// are signed with any of them. Tickets are signed with a key derived from the secret
// (HKDF-SHA256). It must be long: whoever has a ticket can test guesses offline.
func New(secrets ...[]byte) *Signer {
	s := &Signer{}
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, keyLabel, sha256.Size)
		if err != nil {
			// Only where GODEBUG=fips140=only forbids secrets below 14 bytes.
			panic("ticket: derive the key: " + err.Error())
		}
		s.keys = append(s.keys, key)
	}
	return s
}

// Tags identify a secret, such as the owner's key, in tickets: the first one in those that
// this signer issues, any of them in those that it accepts. A ticket with a tag is no test
// for guesses of the secret: that takes the secret of the signer.
func (s *Signer) Tags(secret string) [][8]byte {
	tags := make([][8]byte, len(s.keys))
	for i, key := range s.keys {
		copy(tags[i][:], mac(key, append([]byte("key "), secret...)))
	}
	return tags
}

// Issue returns a ticket with these claims and a new ID.
func (s *Signer) Issue(c Claims) (string, error) {
	if c.Routers.empty() || c.Topics.empty() {
		return "", errors.New("a ticket must have at least one router and one topic")
	}
	if lifetime := c.Expires.Unix() - c.Issued.Unix(); c.Issued.Unix() < 0 || lifetime < 1 || lifetime > int64(MaxLifetime/time.Second) {
		return "", fmt.Errorf("the lifetime of a ticket must be 1s to %v", MaxLifetime)
	}
	_, _ = rand.Read(c.ID[:]) // never fails
	b := appendClaims([]byte{version}, c)
	if base64.RawURLEncoding.EncodedLen(len(b)+macSize) > MaxLength {
		return "", ErrTooLong
	}
	return base64.RawURLEncoding.EncodeToString(append(b, mac(s.keys[0], b)...)), nil
}

// Verify returns the claims of a ticket that was issued with one of the secrets and is
// valid at now. The error wraps ErrMalformed, ErrForged, ErrExpired or ErrEarly. Except
// for the version, nothing is parsed before the signature is verified.
func (s *Signer) Verify(token string, now time.Time) (Claims, error) {
	b, err := decode(token)
	if err != nil {
		return Claims{}, err
	}
	signed, sum := b[:len(b)-macSize], b[len(b)-macSize:]
	if !slices.ContainsFunc(s.keys, func(key []byte) bool { return hmac.Equal(sum, mac(key, signed)) }) {
		return Claims{}, ErrForged
	}
	c, ok := readClaims(signed[1:])
	if !ok {
		return Claims{}, fmt.Errorf("%w: invalid payload", ErrMalformed)
	}
	if late := now.Sub(c.Expires); late >= Skew {
		return Claims{}, fmt.Errorf("%w %v ago; get a new one", ErrExpired, late.Truncate(time.Second))
	}
	if early := c.Issued.Sub(now); early > Skew {
		return Claims{}, fmt.Errorf("%w for another %v; the clocks of the servers differ", ErrEarly, early.Truncate(time.Second))
	}
	return c, nil
}

// decode decodes the base64 and checks the version. It accepts exactly one text for
// each ticket: the decoder alone would ignore line breaks and unused bits at the end.
func decode(token string) ([]byte, error) {
	if len(token) > MaxLength {
		return nil, fmt.Errorf("%w: longer than %d characters", ErrMalformed, MaxLength)
	}
	encoding := base64.RawURLEncoding.Strict()
	b, err := encoding.DecodeString(token)
	if err != nil || encoding.EncodedLen(len(b)) != len(token) || len(b) < 1+macSize {
		return nil, ErrMalformed
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: version %d, want %d", ErrMalformed, b[0], version)
	}
	return b, nil
}

func mac(key, b []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(b)
	return h.Sum(nil)
}
