package proto_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func TestAppendLength(t *testing.T) {
	// The examples of the documentation and both ends of each class.
	for _, tc := range []struct {
		n    int
		want []byte
	}{
		{0, []byte{0x00}},
		{5, []byte{0x05}},
		{0x7F, []byte{0x7F}},
		{0x80, []byte{0x80, 0x80}},
		{256, []byte{0x81, 0x00}},
		{0x3FFF, []byte{0xBF, 0xFF}},
		{0x4000, []byte{0xC0, 0x40, 0x00}},
		{0x1FFFFF, []byte{0xDF, 0xFF, 0xFF}},
		{0x200000, []byte{0xE0, 0x20, 0x00, 0x00}},
		{0xFFFFFFF, []byte{0xEF, 0xFF, 0xFF, 0xFF}},
		{0x10000000, []byte{0xF0, 0x10, 0x00, 0x00, 0x00}},
	} {
		got := proto.AppendLength(nil, tc.n)
		assert.Equal(t, tc.want, got, "length %d", tc.n)
	}
}

func TestRoundTripOfEveryLengthClass(t *testing.T) {
	for _, n := range []int{1, 0x7F, 0x80, 256, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000, 5 << 20} {
		want := []string{"!re", "=x=" + strings.Repeat("v", n), ".tag=7"}
		r := proto.NewReader(bytes.NewReader(proto.AppendSentence(nil, want...)), proto.Limits{})
		s, err := r.Next()
		require.NoError(t, err, "length %d", n)
		require.Equal(t, want, s.Strings(), "length %d", n)
		_, err = r.Next()
		require.ErrorIs(t, err, io.EOF)
	}
}

func TestFiveByteLengthIsDecoded(t *testing.T) {
	// A short word in the longest class: legal, if wasteful.
	in := append([]byte{0xF0, 0, 0, 0, 3}, "!re\x00"...)
	s, err := proto.NewReader(bytes.NewReader(in), proto.Limits{}).Next()
	require.NoError(t, err)
	assert.Equal(t, []string{"!re"}, s.Strings())
}

func TestSentencesSplitAtEveryByte(t *testing.T) {
	var wire []byte
	wire = proto.AppendSentence(wire, "!re", ".tag=1", "=a=\x00\x00", "=b="+strings.Repeat("x", 300))
	wire = append(wire, 0, 0) // empty sentences are ignored
	wire = proto.AppendSentence(wire, "!done", ".tag=1")
	for name, src := range map[string]io.Reader{
		"one byte":       iotest.OneByteReader(bytes.NewReader(wire)),
		"half":           iotest.HalfReader(bytes.NewReader(wire)),
		"error with end": iotest.DataErrReader(bytes.NewReader(wire)),
	} {
		t.Run(name, func(t *testing.T) {
			r := proto.NewReader(src, proto.Limits{})
			s, err := r.Next()
			require.NoError(t, err)
			v, ok := s.Get("a")
			require.True(t, ok)
			assert.Equal(t, "\x00\x00", string(v), "a zero byte inside a value is data")
			s, err = r.Next()
			require.NoError(t, err)
			assert.Equal(t, "!done", string(s.Name()))
			_, err = r.Next()
			require.ErrorIs(t, err, io.EOF)
			_, err = r.Next()
			require.ErrorIs(t, err, io.EOF, "the end stays the end")
		})
	}
}

func TestReaderRefuses(t *testing.T) {
	limits := proto.Limits{Word: 100, Words: 3, Sentence: 150}
	word := func(n int) string { return strings.Repeat("x", n) }
	for _, tc := range []struct {
		name   string
		in     []byte
		detail string
		offset int64
	}{
		{"reserved F8", []byte{0xF8, 0}, "reserved control byte 0xF8", 0},
		{"reserved FF", []byte{0xFF}, "reserved control byte 0xFF", 0},
		{"undefined F1", []byte{0xF1}, "reserved control byte 0xF1", 0},
		{"an announced 4 GiB", []byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF}, "a word of 4294967295 bytes", 0},
		{"a long word", proto.AppendSentence(nil, word(101)), "a word of 101 bytes", 0},
		{"too many words", proto.AppendSentence(nil, "a", "b", "c", "d"), "more than 3 words", 6},
		{"too many bytes", proto.AppendSentence(nil, word(90), word(90)), "more than 150 bytes", 91},
		{"an HTTP server", []byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n" + word(200)), "", -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := proto.NewReader(bytes.NewReader(tc.in), limits)
			_, err := r.Next()
			var bad *proto.Error
			require.ErrorAs(t, err, &bad)
			assert.Contains(t, bad.Error(), tc.detail)
			if tc.offset >= 0 {
				assert.Equal(t, tc.offset, bad.Offset)
			}
			_, again := r.Next()
			assert.Equal(t, err, again, "the error is final")
		})
	}
}

func TestEndInsideASentence(t *testing.T) {
	whole := proto.AppendSentence(nil, "!re", "=name=ether1")
	for n := 1; n < len(whole); n++ {
		_, err := proto.NewReader(bytes.NewReader(whole[:n]), proto.Limits{}).Next()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "after %d bytes", n)
	}
}

func TestReadErrorIsPassedOn(t *testing.T) {
	broken := errors.New("cable cut")
	r := proto.NewReader(io.MultiReader(bytes.NewReader(proto.AppendSentence(nil, "!done")), iotest.ErrReader(broken)), proto.Limits{})
	_, err := r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	require.ErrorIs(t, err, broken)
}

func TestMemoryFollowsArrivedBytesNotAnnouncedOnes(t *testing.T) {
	// 16 MiB are announced, which the limit allows, and five bytes arrive.
	in := proto.AppendLength(nil, 16<<20)
	in = append(in, "hello"...)
	allocated := testing.AllocsPerRun(1, func() {
		_, err := proto.NewReader(bytes.NewReader(in), proto.Limits{}).Next()
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	assert.LessOrEqual(t, allocated, 4.0)
	bytesPerOp := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = proto.NewReader(bytes.NewReader(in), proto.Limits{}).Next()
		}
	}).AllocedBytesPerOp()
	assert.Less(t, bytesPerOp, int64(8<<10))
}

func TestTag(t *testing.T) {
	for name, tc := range map[string]struct {
		words []string
		want  string
		none  bool
	}{
		"last":        {words: []string{"!re", "=a=b", ".tag=7"}, want: "7"},
		"behind !re":  {words: []string{"!re", ".tag=7", "=a=b"}, want: "7"},
		"absent":      {words: []string{"!re", "=a=.tag=9"}, none: true},
		"empty":       {words: []string{"!done", ".tag="}, want: ""},
		"only a name": {words: []string{".tag=1"}, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := proto.Sentence(proto.AppendSentence(nil, tc.words...))
			s = s[:len(s)-1]
			if tc.none {
				assert.Nil(t, s.Tag())
				return
			}
			assert.Equal(t, tc.want, string(s.Tag()))
		})
	}
}

func TestAttribute(t *testing.T) {
	for word, want := range map[string][2]string{
		"=name=iu=c3Eeg": {"name", "iu=c3Eeg"},
		"=comment=":      {"comment", ""},
		"=once":          {"once", ""},
		"=.id=*1":        {".id", "*1"},
	} {
		name, value, ok := proto.Attribute([]byte(word))
		require.True(t, ok, word)
		assert.Equal(t, want, [2]string{string(name), string(value)}, word)
	}
	for _, word := range []string{"", "=", "!re", ".tag=1", "?name=x", "not logged in"} {
		_, _, ok := proto.Attribute([]byte(word))
		assert.False(t, ok, word)
	}
}
