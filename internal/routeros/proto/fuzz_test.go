package proto_test

import (
	"bytes"
	"testing"
	"testing/iotest"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// FuzzReader feeds arbitrary bytes: no panic, no result beyond the limits, the
// same sentences however the bytes are cut, and every sentence survives being
// written again.
func FuzzReader(f *testing.F) {
	f.Add(proto.AppendSentence(nil, "/login", "=name=api", "=password=secret"))
	f.Add(proto.AppendSentence(proto.AppendSentence(nil, "!re", ".tag=1", "=a=\x00"), "!done", ".tag=1"))
	f.Add(proto.AppendSentence(nil, string(bytes.Repeat([]byte("x"), 300))))
	f.Add([]byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Add([]byte{0, 0, 0x80, 0x00, 0xF8})
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	limits := proto.Limits{Word: 1 << 12, Words: 64, Sentence: 1 << 13}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := proto.NewReader(bytes.NewReader(in), limits)
		pieces := proto.NewReader(iotest.OneByteReader(bytes.NewReader(in)), limits)
		for {
			a, errA := whole.Next()
			b, errB := pieces.Next()
			if (errA == nil) != (errB == nil) || (errA != nil && errA.Error() != errB.Error()) {
				t.Fatalf("cut differently, read differently: %v and %v", errA, errB)
			}
			if errA != nil {
				return
			}
			if !bytes.Equal(a, b) {
				t.Fatalf("cut differently, read differently: %q and %q", a, b)
			}
			checkSentence(t, a, limits)
			pieces.Release()
		}
	})
}

func checkSentence(t *testing.T, s proto.Sentence, limits proto.Limits) {
	words := s.Strings()
	if len(words) == 0 || len(words) > limits.Words || len(s) > limits.Sentence {
		t.Fatalf("a sentence of %d words and %d bytes", len(words), len(s))
	}
	s.Tag()
	for range s.Attributes() {
		continue
	}
	again, err := proto.NewReader(bytes.NewReader(proto.AppendSentence(nil, words...)), limits).Next()
	if err != nil || len(again.Strings()) != len(words) {
		t.Fatalf("written again it reads as %q, %v", again, err)
	}
}
