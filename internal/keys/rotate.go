package keys

import (
	"context"

	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Rotate seals all records of a store again with the first key of the ring, those that are
// sealed with it already excepted, and returns their number. After an error it can be
// called again.
func Rotate(ctx context.Context, store register.Store, ring *secret.Ring) (n int, err error) {
	entries, err := store.List(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		r, err := decode(e, ring)
		if err != nil {
			return n, err
		}
		if secret.KeyID(string(e.Value)) == ring.IDs()[0] {
			continue
		}
		if _, err := store.Put(ctx, e.Name, encode(r, ring), e.Revision); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
