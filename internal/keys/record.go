package keys

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// record is a key, or an invitation to one.
type record struct {
	key      *access.Key // without a hash if it is an invitation
	created  time.Time
	by       string      // name of the key that made it
	byHash   access.Hash // of that key; zero for the owner's
	token    access.Hash // of an invitation; zero for a key
	until    time.Time   // end of an invitation
	revision uint64
	gone     bool // it was removed with that revision; nothing else is set
}

func (r record) invited() bool { return r.token != access.Hash{} }

// over reports whether the record permits nothing any more, so that its name is free.
func (r record) over(now time.Time) bool {
	return r.gone || expired(r.key, now) || r.invited() && !now.Before(r.until)
}

func expired(k *access.Key, now time.Time) bool {
	return !k.Expires.IsZero() && !now.Before(k.Expires)
}

// stored is a record as it is sealed.
type stored struct {
	Form    int      `json:"form"` // of this struct; 1
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Routers []string `json:"routers"`
	Rules   []string `json:"rules,omitempty"`
	Expires string   `json:"expires,omitempty"`
	Hash    string   `json:"hash,omitempty"` // of the key
	Created int64    `json:"created"`
	By      string   `json:"by"`
	ByHash  string   `json:"by_hash"`
	Token   string   `json:"token,omitempty"` // hash of the token of an invitation
	Until   int64    `json:"until,omitempty"`
}

// storedForm is what this version writes, and the only one that it reads.
const storedForm = 1

// keyPrefix begins the names of records. The name of a key may have a dot at its end, which
// a store may refuse.
const keyPrefix = "keys."

func recordName(name string) string {
	return keyPrefix + base64.RawURLEncoding.EncodeToString([]byte(name))
}

// nameOf is the name of the key of a record; false for other records.
func nameOf(recordName string) (string, bool) {
	text, ok := strings.CutPrefix(recordName, keyPrefix)
	name, err := base64.RawURLEncoding.DecodeString(text)
	return string(name), ok && err == nil
}

// place is what a record is sealed for, so that one cannot be put in the place of another.
func place(name string) string { return "API key " + name }

func encode(r record, ring *secret.Ring) []byte {
	f := r.key.Fields()
	s := stored{
		Form: storedForm, Name: f.Name, Role: f.Role, Routers: f.Routers, Rules: f.Rules, Expires: f.Expires,
		Created: r.created.Unix(), By: r.by, ByHash: r.byHash.String(),
	}
	if r.invited() {
		s.Token, s.Until = r.token.String(), r.until.Unix()
	} else {
		s.Hash = r.key.Hash.String()
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // it has strings and numbers
	}
	return []byte(ring.Seal(secret.New(string(text)), place(f.Name)))
}

func decode(e register.Entry, ring *secret.Ring) (record, error) {
	name, ok := nameOf(e.Name)
	if !ok {
		return record{}, fmt.Errorf("the record %s is of no key", e.Name)
	}
	wrap := func(err error) error { return fmt.Errorf("the record of the API key %q: %w", name, err) }
	text, err := ring.Open(string(e.Value), place(name))
	if err != nil {
		return record{}, wrap(err)
	}
	var s stored
	if err := json.Unmarshal([]byte(text.Reveal()), &s); err != nil {
		return record{}, wrap(errors.New("it is damaged"))
	}
	if s.Form != storedForm {
		return record{}, wrap(fmt.Errorf("it has the form %d, which another version of the program has written; this one reads %d", s.Form, storedForm))
	}
	r := record{created: time.Unix(s.Created, 0), by: s.By, revision: e.Revision}
	hash, err := hashOf(s.Hash)
	if err == nil {
		r.byHash, err = hashOf(s.ByHash)
	}
	if err == nil && s.Token != "" {
		r.token, err = hashOf(s.Token)
		r.until = time.Unix(s.Until, 0)
	}
	if err == nil {
		f := access.Fields{Name: s.Name, Role: s.Role, Routers: s.Routers, Rules: s.Rules, Expires: s.Expires}
		r.key, err = f.Key(hash)
	}
	if err != nil {
		return record{}, wrap(err)
	}
	return r, nil
}

// hashOf parses a hash; the zero one for an empty text.
func hashOf(text string) (h access.Hash, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 0 && len(b) != len(h) {
		return h, errors.New("it has no hash")
	}
	copy(h[:], b)
	return h, nil
}
