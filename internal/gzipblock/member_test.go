package gzipblock_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

func TestEmptyMember(t *testing.T) {
	for name, data := range map[string][]byte{
		"no blocks":      member(),
		"an empty block": member(gzipblock.Independent(nil)),
		"two of them":    member(gzipblock.Independent(nil), gzipblock.Independent([]byte{})),
	} {
		t.Run(name, func(t *testing.T) { requirePlain(t, "", data) })
	}
}

func TestTrailer(t *testing.T) {
	hello, world := gzipblock.Independent([]byte("hello ")), gzipblock.Independent([]byte("world"))
	var m gzipblock.Member
	assert.Equal(t, []byte{3, 0, 0, 0, 0, 0, 0, 0, 0, 0}, m.Trailer(), "the zero Member is empty")
	m.Add(hello)
	m.Add(world)
	want := []byte{3, 0, 0x85, 0x11, 0x4a, 0x0d, 11, 0, 0, 0} // CRC-32 of "hello world"
	assert.Equal(t, want, m.Trailer())
	assert.Equal(t, want, m.Trailer(), "asking does not change it")
}

func TestBlockThatWasNotAddedIsNoticed(t *testing.T) {
	b := gzipblock.Independent([]byte("hello"))
	var m gzipblock.Member
	m.Add(b)
	data := append(append(append(gzipblock.Header(), b.Data...), b.Data...), m.Trailer()...)
	_, err := unzip(data)
	require.ErrorIs(t, err, gzip.ErrChecksum)
}

// The number of bytes in the trailer begins again at 4 GiB, and so do streams
// that nobody closes.
func TestMemberBeyond4GiB(t *testing.T) {
	plain := bytes.Repeat([]byte{0}, 1<<20)
	b := gzipblock.Independent(plain)
	var m gzipblock.Member
	for range 4096 {
		m.Add(b)
	}
	m.Add(gzipblock.Independent([]byte("x")))
	trailer := m.Trailer()
	assert.Equal(t, []byte{1, 0, 0, 0}, trailer[6:])
}

// There is one for each viewer.
func TestMemberIsSmall(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(gzipblock.Member{}), uintptr(16))
}

// What a reader has of a member gives all events in it, before it has more.
func TestEachBlockIsReadAtOnce(t *testing.T) {
	var network bytes.Buffer // at its end the reader fails instead of waiting
	network.Write(gzipblock.Header())
	r, err := gzip.NewReader(&network)
	require.NoError(t, err)
	var m gzipblock.Member
	for _, s := range streamOf(t) {
		network.Write(s.block.Data)
		m.Add(s.block)
		got := make([]byte, len(s.plain))
		_, err := io.ReadFull(r, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(s.plain, got))
	}
	network.Write(m.Trailer())
	n, err := r.Read(make([]byte, 1))
	assert.Zero(t, n)
	assert.ErrorIs(t, err, io.EOF)
}

type sent struct {
	plain []byte
	block gzipblock.Block
}

// streamOf is what a viewer gets: events of both forms, small and large, and
// comments.
func streamOf(t *testing.T) []sent {
	t.Helper()
	var list []sent
	independent := func(plain []byte) { list = append(list, sent{plain, gzipblock.Independent(plain)}) }
	for _, rows := range []int{1, 50, 110, 600} {
		events := newTable(rows).events(4)
		independent(events[0])
		for i, e := range events[1:] {
			list = append(list, sent{e, gzipblock.Referring(events[i], e)})
		}
		independent([]byte(comment))
	}
	return list
}
