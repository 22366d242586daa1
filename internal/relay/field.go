package relay

import (
	"encoding/binary"
	"errors"
	"time"
)

// Messages are fields one behind the other: numbers as varints, text and bytes with
// their length before them.

func appendNumber(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

func appendText[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendFlag(b []byte, flag bool) []byte {
	if flag {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendDuration appends a duration, which may be negative.
func appendDuration(b []byte, d time.Duration) []byte { return binary.AppendVarint(b, int64(d)) }

// errMalformed is the error of a message that ends too early, or has something else than
// what belongs there.
var errMalformed = errors.New("a message of another instance is malformed; do all have the same version?")

// fields reads a message. After a malformed field all others are empty.
type fields struct {
	rest      []byte
	malformed bool
}

func (f *fields) fail() {
	f.rest, f.malformed = nil, true
}

func (f *fields) err() error {
	if f.malformed {
		return errMalformed
	}
	return nil
}

func (f *fields) byte() byte {
	if len(f.rest) == 0 {
		f.fail()
		return 0
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b
}

func (f *fields) flag() bool { return f.byte() == 1 }

func (f *fields) number() uint64 {
	n, size := binary.Uvarint(f.rest)
	if size <= 0 {
		f.fail()
		return 0
	}
	f.rest = f.rest[size:]
	return n
}

func (f *fields) duration() time.Duration {
	n, size := binary.Varint(f.rest)
	if size <= 0 {
		f.fail()
		return 0
	}
	f.rest = f.rest[size:]
	return time.Duration(n)
}

// bytes is a part of the message, not a copy.
func (f *fields) bytes() []byte {
	n := f.number()
	if n > uint64(len(f.rest)) {
		f.fail()
		return nil
	}
	b := f.rest[:n:n]
	f.rest = f.rest[n:]
	return b
}

func (f *fields) text() string { return string(f.bytes()) }

// list reads the number of things that follow, each of one byte at least.
func (f *fields) list() int {
	n := f.number()
	if n > uint64(len(f.rest)) {
		f.fail()
		return 0
	}
	return int(n)
}
