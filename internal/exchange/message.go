package exchange

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/aprakasa/mikronec/internal/hub"
)

// message is an event on its way between instances. Incarnations of a track are numbered:
// a later one does not lead on from an earlier one. Within one, messages are numbered from
// 1 on, so that a gap is noticed.
type message struct {
	form   hub.Form
	sticky bool // of a status
	inc    incarnation
	n      uint64
	body   []byte

	// A body that does not fit into one message is sent in pieces, all with the same n.
	piece, pieces uint64
	size          uint64 // of the whole body in plain
	packed        bool   // the body, or this piece of it, is compressed
}

const (
	wireVersion = 2
	// packFrom is the size from which bodies are compressed.
	packFrom = 512
	// maxBody limits the body of an event, which is bounded by MAX_REPLY_BYTES at its router.
	maxBody = 256 << 20
	// headerRoom is enough for the header of a message.
	headerRoom = 64
)

const (
	flagSticky = 1 << iota
	flagPacked
)

var errMessage = errors.New("exchange: malformed message")

// encode returns the messages of an event, each of at most limit bytes.
func (m message) encode(limit int) [][]byte {
	m.size = uint64(len(m.body))
	body := m.body
	if len(body) >= packFrom {
		body, m.packed = s2.Encode(nil, body), true
	}
	room := max(limit-headerRoom, 1)
	m.pieces = uint64(max(1, (len(body)+room-1)/room))
	list := make([][]byte, 0, m.pieces)
	for m.piece = range m.pieces {
		n := min(room, len(body))
		list = append(list, append(m.header(), body[:n]...))
		body = body[n:]
	}
	return list
}

func (m message) header() []byte {
	flags := byte(0)
	if m.sticky {
		flags |= flagSticky
	}
	if m.packed {
		flags |= flagPacked
	}
	b := append(make([]byte, 0, headerRoom+len(m.body)), wireVersion, byte(m.form), flags)
	for _, v := range []uint64{m.inc.owner, m.inc.epoch, m.inc.count, m.n, m.piece, m.pieces, m.size} {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

// decode parses one message. The body is a part of data, still compressed.
func decode(data []byte) (m message, err error) {
	if len(data) < 3 || data[0] != wireVersion {
		return m, errMessage
	}
	m.form, m.sticky, m.packed = hub.Form(data[1]), data[2]&flagSticky != 0, data[2]&flagPacked != 0
	data = data[3:]
	for _, v := range []*uint64{&m.inc.owner, &m.inc.epoch, &m.inc.count, &m.n, &m.piece, &m.pieces, &m.size} {
		n := 0
		if *v, n = binary.Uvarint(data); n <= 0 {
			return m, errMessage
		}
		data = data[n:]
	}
	if m.form >= hub.Forms || m.pieces == 0 || m.piece >= m.pieces || m.size > maxBody || m.pieces > maxBody/1024 {
		return m, errMessage
	}
	m.body = data
	return m, nil
}

// assembly puts the pieces of a body together. The zero value is ready.
type assembly struct {
	place
	next uint64
	body []byte
}

// add takes a piece. It reports whether the message is whole, and then has its body in
// plain. Pieces that do not follow one another begin from the start.
func (a *assembly) add(m *message) (whole bool, err error) {
	if m.pieces == 1 {
		return true, m.unpack(m.body)
	}
	if m.piece == 0 {
		*a = assembly{place: place{m.inc, m.n}}
	} else if a.place != (place{m.inc, m.n}) || a.next != m.piece {
		*a = assembly{}
		return false, nil
	}
	if len(a.body)+len(m.body) > maxBody {
		*a = assembly{}
		return false, errMessage
	}
	a.body = append(a.body, m.body...)
	a.next++
	if a.next < m.pieces {
		return false, nil
	}
	body := a.body
	*a = assembly{}
	return true, m.unpack(body)
}

func (m *message) unpack(body []byte) error {
	if !m.packed {
		m.body = body
		return nil
	}
	n, err := s2.DecodedLen(body)
	if err != nil || uint64(n) != m.size {
		return errMessage
	}
	if m.body, err = s2.Decode(nil, body); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}
