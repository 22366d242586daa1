package gzipblock

import (
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShiftBy(t *testing.T) {
	for name, tt := range map[string]struct {
		n    int
		want uint32
	}{
		"nothing":           {0, one},
		"one byte, x^8":     {1, one >> 8},
		"three bytes, x^24": {3, one >> 24},
		"four bytes, x^32":  {4, crc32.IEEE}, // P without its x^32
		"by parts":          {1_500_000, multiply(shiftBy(1_499_999), one>>8)},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, shiftBy(tt.n))
		})
	}
}

// FuzzCombine compares with the checksum of the whole, and the product with
// that of polynomials multiplied and divided the way one does on paper.
func FuzzCombine(f *testing.F) {
	f.Add([]byte{}, []byte{}, uint32(0), uint32(0))
	f.Add([]byte("id: 1\ndata: {}\n\n"), []byte{}, uint32(one), uint32(0x12345678))
	f.Add([]byte{}, []byte("x"), uint32(1), uint32(1))
	f.Add(make([]byte, 70000), []byte{0xff, 0, 0}, ^uint32(0), ^uint32(0))
	f.Fuzz(func(t *testing.T, a, b []byte, x, y uint32) {
		m := Member{crc: crc32.ChecksumIEEE(a)}
		m.Add(Block{CRC: crc32.ChecksumIEEE(b), Len: len(b), shift: shiftBy(len(b))})
		assert.Equal(t, crc32.ChecksumIEEE(append(a[:len(a):len(a)], b...)), m.crc)
		assert.Equal(t, onPaper(x, y), multiply(x, y))
	})
}

// onPaper has the highest power in the highest bit.
func onPaper(x, y uint32) uint32 {
	const p = 1<<32 | 0x04c11db7
	a, b := uint64(flip(x)), uint64(flip(y))
	var product uint64
	for i := range 32 {
		if b>>i&1 == 1 {
			product ^= a << i
		}
	}
	for i := 63; i >= 32; i-- {
		if product>>i&1 == 1 {
			product ^= p << (i - 32)
		}
	}
	return flip(uint32(product))
}

func flip(x uint32) uint32 {
	var y uint32
	for range 32 {
		y = y<<1 | x&1
		x >>= 1
	}
	return y
}
