package ticket

import (
	"encoding/binary"
	"slices"
	"time"
)

// Set is a list of names, or all names there are. The zero Set has none.
type Set struct {
	all   bool
	names []string // sorted, each once
}

// All is the set of all names.
func All() Set { return Set{all: true} }

// Only is the set of these names, none of which should be empty.
func Only(names ...string) Set {
	names = slices.Clone(names)
	slices.Sort(names)
	return Set{names: slices.Compact(names)}
}

// IsAll reports whether the set has all names, those yet to come included.
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

// readClaims takes what appendClaims writes and nothing else: numbers in their
// shortest form, sorted names, and nothing behind them.
func readClaims(b []byte) (Claims, bool) {
	r := reader{rest: b}
	var c Claims
	copy(c.ID[:], r.bytes(uint64(len(c.ID))))
	issued := r.number(1 << 40)
	life := r.number(uint64(MaxLifetime / time.Second))
	c.Issued = time.Unix(int64(issued), 0)
	c.Expires = time.Unix(int64(issued+life), 0)
	c.Routers, c.Topics = r.set(), r.set()
	if len(r.rest) > 0 {
		copy(c.Key[:], r.bytes(uint64(len(c.Key))))
		r.failed = r.failed || c.Key == [8]byte{} // which is written as nothing
	}
	if r.failed || life == 0 || len(r.rest) > 0 {
		return Claims{}, false
	}
	return c, true
}

// reader reads a payload; after a failure all it returns is zero.
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

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.failed || n <= 0 || v > most || n > 1 && r.rest[n-1] == 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) set() Set {
	n := r.number(uint64(len(r.rest))) // a name takes a byte at least
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
