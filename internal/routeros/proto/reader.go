package proto

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what a peer can make a Reader hold. RouterOS publishes no
// maximum of its own; a row is 200 to 900 bytes in practice and a single word
// over 64 KiB occurs only for file contents, scripts and exports.
type Limits struct {
	Word     int // bytes of one word
	Words    int // words of one sentence
	Sentence int // encoded bytes of one sentence
}

// DefaultLimits leave ample room for everything a router is known to send.
func DefaultLimits() Limits {
	return Limits{Word: 16 << 20, Words: 4096, Sentence: 32 << 20}
}

// Error is a violation of the framing. The stream cannot be resynchronised
// after one: the connection has to be closed.
type Error struct {
	Offset int64 // bytes read before the offending length, or with the offending sentence
	Detail string
}

func (e *Error) Error() string {
	return fmt.Sprintf("not the RouterOS API protocol at byte %d: %s", e.Offset, e.Detail)
}

// Reader splits a byte stream into sentences. Its buffer grows with bytes that
// really arrived, never with a length that a peer merely announced, and is given
// back by Release.
//
// A Reader has one user; it is not safe for concurrent use.
type Reader struct {
	src    io.Reader
	limits Limits
	buffer
	buf    []byte // of buffer; buf[start:end] is unread
	start  int
	end    int
	scan   int   // how far the sentence at start has been walked, relative to start
	words  int   // words walked so far
	offset int64 // stream position of start
	err    error // sticky
}

// NewReader returns a Reader on src. Zero fields of limits mean the defaults.
func NewReader(src io.Reader, limits Limits) *Reader {
	def := DefaultLimits()
	if limits.Word == 0 {
		limits.Word = def.Word
	}
	if limits.Words == 0 {
		limits.Words = def.Words
	}
	if limits.Sentence == 0 {
		limits.Sentence = def.Sentence
	}
	return &Reader{src: src, limits: limits}
}

// Next returns the next sentence that has words, reading as needed. The result
// is valid until the next call of any method. At the end of the stream between
// sentences the error is io.EOF, inside one io.ErrUnexpectedEOF; a violation of
// the framing or of the limits is an [*Error]. Errors are final.
func (r *Reader) Next() (Sentence, error) {
	for {
		s, err := r.Take()
		if s != nil || err != nil {
			return s, err
		}
		if err := r.Fill(); err != nil {
			return nil, err
		}
	}
}

// Take returns the next sentence if it has arrived whole, nil if it has not.
// It never reads from the source. The result is valid until the next Fill.
func (r *Reader) Take() (Sentence, error) {
	if _, ok := r.err.(*Error); ok { //nolint:errorlint // stored as it is
		return nil, r.err
	}
	for {
		r.passShort()
		data := r.buf[r.start:r.end]
		n, size, err := r.length(data)
		if err != nil {
			r.err = err
			return nil, err
		}
		if size == 0 || (n > 0 && len(data)-r.scan < size+n) {
			return nil, nil
		}
		r.scan += size + n
		if n > 0 {
			r.words++
			continue
		}
		// The terminator.
		s := Sentence(data[: r.scan-size : r.scan-size])
		r.start += r.scan
		r.offset += int64(r.scan)
		r.scan, r.words = 0, 0
		if len(s) > 0 {
			return s, nil
		}
		// Both sides ignore empty sentences.
	}
}

// passShort walks over whole words of less than 128 bytes, which is nearly all
// of a table, and stops at whatever is anything else or near a limit.
func (r *Reader) passShort() {
	data := r.buf[r.start:r.end]
	scan, words := r.scan, r.words
	end := min(len(data), r.limits.Sentence)
	for scan < end && words < r.limits.Words {
		c := int(data[scan])
		next := scan + 1 + c
		if c == 0 || c >= 0x80 || next > end || c > r.limits.Word {
			break
		}
		scan = next
		words++
	}
	r.scan, r.words = scan, words
}

