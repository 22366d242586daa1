package exchange

import (
	"encoding/binary"

	"github.com/klauspost/compress/s2"

	"github.com/aprakasa/mikronec/internal/hub"
)

// place is how far somebody has come in a track.
type place struct{ inc, n uint64 }

// appendSeed appends what the owner knows of a track, up to a place.
func appendSeed(b []byte, at place, s hub.Seed) []byte {
	var plain []byte
	for _, v := range []uint64{at.inc, at.n, s.Tail, s.Since} {
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
	for _, v := range []*uint64{&at.inc, &at.n, &s.Tail, &s.Since} {
		if *v, plain, err = cutNumber(plain); err != nil {
			return at, s, nil, err
		}
	}
	if len(plain) == 0 {
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
