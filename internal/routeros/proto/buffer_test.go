package proto_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// counted counts the reads that brought something.
type counted struct {
	io.Reader
	reads int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if n > 0 {
		c.reads++
	}
	return n, err
}

// answer is an answer of about so many bytes, in sentences of about a hundred.
func answer(size int) (wire []byte) {
	for len(wire) < size {
		wire = proto.AppendSentence(wire, "!re", "=name="+strings.Repeat("x", 80), ".tag=1")
	}
	return wire
}

// After a release an answer begins in the small buffer and goes on in one that is
// as large as the one before needed.
func TestReleaseRemembersWhatAnAnswerNeeds(t *testing.T) {
	src := &counted{}
	r := proto.NewReader(src, proto.Limits{})
	reads := func(size int) int {
		wire := answer(size)
		src.Reader, src.reads = io.MultiReader(bytes.NewReader(wire), blocked{}), 0
		for taken := 0; taken < len(wire); {
			s, err := r.Take()
			require.NoError(t, err)
			if s == nil {
				require.NoError(t, r.Fill())
				continue
			}
			taken += len(s) + 1
		}
		r.Release()
		return src.reads
	}
	assert.Equal(t, 1, reads(300), "a small answer fits from the start")
	first := reads(60 << 10)
	assert.Greater(t, first, 5, "the buffer grows with what arrives")
	for range 3 {
		assert.LessOrEqual(t, reads(60<<10), 3)
		assert.Equal(t, 1, reads(300))
	}
	reads(1 << 10)
	assert.LessOrEqual(t, reads(60<<10), 4, "one smaller answer between large ones")
	for range 10 {
		reads(1 << 10)
	}
	assert.Equal(t, first, reads(60<<10), "many of them")
}

// blocked has nothing to read, and fails the test that would wait for it.
type blocked struct{}

func (blocked) Read([]byte) (int, error) { panic("a read beyond the answer") }

// Buffers that Readers share do not mix what they read: each reads its own
// stream in pieces of any size, and releases whenever it has nothing left.
func TestReadersShareBuffers(t *testing.T) {
	type stream struct {
		r    *proto.Reader
		pipe bytes.Buffer
		wire []byte
		got  []byte
	}
	random := rand.New(rand.NewPCG(1, 2))
	streams := make([]*stream, 10)
	for i := range streams {
		s := &stream{}
		for range 50 {
			s.wire = proto.AppendSentence(s.wire, "!re", strings.Repeat(string(rune('a'+i)), 1+random.IntN(3000)))
		}
		s.r = proto.NewReader(&s.pipe, proto.Limits{})
		streams[i] = s
	}
	for open := len(streams); open > 0; {
		s := streams[random.IntN(len(streams))]
		n := min(1+random.IntN(5000), len(s.wire)-len(s.got)-s.pipe.Len()-len(s.r.Unread()))
		if n <= 0 {
			continue
		}
		at := len(s.got) + s.pipe.Len() + len(s.r.Unread())
		s.pipe.Write(s.wire[at : at+n])
		for s.pipe.Len() > 0 {
			require.NoError(t, s.r.Fill())
			for {
				sentence, err := s.r.Take()
				require.NoError(t, err)
				if sentence == nil {
					break
				}
				s.got = append(append(s.got, sentence...), 0)
			}
			s.r.Release()
		}
		if len(s.got) == len(s.wire) {
			open--
		}
	}
	for i, s := range streams {
		assert.True(t, bytes.Equal(s.wire, s.got), "stream %d", i)
	}
}
