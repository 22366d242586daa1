package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	version  = "v1"
	saltSize = 32
	purpose  = "mikronec sealed secret v1" // info of HKDF
)

// ErrUnknownKey means that the ring does not have the key of a sealed secret.
var ErrUnknownKey = errors.New("the key ring does not have this key")

// ErrNotOpened means that a sealed secret was changed or stands in a place that it was not
// sealed for, or that the key of this id in the ring is another one.
var ErrNotOpened = errors.New("it was changed, or the ring has another key under this id")

// Seal returns a secret as v1.ID.SALT.CIPHERTEXT, salt and ciphertext in base64 without
// padding. The key is derived for this secret alone (HKDF-SHA256 with the salt, then
// AES-256-GCM with a random nonce in the ciphertext), so that the limit of random nonces
// for one key is out of reach. It opens with the same place only: what identifies the
// record and must not be exchanged, such as the address that a password is sent to.
func (r *Ring) Seal(t Text, place string) string {
	key := r.keys[0]
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sealed := key.aead(salt).Seal(nil, nil, []byte(t.Reveal()), []byte(place))
	return strings.Join([]string{version, key.id, encode(salt), encode(sealed)}, ".")
}

// Open returns the secret that Seal was called with. The error is [ErrUnknownKey] or
// [ErrNotOpened], wrapped with the id of the key.
func (r *Ring) Open(sealed, place string) (Text, error) {
	id, salt, text, ok := split(sealed)
	if !ok {
		return Text{}, fmt.Errorf("no sealed secret of this version: %w", ErrNotOpened)
	}
	for _, key := range r.keys {
		if key.id != id {
			continue
		}
		plain, err := key.aead(salt).Open(nil, nil, text, []byte(place))
		if err != nil {
			return Text{}, fmt.Errorf("sealed with the key %q: %w", id, ErrNotOpened)
		}
		return New(string(plain)), nil
	}
	return Text{}, fmt.Errorf("sealed with the key %q: %w", id, ErrUnknownKey)
}

// KeyID returns the id of the key that a secret was sealed with; empty if it is no sealed
// secret.
func KeyID(sealed string) string {
	id, _, _, _ := split(sealed)
	return id
}

func split(sealed string) (id string, salt, text []byte, ok bool) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 4 || parts[0] != version {
		return "", nil, nil, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[2])
	text, err2 := base64.RawStdEncoding.DecodeString(parts[3])
	if err1 != nil || err2 != nil || len(salt) != saltSize {
		return "", nil, nil, false
	}
	return parts[1], salt, text, true
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// aead returns the cipher of one secret. Its errors are those of wrong sizes, which are
// constant here.
func (k ringKey) aead(salt []byte) cipher.AEAD {
	derived, err := hkdf.Key(sha256.New, k.master[:], salt, purpose, keySize)
	if err != nil {
		panic(err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}
