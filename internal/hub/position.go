package hub

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Position is a place in an order of events: what a viewer got that has come as far. It is
// one value for a stream of any number of routers, and means the same in every process that
// takes its events from the same order: the epoch tells one order from the next.
//
// Viewers must not read it. The sequence counts the events of all routers, also of those
// that a viewer may not see. They get it sealed, see [Sealer].
type Position struct {
	Epoch    uint64 // random; that of one hub, and so of one process, or of those that share an order
	Sequence uint64 // of the event in the order, from 1 on; 0 before all of them
}

// Sealer makes ids of positions and positions of ids. An id is one AES block, in which the
// epoch and the sequence are encrypted together: ids have one length, two of them have
// nothing in common, and who has no key can make none, since all but one in 2^64 blocks
// have another epoch. It is the same for all viewers of an event.
//
// Its methods may be called concurrently.
type Sealer struct {
	block cipher.Block
}

const (
	sealLabel = "mikronec event id 1" // separates this use of the secret from any other
	idLength  = 22                    // of 16 bytes in base64
)

// idText needs no escaping in a header, in a URL and in JSON, and has one text for each id.
var idText = base64.RawURLEncoding.Strict()

// NewSealer returns a sealer with a key derived from the secret (HKDF-SHA256), so that the
// secret may have other uses; it must be hard to guess, since an id shows whether a guess is
// right to somebody who knows the position. Sealers of one secret open each other's ids.
// An empty secret is a random one that nobody else has.
func NewSealer(secret []byte) Sealer {
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
	}
	key, err := hkdf.Key(sha256.New, secret, nil, sealLabel, 16)
	if err != nil {
		// Only where GODEBUG=fips140=only forbids secrets below 14 bytes.
		panic("hub: derive the key of event ids: " + err.Error())
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("hub: " + err.Error()) // only for a key of another length
	}
	return Sealer{block}
}

// newEpoch returns a random epoch.
func newEpoch() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

// Seal returns the id of a position: 22 characters of base64url.
func (s Sealer) Seal(p Position) string { return string(s.appendID(nil, p)) }

// appendID appends the id. The block is encrypted behind the place of the text, so that
// nothing is allocated where b has room for both, 38 bytes.
func (s Sealer) appendID(b []byte, p Position) []byte {
	var room [idLength]byte
	text := len(b)
	b = append(b, room[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Epoch)
	b = binary.BigEndian.AppendUint64(b, p.Sequence)
	block := b[text+idLength:]
	s.block.Encrypt(block, block)
	idText.Encode(b[text:], block)
	return b[:text+idLength]
}

// Open returns the position of an id; false for what is no id of any sealer. Of an id of
// another sealer the position is random, so that its epoch has to be compared.
func (s Sealer) Open(id string) (Position, bool) {
	block, err := idText.DecodeString(id)
	if err != nil || len(id) != idLength || len(block) != aes.BlockSize {
		return Position{}, false
	}
	s.block.Decrypt(block, block)
	return Position{binary.BigEndian.Uint64(block), binary.BigEndian.Uint64(block[8:])}, true
}
