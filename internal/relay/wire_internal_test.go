package relay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// An instance that stood still for a while takes what has arrived meanwhile before it
// gives the other one up.
func TestSilenceAfterAStandstill(t *testing.T) {
	timing := Timing{}.withDefaults()
	late := time.Now().Add(time.Hour)
	a := newAnswer(nil, "")
	in := &incoming{client: &Client{}, instance: "b", what: "command", wake: make(chan struct{}, 1)}
	a.spoke, in.spoke = late, late // say nothing
	look := func() {
		a.look(late, timing)
		in.look(late, timing)
	}
	for range 4 { // 5 s
		look()
	}
	require.NoError(t, in.err)
	in.frame([]byte{frameAlive})
	for range 4 {
		look()
	}
	require.NoError(t, in.err)
	require.NoError(t, a.ctx.Err())
	a.frame([]byte{frameAlive})
	for range 12 { // 15 s
		a.look(late, timing)
	}
	require.NoError(t, a.ctx.Err())
	a.look(late, timing)
	require.ErrorIs(t, context.Cause(a.ctx), errGone)
}

func TestBodiesAreLimited(t *testing.T) {
	bomb := appendBody(nil, make([]byte, maxRequest+1))
	assert.Less(t, len(bomb), maxRequest/10)
	for name, tt := range map[string]struct {
		frame []byte
		ok    bool
	}{
		"nothing":      {nil, false},
		"empty":        {[]byte{0}, true},
		"plain":        {[]byte{0, 'x'}, true},
		"large":        {appendBody(nil, make([]byte, pieceSize)), true},
		"larger":       {appendBody(nil, make([]byte, pieceSize+1)), false},
		"bomb":         {bomb, false},
		"not s2":       {[]byte{1, 0xff, 0xff, 0xff}, false},
		"plain, large": {append([]byte{0}, make([]byte, pieceSize+1)...), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := fields{rest: tt.frame}
			_, err := f.piece()
			assert.Equal(t, tt.ok, err == nil, err)
			assert.Equal(t, !tt.ok, errors.Is(err, errMalformed), err)
		})
	}
}

// pieces is an answer in pieces of a size.
func pieces(answer []byte, size int) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(answer) == 0 {
			return nil, errEnd
		}
		n := min(size, len(answer))
		piece := answer[:n]
		answer = answer[n:]
		return piece, nil
	}
}

// Records are the same however the answer is cut, and what was read does not change.
func TestRecordsInPieces(t *testing.T) {
	var answer []byte
	var want []string
	for i := range 20 {
		content := bytes.Repeat([]byte{byte('a' + i)}, i*i*10)
		answer = append(appendNumber(append(answer, recordRows), uint64(len(content))), content...)
		want = append(want, string(content))
	}
	for _, size := range []int{1, 2, 100, 1 << 20} {
		r := records{next: pieces(answer, size)}
		var got [][]byte
		for {
			kind, content, err := r.read()
			if err != nil {
				assert.Equal(t, errEnd, err)
				break
			}
			assert.Equal(t, byte(recordRows), kind)
			got = append(got, content)
		}
		require.Len(t, got, len(want))
		for i := range want {
			assert.Equal(t, want[i], string(got[i]), "pieces of %d", size)
		}
	}
	r := records{next: pieces(answer[:len(answer)-1], 100)}
	var err error
	for err == nil {
		_, _, err = r.read()
	}
	assert.ErrorIs(t, err, errMalformed, "it ends inside a record")
}

// FuzzReply feeds arbitrary answers to a command: no panic, and every reply is one that
// can be read.
func FuzzReply(f *testing.F) {
	row := proto.AppendSentence(nil, "!re", "=name=x")
	done := appendFlag(appendText(nil, row[:len(row)-1]), true)
	done = appendDuration(done, time.Second)
	whole := append(append([]byte{recordPage, 3}, "gbk"...), append([]byte{recordRows, byte(len(row))}, row...)...)
	whole = append(append(whole, recordDone, byte(len(done))), done...)
	f.Add(whole)
	f.Add([]byte{recordRows, 3, 2, 'x', 0})
	f.Add([]byte{recordRows, 3, 0x80, 0, 0})
	f.Add([]byte{recordMenu, 0})
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := replyReader{records: records{next: pieces(answer, 7)}, limit: 1 << 20}
		_ = r.all(nil)
		if reply := r.take(); reply != nil {
			checkReply(t, reply)
		}
		s := stream{in: &incoming{over: true}, records: records{next: pieces(answer, 7)}}
		for {
			rows, n, err := s.Next(nil)
			if err != nil {
				break
			}
			checkReply(t, &routeros.Reply{Rows: rows, Len: n})
		}
	})
}

func checkReply(t *testing.T, reply *routeros.Reply) {
	t.Helper()
	n := 0
	for row := range reply.Rows.All() {
		n++
		if len(row.Strings()) == 0 {
			t.Fatal("a sentence without words")
		}
		row.Tag()
	}
	if n != reply.Len {
		t.Fatalf("%d sentences, %d rows", n, reply.Len)
	}
	reply.Done.Strings()
	reply.Done.Tag()
}

// away is a bus without a connection, on which nothing can be published.
type away struct{}

func (away) NATS() *nats.Conn { return nil }

func (away) Subject(...string) string { return "x" }

// FuzzFrames feeds arbitrary frames to both sides.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{frameData, 1, 0, 'x'})
	f.Add([]byte{frameEnd, 1, 0, 0})
	f.Add([]byte{frameRefused, 1, 2, kindSentinel, 1})
	f.Add([]byte{frameTaken, 9})
	f.Add(request{from: "a", name: "run", body: bytes.Repeat([]byte("x"), 2000)}.encode())
	f.Fuzz(func(_ *testing.T, frame []byte) {
		_, _ = decodeRequest(frame)
		_, _ = parseGrant(frame, nil)
		in := &incoming{client: &Client{bus: away{}}, wake: make(chan struct{}, 1), what: "command"}
		in.frame(frame)
		in.fail(io.EOF)
		for {
			if _, err := in.next(); err != nil {
				break
			}
		}
	})
}

// A frame that is lost on the way is noticed at the next one, and what came before it can
// be taken.
func TestALostFrame(t *testing.T) {
	frame := func(number uint64, body string) []byte {
		return appendBody(appendNumber([]byte{frameData}, number), []byte(body))
	}
	in := &incoming{client: &Client{bus: away{}}, wake: make(chan struct{}, 1), instance: "b", what: "command"}
	in.frame(frame(1, "one"))
	in.frame(frame(3, "three"))
	in.frame(frame(4, "four"))
	piece, err := in.next()
	require.NoError(t, err)
	assert.Equal(t, "one", string(piece))
	_, err = in.next()
	assert.EqualError(t, err, `the instance "b" sent an answer of which a part is missing; the command may have been carried out`)
}
