package keys

import (
	"context"
	"fmt"

	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Rotate seals all records of a store again with the first key of the ring, those that are
// sealed with it already excepted, and returns their number. Others may use the store
// meanwhile. After an error it can be called again.
func Rotate(ctx context.Context, store register.Store, ring *secret.Ring) (n int, err error) {
	n, err = register.Reseal(ctx, store, func(e register.Entry) ([]byte, error) {
		r, err := decode(e, ring)
		if err != nil || secret.KeyID(string(e.Value)) == ring.IDs()[0] {
			return nil, err
		}
		return encode(r, ring), nil
	})
	if err != nil {
		err = fmt.Errorf("API keys: %w", err)
	}
	return n, err
}
