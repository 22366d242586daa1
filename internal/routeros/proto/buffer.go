package proto

import (
	"math/bits"
	"sync"
)

const (
	// smallBuffer is what an idle connection holds: a login and a probe fit.
	smallBuffer = 512
	// largeBuffer keeps the number of reads low while a table arrives.
	largeBuffer = 128 << 10
)

// buffer is the memory of a Reader: a small one of its own for the time without
// answers, and a larger one while an answer is under way. Thousands of routers
// that are polled in turn share a few large ones.
type buffer struct {
	small    [smallBuffer]byte
	borrowed *[]byte // from buffers; nil while the small one is in use
	peak     int     // bytes that were in use at most since the last release
	expected int     // bytes that the next answer is likely to need
}

// buffers are for use by any Reader: at index i those of smallBuffer<<i bytes.
var buffers [largeBufferIndex + 1]sync.Pool

const largeBufferIndex = 8 // smallBuffer<<8 is largeBuffer

// sizeIndex is the index of the smallest buffer that holds so many bytes.
func sizeIndex(size int) int { return bits.Len(uint((size - 1) / smallBuffer)) }

// grow returns a larger buffer, of size bytes at least, that begins with data.
func (b *buffer) grow(data []byte, size int) []byte {
	i := sizeIndex(max(size, min(b.expected, largeBuffer)))
	var larger *[]byte
	if i <= largeBufferIndex {
		larger, _ = buffers[i].Get().(*[]byte)
	}
	if larger == nil {
		fresh := make([]byte, smallBuffer<<i)
		larger = &fresh
	}
	copy(*larger, data)
	b.giveBack()
	b.borrowed = larger
	return *larger
}

// release returns the small buffer in place of a larger one, and remembers what
// was needed. One small answer between large ones does not count for much.
func (b *buffer) release() []byte {
	b.expected, b.peak = max(b.peak, b.expected/2), 0
	b.giveBack()
	return b.small[:]
}

func (b *buffer) giveBack() {
	if b.borrowed != nil {
		if i := sizeIndex(len(*b.borrowed)); i <= largeBufferIndex {
			buffers[i].Put(b.borrowed)
		}
		b.borrowed = nil
	}
}
