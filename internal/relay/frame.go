package relay

import (
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Frames of the instance that answers. Those with data are numbered from 1.
const (
	frameData    = 'd' // number, body
	frameEnd     = 'e' // number, error or nothing, body
	frameAlive   = 'a' // nothing
	frameRefused = 'r' // whether to ask elsewhere, error; instead of all others
)

// Frames of the requester.
const (
	frameTaken  = 't' // number of the last frame that was taken
	frameCancel = 'c' // error: why
)

const (
	// pieceSize is how many bytes a frame carries at most, before compression.
	pieceSize = 64 << 10
	// window is how many frames may be under way, or wait to be taken, at a time.
	window = 8
	// compressFrom is the size from which a piece is compressed.
	compressFrom = 512
)

// appendBody appends a piece of an answer, compressed where that makes it smaller.
func appendBody(b, piece []byte) []byte {
	if len(piece) >= compressFrom {
		if packed := s2.Encode(nil, piece); len(packed) < len(piece) {
			return append(appendFlag(b, true), packed...)
		}
	}
	return append(appendFlag(b, false), piece...)
}

// piece returns the piece with which a frame ends.
func (f *fields) piece() ([]byte, error) { return f.body(pieceSize) }

// body returns what a message ends with, of at most so many bytes.
func (f *fields) body(limit int) ([]byte, error) {
	packed := f.flag()
	if err := f.err(); err != nil {
		return nil, err
	}
	size := len(f.rest)
	if packed {
		var err error
		if size, err = s2.DecodedLen(f.rest); err != nil {
			return nil, fmt.Errorf("%w (%w)", errMalformed, err)
		}
	}
	if size > limit {
		return nil, fmt.Errorf("%w (%d bytes where %d are the limit)", errMalformed, size, limit)
	}
	if !packed {
		return f.rest, nil
	}
	piece, err := s2.Decode(nil, f.rest)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errMalformed, err)
	}
	return piece, nil
}

// version is the first byte of each request. Another one is refused.
const version = 1

// request is what a requester publishes, see subject.
type request struct {
	from string // name of the requesting instance, for logs
	name string // of the handler
	body []byte
}

func (r request) encode() []byte {
	b := append(make([]byte, 0, len(r.from)+len(r.name)+len(r.body)+16), version)
	b = appendText(appendText(b, r.from), r.name)
	return appendBody(b, r.body)
}

// maxRequest limits the body of a request, in bytes.
const maxRequest = 2 << 20

func decodeRequest(b []byte) (r request, err error) {
	f := fields{rest: b}
	if f.byte() != version {
		return r, errMalformed
	}
	r.from, r.name = f.text(), f.text()
	r.body, err = f.body(maxRequest)
	return r, err
}
