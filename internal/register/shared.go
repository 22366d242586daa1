package register

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"github.com/aprakasa/mikronec/internal/secret"
)

// sharedPrefix begins the names of secrets that those who share a store have in common.
const sharedPrefix = "shared."

func sharedPlace(name string) string { return "shared:" + name }

// Shared returns a random secret of 32 bytes that is the same for all who share the store.
// The first one to ask makes it; it is sealed as passwords are.
func (g *Register) Shared(ctx context.Context, name string) ([]byte, error) {
	for {
		entries, err := g.store.List(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, e := range entries {
			if e.Name == sharedPrefix+name {
				text, err := g.ring.Open(string(e.Value), sharedPlace(name))
				if err != nil {
					return nil, err
				}
				return base64.RawStdEncoding.DecodeString(text.Reveal())
			}
		}
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails
		sealed := g.ring.Seal(secret.New(base64.RawStdEncoding.EncodeToString(fresh)), sharedPlace(name))
		if _, err := g.store.Put(ctx, sharedPrefix+name, []byte(sealed), 0); err != nil && !errors.Is(err, ErrRevision) {
			return nil, unavailable(err)
		}
	}
}

// rotateShared seals a shared secret again with the first key of the ring.
func (g *Register) rotateShared(ctx context.Context, e Entry) error {
	name := e.Name[len(sharedPrefix):]
	text, err := g.ring.Open(string(e.Value), sharedPlace(name))
	if err != nil {
		return err
	}
	_, err = g.store.Put(ctx, e.Name, []byte(g.ring.Seal(text, sharedPlace(name))), e.Revision)
	return err
}
