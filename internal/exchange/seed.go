package exchange

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/klauspost/compress/s2"

	"github.com/aprakasa/mikronec/internal/hub"
)

// incarnation is a time in which an owner sends a track without a break. Within an ownership a
// later one has a greater count. Two owners may have the same epoch, where NATS has lost the
// claims and numbers them from the start, so that an owner is known by both.
type incarnation struct {
	owner uint64 // see ownerTag
	epoch uint64 // of the ownership
	count uint64
}

// ownerTag is an instance in the messages of the tracks that it owns.
func ownerTag(instance string) uint64 {
	h := fnv.New32a() // short, and instances with the same tag need the same epoch to be mixed up
	_, _ = h.Write([]byte(instance))
	return uint64(h.Sum32())
}

// before reports whether an incarnation came before another one. Those of two owners with the
// same epoch have no order.
func (i incarnation) before(other incarnation) bool {
	return i.epoch < other.epoch || i.epoch == other.epoch && i.owner == other.owner && i.count < other.count
}

// place is how far somebody has come in a track.
type place struct {
	inc incarnation
	n   uint64 // of the last message
}

// passed reports whether a place is at another one or after it.
func (p place) passed(other place) bool {
	return other.inc.before(p.inc) || p.inc == other.inc && p.n >= other.n
}

// appendSeed appends what the owner knows of a track, up to a place.
func appendSeed(b []byte, at place, s hub.Seed) []byte {
	var plain []byte
	for _, v := range []uint64{wireVersion, at.inc.owner, at.inc.epoch, at.inc.count, at.n, s.Tail, s.Since} {
		plain = binary.AppendUvarint(plain, v)
	}
	if s.State == nil {
		plain = append(plain, 0)
	} else {
		plain = appendBody(append(plain, 1), *s.State)
	}
	plain = binary.AppendUvarint(plain, uint64(len(s.History)))
	for _, body := range s.History {
		plain = appendBody(plain, body)
	}
	packed := s2.Encode(nil, plain)
	return append(binary.AppendUvarint(b, uint64(len(packed))), packed...)
}

func appendBody(b []byte, body hub.Body) []byte {
	b = binary.AppendUvarint(binary.AppendUvarint(b, body.Seq), uint64(len(body.Data)))
	return append(b, body.Data...)
}

// cutSeed parses a seed at the beginning of data, and returns the rest.
func cutSeed(data []byte) (at place, s hub.Seed, rest []byte, err error) {
	packed, rest, err := cutBytes(data)
	if err != nil {
		return at, s, nil, err
	}
	if n, err := s2.DecodedLen(packed); err != nil || n > maxBody {
		return at, s, nil, errMessage
	}
	plain, err := s2.Decode(nil, packed)
	if err != nil {
		return at, s, nil, errMessage
	}
	var version uint64
	for _, v := range []*uint64{&version, &at.inc.owner, &at.inc.epoch, &at.inc.count, &at.n, &s.Tail, &s.Since} {
		if *v, plain, err = cutNumber(plain); err != nil {
			return at, s, nil, err
		}
	}
	if version != wireVersion || len(plain) == 0 {
		return at, s, nil, errMessage
	}
	has := plain[0] == 1
	plain = plain[1:]
	if has {
		var state hub.Body
		if state, plain, err = cutBody(plain); err != nil {
			return at, s, nil, err
		}
		s.State = &state
	}
	n, plain, err := cutNumber(plain)
	if err != nil {
		return at, s, nil, err
	}
	for range n {
		var body hub.Body
		if body, plain, err = cutBody(plain); err != nil {
			return at, s, nil, err
		}
		s.History = append(s.History, body)
	}
	return at, s, rest, nil
}

func cutBody(data []byte) (body hub.Body, rest []byte, err error) {
	if body.Seq, data, err = cutNumber(data); err != nil {
		return body, nil, err
	}
	body.Data, rest, err = cutBytes(data)
	return body, rest, err
}

func cutNumber(data []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(data)
	if n <= 0 {
		return 0, nil, errMessage
	}
	return v, data[n:], nil
}

func cutBytes(data []byte) (part, rest []byte, err error) {
	n, data, err := cutNumber(data)
	if err != nil || n > uint64(len(data)) {
		return nil, nil, errMessage
	}
	return data[:n], data[n:], nil
}