// length decodes and checks the length at the scan position of data. A size of
// zero means that more bytes are needed.
func (r *Reader) length(data []byte) (n, size int, err error) {
	rest := data[r.scan:]
	if len(rest) > 0 && rest[0] < 0x80 {
		n, size = int(rest[0]), 1
	} else if n, size, err = decodeLength(rest); err != nil {
		return 0, 0, r.violation("%v", err)
	}
	switch {
	case n < 0 || n > r.limits.Word: // negative where int has 32 bits
		return 0, 0, r.violation("a word of %d bytes, over the limit of %d", uint32(n), r.limits.Word)
	case n > 0 && r.words >= r.limits.Words:
		return 0, 0, r.violation("a sentence of more than %d words", r.limits.Words)
	case r.scan+size+n > r.limits.Sentence:
		return 0, 0, r.violation("a sentence of more than %d bytes", r.limits.Sentence)
	}
	return n, size, nil
}

// Offset is the number of bytes of the sentences that were taken.
func (r *Reader) Offset() int64 { return r.offset }

func (r *Reader) violation(format string, args ...any) error {
	return &Error{Offset: r.offset + int64(r.scan), Detail: fmt.Sprintf(format, args...)}
}

// Fill reads once from the source. It invalidates what Take returned before.
// Call it when Take has nothing left.
func (r *Reader) Fill() error {
	if r.err == nil {
		r.makeRoom()
		var n int
		n, r.err = r.src.Read(r.buf[r.end:])
		r.end += n
		r.peak = max(r.peak, r.end)
		if n > 0 {
			return nil // an error that came along is reported by the next call
		}
	}
	if errors.Is(r.err, io.EOF) && r.start != r.end {
		r.err = io.ErrUnexpectedEOF
	}
	return r.err
}

// Unread is what has arrived and is not yet part of a sentence: the place to
// look when a peer turns out to speak something else. It is valid until the
// next Fill.
func (r *Reader) Unread() []byte { return r.buf[r.start:r.end] }

// makeRoom leaves space behind end: by moving the unread bytes to the front, or
// by growing while reads fill the buffer.
func (r *Reader) makeRoom() {
	unread := r.end - r.start
	switch {
	case r.buf == nil:
		r.buf = r.small[:]
	case r.end < len(r.buf) && r.start == 0:
		return
	case r.end == len(r.buf) && (len(r.buf) < largeBuffer || unread > len(r.buf)/2):
		// Either a burst that is worth fewer reads, or one large sentence.
		r.buf = r.grow(r.buf[r.start:r.end], 2*len(r.buf))
	default:
		copy(r.buf, r.buf[r.start:r.end])
	}
	r.start, r.end = 0, unread
}

// Release gives a buffer that has grown back for others to use, if nothing is
// left in it. Call it when no answer is expected: the next one begins in a small
// buffer, and goes on in one that is as large as the last one needed. It
// invalidates what Take returned before.
func (r *Reader) Release() {
	if r.start == r.end && len(r.buf) > smallBuffer {
		r.buf, r.start, r.end = r.release(), 0, 0
	}
}

var errReserved = errors.New("reserved control byte")

// decodeLength decodes the length at the front of b. A size of zero means that
// b is too short. First bytes from 0xF1 to 0xF7 are undefined and from 0xF8 on
// reserved for control bytes, none of which is in use; neither can be skipped,
// because nobody knows what would follow.
func decodeLength(b []byte) (n, size int, err error) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	c := b[0]
	switch {
	case c < 0x80:
		return int(c), 1, nil
	case c < 0xC0:
		size, n = 2, int(c&0x3F)
	case c < 0xE0:
		size, n = 3, int(c&0x1F)
	case c < 0xF0:
		size, n = 4, int(c&0x0F)
	case c == 0xF0:
		size, n = 5, 0
	default:
		return 0, 0, fmt.Errorf("%w 0x%02X where a length was expected", errReserved, c)
	}
	if len(b) < size {
		return 0, 0, nil
	}
	for _, c := range b[1:size] {
		n = n<<8 | int(c)
	}
	return n, size, nil
}
