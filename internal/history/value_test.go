package history

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValues(t *testing.T) {
	_, ok := decode(gap)
	assert.False(t, ok)
	for n := range uint64(2048) {
		got, ok := decode(encode(n))
		assert.True(t, ok)
		assert.Equal(t, n, got)
	}
	for _, n := range []uint64{2048, 2049, 4095, 4096, 1e6, 123456789, 1 << 40, 1e15, math.MaxUint64 >> 1} {
		got, _ := decode(encode(n))
		assert.InEpsilon(t, float64(n), float64(got), 0.0005, n)
	}
	last := uint16(0)
	for n := uint64(1); n < 1<<60; n += n/3000 + 1 {
		code := encode(n)
		assert.GreaterOrEqual(t, code, last)
		last = code
	}
}
