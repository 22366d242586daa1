// Package access holds the API keys other than the owner's, their roles, and the
// routers that each may use.
//
// Keys are lines of a file, which `mikronec key new` prints and an operator edits:
//
//	# who     what           and the SHA-256 of the key
//	name=noc  role=viewer    routers=branch-*,hq  hash=5f2b…  expires=2027-01-31
//	name=shop role=operator  routers=hotspot-*    hash=81cc…  rule=/ip/hotspot/**:print,add
//
// See Parse for the fields. A KeySet holds the keys that are accepted at the
// moment; the context of each ends when the key does.
//
// A key is looked up by its hash. The lookup needs no constant time: its duration
// could tell something about the hash only, and nobody can construct a key from the
// beginning of its hash. The hash is a plain SHA-256 without salt: keys are 260 random
// bits, which no dictionary holds and no machine can try out, so a slow hash would
// only slow the server down. It would not be enough for passwords chosen by people.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/rules"
)

// Role is what a key may do. Each role includes those before it.
type Role int

// Roles. The zero Role permits nothing.
const (
	NoRole   Role = iota
	Viewer        // streams, tickets for them, lists, system-info, metrics
	Operator      // also /run and /run/batch, within its rules
	Admin         // also /connect and /disconnect
)

var roleNames = []string{NoRole: "none", Viewer: "viewer", Operator: "operator", Admin: "admin"}

func (r Role) String() string { return roleNames[r] }

// ParseRole parses viewer, operator or admin.
func ParseRole(text string) (Role, bool) {
	i := slices.Index(roleNames, text)
	return Role(max(i, 0)), i > 0
}

// Hash is the SHA-256 of a key.
type Hash [sha256.Size]byte

// HashOf returns the hash of a key as a client sends it.
func HashOf(key string) Hash { return sha256.Sum256([]byte(key)) }

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ID identifies the key that a ticket was issued with, as it was then: name, hash,
// permissions and expiry. It is enough to find the key, and cannot be used as a key.
type ID [8]byte

// Key describes an API key, without the key itself. It must not be changed.
type Key struct {
	Name    string
	Role    Role
	Routers Patterns
	Hash    Hash
	Expires time.Time // zero for never
	Rules   []string  // for its commands, in the notation of package rules

	// Commands is the parsed Rules; without rules it has the default denials. The
	// owner's is nil: all commands are allowed.
	Commands *rules.Set
}

// ID returns the identifier of the key. Keys that differ in anything have different ones,
// on every instance that has the same line for the key the same one.
func (k *Key) ID() (id ID) {
	sum := sha256.Sum256([]byte(k.Line()))
	copy(id[:], sum[:])
	return id
}

// same reports whether two keys have the same name, hash and permissions.
func (k *Key) same(other *Key) bool {
	return k.Name == other.Name && k.Role == other.Role && k.Hash == other.Hash &&
		k.Expires.Equal(other.Expires) && slices.Equal(k.Routers, other.Routers) && slices.Equal(k.Rules, other.Rules)
}

// Owner is the key of MY_API_KEY. It may do everything and is in no file.
var Owner = &Key{Name: "owner", Role: Admin, Routers: Patterns{"*"}}

// prefix lets secret scanners find keys that were published by mistake.
const prefix = "mk_"

// NewSecret returns a new key of 260 random bits, as a client sends it.
func NewSecret() string { return prefix + rand.Text() + rand.Text() }

// Patterns match router_ids. In each, * matches any text, also none.
type Patterns []string

// Match reports whether any of the patterns matches the id.
func (p Patterns) Match(id string) bool {
	return slices.ContainsFunc(p, func(pattern string) bool { return match(pattern, id) })
}

// All reports whether one of the patterns is *.
func (p Patterns) All() bool { return slices.Contains(p, "*") }

// match finds the pieces between the stars from left to right, each at its first
// occurrence; the last must be at the end. No backtracking is needed.
func match(pattern, id string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == id
	}
	id, ok := strings.CutPrefix(id, first)
	for ok {
		piece, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(id, piece)
		}
		_, id, ok = strings.Cut(id, piece)
		rest = more
	}
	return false
}
