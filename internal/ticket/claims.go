package ticket

import (
	"encoding/binary"
	"slices"
	"time"
)

// Set is a set of names, or of all names. The zero Set is empty.
type Set struct {
	all   bool
	names []string // sorted, each once
}

// All returns the set of all names.
func All() Set { return Set{all: true} }

// Only returns the set of these names, none of which may be empty.
func Only(names ...string) Set {
	names = slices.Clone(names)
	slices.Sort(names)
	return Set{names: slices.Compact(names)}
}

// IsAll reports whether the set has all names, future ones included.
func (s Set) IsAll() bool { return s.all }

// Has reports whether the name is in the set.
func (s Set) Has(name string) bool {
	if s.all {
		return true
	}
	_, found := slices.BinarySearch(s.names, name)
	return found
}

func (s Set) empty() bool { return !s.all && len(s.names) == 0 }

func appendClaims(b []byte, c Claims) []byte {
	b = append(b, c.ID[:]...)
	b = binary.AppendUvarint(b, uint64(c.Issued.Unix()))
	b = binary.AppendUvarint(b, uint64(c.Expires.Unix()-c.Issued.Unix()))
	b = appendSet(appendSet(b, c.Routers), c.Topics)
	if c.Key == ([8]byte{}) {
		return b
	}
	return append(b, c.Key[:]...)
}

func appendSet(b []byte, s Set) []byte {
	b = binary.AppendUvarint(b, uint64(len(s.names)))
	for _, name := range s.names {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	return b
}

// readClaims accepts exactly what appendClaims writes: numbers in their shortest form,
// sorted names, and nothing after them.
func readClaims(b []byte) (Claims, bool) {
	r := reader{rest: b}
	var c Claims
	copy(c.ID[:], r.bytes(uint64(len(c.ID))))
	issued := r.number(1 << 40)
	lifetime := r.number(uint64(MaxLifetime / time.Second))
	c.Issued = time.Unix(int64(issued), 0)
	c.Expires = time.Unix(int64(issued+lifetime), 0)
	c.Routers, c.Topics = r.set(), r.set()
	if len(r.rest) > 0 {
		copy(c.Key[:], r.bytes(uint64(len(c.Key))))
		r.failed = r.failed || c.Key == [8]byte{} // then it is absent
	}
	if r.failed || lifetime == 0 || len(r.rest) > 0 {
		return Claims{}, false
	}
	return c, true
}

// reader reads a payload; after a failure it returns zero values.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) bytes(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) number(limit uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.failed || n <= 0 || v > limit || n > 1 && r.rest[n-1] == 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) set() Set {
	n := r.number(uint64(len(r.rest))) // a name has at least one byte
	if n == 0 {
		return Set{all: !r.failed}
	}
	names := make([]string, 0, n)
	for range n {
		name := string(r.bytes(r.number(MaxLength)))
		if r.failed || len(names) > 0 && name <= names[len(names)-1] {
			r.failed = true
			return Set{}
		}
		names = append(names, name)
	}
	return Set{names: names}
}
