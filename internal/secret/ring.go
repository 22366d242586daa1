package secret

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// keySize is the length of a key of a ring in bytes.
const keySize = 32

// Ring is a set of keys: the first one seals, all of them open. It does not change.
type Ring struct {
	keys []ringKey
}

type ringKey struct {
	id     string
	master [keySize]byte
}

// Format implements [fmt.Formatter]: no verb prints the keys.
func (r *Ring) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "key ring %s", strings.Join(r.IDs(), ","))
}

// NewKey returns a new key in the notation of [ParseRing]. Its id is made of the date and
// three random letters, so that people can tell keys apart.
func NewKey(now time.Time) string {
	var master [keySize]byte
	_, _ = rand.Read(master[:]) // never fails
	id := now.UTC().Format("20060102") + "-" + strings.ToLower(rand.Text()[:3])
	return id + "=" + base64.StdEncoding.EncodeToString(master[:])
}

// ParseRing parses lines of the form id=key, the key being 32 bytes in base64. Blank lines
// and those that begin with # are ignored. No error has a part of a key.
func ParseRing(text string) (*Ring, error) {
	r := &Ring{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.Contains(r.IDs(), key.id) {
			return nil, fmt.Errorf("line %d: the id %q is used twice", n, key.id)
		}
		r.keys = append(r.keys, key)
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("a line is too long")
	}
	if len(r.keys) == 0 {
		return nil, errors.New("there is no key; mikronec secrets new makes one")
	}
	return r, nil
}

func parseKey(line string) (ringKey, error) {
	id, text, ok := strings.Cut(line, "=")
	id, text = strings.TrimSpace(id), strings.TrimSpace(text)
	// The id is a part of a sealed text and of names in a store. Text without an id may be a
	// key, so it is not shown.
	if !ok || id == "" || len(id) > 32 || strings.ContainsFunc(id, isForeign) {
		return ringKey{}, errors.New("is not id=key; the id has up to 32 letters, digits, _ and -, as mikronec secrets new prints it")
	}
	key := ringKey{id: id}
	master, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(master) != keySize {
		return ringKey{}, fmt.Errorf("the key %q is not %d bytes in base64", id, keySize)
	}
	copy(key.master[:], master)
	return key, nil
}

func isForeign(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-'
}

// maxRing is the maximum size of a file of keys.
const maxRing = 64 << 10

// ReadRing reads a file in the notation of [ParseRing].
func ReadRing(path string) (*Ring, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- named by the operator
	if err != nil {
		return nil, err
	}
	if len(text) > maxRing {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxRing)
	}
	ring, err := ParseRing(string(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// Derive returns 32 bytes of each key for another purpose than sealing. As with sealing, the
// first ones sign and all are accepted: then those who have rings of one fleet understand
// each other while its keys are replaced.
func (r *Ring) Derive(purpose string) [][]byte {
	all := make([][]byte, len(r.keys))
	for i, key := range r.keys {
		derived, err := hkdf.Key(sha256.New, key.master[:], nil, "mikronec "+purpose, sha256.Size)
		if err != nil {
			panic(err) // only for a length that no hash gives
		}
		all[i] = derived
	}
	return all
}

// IDs returns the ids of the keys in their order; the first one seals.
func (r *Ring) IDs() []string {
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id
	}
	return ids
}
