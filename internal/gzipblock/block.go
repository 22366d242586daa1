// Package gzipblock compresses what goes to many viewers once for all of them.
//
// A gzip member (RFC 1952) holds DEFLATE blocks (RFC 1951). Blocks that end on
// a byte boundary, with the empty stored block of a sync flush, and that refer
// to nothing before them can follow one another in any order, so the same bytes
// serve every viewer, whatever that viewer got before and whenever it came. What
// differs between viewers is the checksum at the end, and that is put together
// from the checksums of the blocks: see Member.
package gzipblock

import (
	"bytes"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Block is the compressed form of some plain bytes, made by Independent,
// Referring or Stored; the zero Block is not one. It is immutable and may be sent to any
// number of viewers at the same time.
type Block struct {
	// Data goes to the viewer as it is; nobody may change it. It ends with a
	// sync flush: a reader that has all of it can hand out all of the plain bytes.
	Data []byte
	CRC  uint32 // CRC-32 of the plain bytes
	Len  int    // number of plain bytes

	shift uint32 // what Len more bytes make of a CRC before them: shiftBy(Len)
}

// reach is how far back DEFLATE can refer, in plain bytes (RFC 1951, section 2).
const reach = 32 << 10

// InReach reports whether Referring has something to gain. A row of a table
// stands about where it stood in the previous event, so it is as far back as
// that event is long. PPP tables of which 1 % changed came to 4 % of their plain
// size up to 32 kB, where an independent block takes 15 %; from 34 kB on
// references saved one point at the most, for twice the time.
func InReach(prev, plain []byte) bool {
	return len(prev) > 0 && len(prev) <= reach && len(plain) <= reach
}

// Independent compresses plain to a Block that may stand anywhere in a member.
// It does not keep plain.
func Independent(plain []byte) Block {
	return compress(&independents, nil, plain)
}

// Referring compresses plain to a Block that refers to prev. In a member it may
// stand only straight after prev: the last bytes that the viewer's member gave
// out, in whatever blocks, have to be exactly prev. A comment in between breaks
// that, or an event left out, as distances count bytes of output; what a viewer
// then reads is rubbish up to the error at the end. prev need not be one event.
//
// Where the two are not InReach the result is Independent(plain); who has that
// already should ask first.
func Referring(prev, plain []byte) Block {
	if !InReach(prev, plain) {
		return Independent(plain)
	}
	return compress(&referrers, prev, plain)
}

// Stored puts plain into a Block as it is, ten bytes longer (RFC 1951, section
// 3.2.4). It is for the few bytes that differ from viewer to viewer, a hint when
// to come back: it takes a hundredth of the time of Independent, which would
// hardly make them shorter. It does not keep plain.
func Stored(plain []byte) Block {
	b := make([]byte, 0, len(plain)+storedHead*(len(plain)/maxStored+2))
	for rest := plain; len(rest) > 0; {
		n := min(len(rest), maxStored)
		b = append(appendStoredHead(b, n), rest[:n]...)
		rest = rest[n:]
	}
	// Readers take the empty block of a sync flush as the word to hand out what
	// they have.
	return newBlock(appendStoredHead(b, 0), plain)
}

const (
	storedHead = 5         // bytes before those of a stored block
	maxStored  = 1<<16 - 1 // bytes of a stored block
)

// appendStoredHead begins a stored block of n bytes where a byte begins.
func appendStoredHead(b []byte, n int) []byte {
	return append(b, 0, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
}

// The levels are chosen by measuring. An independent block is made of events of
// any size: level 7 makes 12.7 % of 5,000 rows in 7 ms, where 3 makes 13.8 % in
// 4.4 ms; 8 takes many times as long. It is done once for all viewers, who carry
// the bytes. A referring one is never large, and level 6 makes 3.8 % of plain
// where 3 makes 6.7 %, for not quite twice the time.
var (
	independents = sync.Pool{New: func() any { return newCompressor(7) }}
	referrers    = sync.Pool{New: func() any { return newCompressor(6) }}
)

// compressor is kept for its tables, 1.2 MB at most, and its buffer. It has one
// user at a time. A referrer in the pool still holds on to the last prev, which
// is of 32 KiB at most.
type compressor struct {
	deflate *flate.Writer
	out     bytes.Buffer
}

func newCompressor(level int) *compressor {
	w, err := flate.NewWriter(io.Discard, level)
	if err != nil {
		panic("gzipblock: " + err.Error()) // there is no such level
	}
	return &compressor{deflate: w}
}

func compress(pool *sync.Pool, prev, plain []byte) Block {
	c := pool.Get().(*compressor)
	defer pool.Put(c)
	c.out.Reset()
	c.deflate.ResetDict(&c.out, prev)
	_, err := c.deflate.Write(plain)
	if err == nil {
		err = c.deflate.Flush()
	}
	if err != nil {
		panic("gzipblock: " + err.Error()) // only a write to out could fail, and it does not
	}
	return newBlock(bytes.Clone(c.out.Bytes()), plain)
}

func newBlock(data, plain []byte) Block {
	return Block{Data: data, CRC: crc32.ChecksumIEEE(plain), Len: len(plain), shift: shiftBy(len(plain))}
}
