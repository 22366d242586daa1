// Package access knows who may do what: the API keys beside the owner's, their
// roles, and the routers that each may see.
//
// Keys are lines of a file, one for each, that an operator writes with an editor
// and `mikronec key new` prints:
//
//	# who     what           and the SHA-256 of the key
//	name=noc  role=viewer    routers=branch-*,hq  hash=5f2b…  expires=2027-01-31
//	name=shop role=operator  routers=hotspot-*    hash=81cc…  rule=/ip/hotspot/**:print,add
//
// See Parse for the fields. A KeySet holds the keys that are accepted at the
// moment; the context of each ends when the key does.
//
// A key is looked up by its hash. That is safe with respect to time: what a
// caller could learn from the comparison is about a hash, and nobody can choose a
// key by the beginning of its hash. The hash is a plain SHA-256 without salt: the
// keys are 260 random bits, which no dictionary has and no machine can try, so a
// slow hash would only slow the server down. For a password that a person made up
// this would not do, and nothing here makes one.
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

// Role is what a key may do. A later one may do all that an earlier one may.
type Role int

// Roles. The zero Role permits nothing.
const (
	NoRole   Role = iota
	Viewer        // streams, tickets for them, lists, system-info, metrics
	Operator      // and /run and /run/batch, within its rules
	Admin         // and /connect and /disconnect
)

var roleNames = []string{NoRole: "none", Viewer: "viewer", Operator: "operator", Admin: "admin"}

func (r Role) String() string { return roleNames[r] }

// ParseRole reads viewer, operator or admin.
func ParseRole(text string) (Role, bool) {
	i := slices.Index(roleNames, text)
	return Role(max(i, 0)), i > 0
}

// Hash is the SHA-256 of a key.
type Hash [sha256.Size]byte

// HashOf is the hash of a key as a client sends it.
func HashOf(key string) Hash { return sha256.Sum256([]byte(key)) }

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ID is what a ticket carries of the key that it was issued with: enough to find
// the key, and nothing to make one of.
type ID [8]byte

// Key is what is known of an API key, which is not the key itself. It does not
// change.
type Key struct {
	Name    string
	Role    Role
	Routers Patterns
	Hash    Hash
	Expires time.Time // zero for never
	Rules   []string  // of its commands, in the notation of package rules

	// Commands is what Rules say; without rules the default denials. Nil, as the
	// owner's, for all commands.
	Commands *rules.Set
}

// ID is made of the hash.
func (k *Key) ID() (id ID) {
	copy(id[:], k.Hash[:])
	return id
}

// same reports whether two keys are one in all that they allow.
func (k *Key) same(other *Key) bool {
	return k.Name == other.Name && k.Role == other.Role && k.Hash == other.Hash &&
		k.Expires.Equal(other.Expires) && slices.Equal(k.Routers, other.Routers) && slices.Equal(k.Rules, other.Rules)
}

// Owner is the key of MY_API_KEY: it may do everything. It is no line of a file.
var Owner = &Key{Name: "owner", Role: Admin, Routers: Patterns{"*"}}

// prefix lets scanners for secrets find a key that was put where it does not
// belong.
const prefix = "mk_"

// NewSecret makes the text of a new key, of 260 random bits.
func NewSecret() string { return prefix + rand.Text() + rand.Text() }

// Patterns admit router_ids. Each is an id in which * stands for any text, also
// for none.
type Patterns []string

// Match reports whether any of the patterns admits the id.
func (p Patterns) Match(id string) bool {
	return slices.ContainsFunc(p, func(pattern string) bool { return match(pattern, id) })
}

// All reports whether every id is admitted, whatever it is.
func (p Patterns) All() bool { return slices.Contains(p, "*") }

// match looks for the pieces between the stars from left to right, each as early
// as it can be; the last one has to be at the end. That needs no way back.
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
