package gzipblock

import "encoding/binary"

// Member is a viewer's place in its gzip member: what the trailer will say of
// the blocks so far. The zero Member is at the start. It has one user at a time.
//
// A response is Header, the Data of any blocks, each of them added, and Trailer.
// It should be one member: programs read several in a row as one text, but not
// every browser does.
type Member struct {
	crc  uint32
	size uint32 // plain bytes, modulo 2^32 as the trailer has it
}

// Header is the start of a member: no name, no time, unknown system.
func Header() []byte {
	return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}
}

// Add says that the Data of b was sent to the viewer. It does not look at the
// data: its time is the same for every block.
func (m *Member) Add(b Block) {
	m.crc = multiply(m.crc, b.shift) ^ b.CRC
	m.size += uint32(b.Len)
}

// Trailer ends the member behind the blocks added so far: an empty block that
// is marked as the last, the CRC-32 and the number of the plain bytes.
func (m *Member) Trailer() []byte {
	b := []byte{3, 0} // last, fixed codes, end of block (RFC 1951, section 3.2.6)
	b = binary.LittleEndian.AppendUint32(b, m.crc)
	return binary.LittleEndian.AppendUint32(b, m.size)
}
