package gzipblock_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

// comment keeps a connection alive.
const comment = ":\n\n"

// member is a whole response with these blocks.
func member(blocks ...gzipblock.Block) []byte {
	var m gzipblock.Member
	out := gzipblock.Header()
	for _, b := range blocks {
		out = append(out, b.Data...)
		m.Add(b)
	}
	return append(out, m.Trailer()...)
}

// unzip reads a member with the reader of the standard library, which checks
// the trailer.
func unzip(data []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(r)
	return string(plain), err
}

func requirePlain(t *testing.T, want string, data []byte) {
	t.Helper()
	got, err := unzip(data)
	require.NoError(t, err)
	require.True(t, want == got, "%d bytes went in and %d others came out", len(want), len(got))
}

// samples are plain bytes that compressors treat differently: too short, all
// the same, without any pattern, events of one window and of several.
func samples() map[string][]byte {
	noise := make([]byte, 200_000)
	for i, c := 0, rand.NewChaCha8([32]byte{1}); i < len(noise); i++ {
		noise[i] = byte(c.Uint64())
	}
	return map[string][]byte{
		"empty":     {},
		"a comment": []byte(comment),
		"short":     []byte("id: k3vq9d2x-1\nevent: status\ndata: {\"router_id\":\"branch-7\"}\n\n"),
		"one byte":  bytes.Repeat([]byte("a"), 300_000),
		"noise":     noise,
		"3 rows":    newTable(3).next(),
		"50 rows":   newTable(50).next(),
		"500 rows":  newTable(500).next(),
		"5000 rows": newTable(5000).next(),
	}
}

func TestIndependentAlone(t *testing.T) {
	for name, plain := range samples() {
		t.Run(name, func(t *testing.T) {
			b := gzipblock.Independent(plain)
			assert.Equal(t, len(plain), b.Len)
			assert.True(t, bytes.HasSuffix(b.Data, []byte{0, 0, 0xff, 0xff}), "ends with a sync flush")
			assert.LessOrEqual(t, len(b.Data), len(plain)+len(plain)/1000+16, "never much larger than plain")
			requirePlain(t, string(plain), member(b))
		})
	}
}

func TestStored(t *testing.T) {
	for name, plain := range samples() {
		t.Run(name, func(t *testing.T) {
			b := gzipblock.Stored(plain)
			assert.Equal(t, len(plain), b.Len)
			assert.True(t, bytes.HasSuffix(b.Data, []byte{0, 0, 0xff, 0xff}), "ends with a sync flush")
			assert.LessOrEqual(t, len(b.Data), len(plain)+len(plain)/10_000+10)
			requirePlain(t, string(plain)+string(plain), member(b, b))
		})
	}
}

func TestIndependentInAnyOrder(t *testing.T) {
	all := samples()
	names := slices.Sorted(maps.Keys(all))
	blocks := make(map[string]gzipblock.Block)
	for _, name := range names {
		blocks[name] = gzipblock.Independent(all[name])
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		var want strings.Builder
		var sent []gzipblock.Block
		for range 8 { // some are left out, some come again
			name := names[chance.IntN(len(names))]
			want.Write(all[name])
			sent = append(sent, blocks[name])
		}
		requirePlain(t, want.String(), member(sent...))
	}
}

// habits say what a viewer of events gets: 3 at every third event, 0 never.
type habits struct {
	first        int // event it comes at
	skipEvery    int // event is left out, as with a viewer that is slow
	commentEvery int // event is followed by a comment
	referEvery   int // event refers to the one before where it may
}

// view is what goes to such a viewer, and what it should read.
func (h habits) view(events [][]byte) (blocks []gzipblock.Block, plain string) {
	every := func(i, n int) bool { return n > 0 && i%n == n-1 }
	var text strings.Builder
	var last []byte // the output ends with it; nil where the viewer is out of step
	for i := h.first; i < len(events); i++ {
		if every(i, h.skipEvery) {
			last = nil
			continue
		}
		if last != nil && every(i, h.referEvery) {
			blocks = append(blocks, gzipblock.Referring(last, events[i]))
		} else {
			blocks = append(blocks, gzipblock.Independent(events[i]))
		}
		text.Write(events[i])
		last = events[i]
		if every(i, h.commentEvery) {
			blocks = append(blocks, gzipblock.Independent([]byte(comment)))
			text.WriteString(comment)
			last = nil
		}
	}
	return blocks, text.String()
}

func TestReferringInStep(t *testing.T) {
	for size, rows := range map[string]int{"a few rows": 3, "most of the window": 115, "more than the window": 150} {
		events := newTable(rows).events(12)
		for name, h := range map[string]habits{
			"always":             {referEvery: 1},
			"in turns":           {referEvery: 2},
			"from the middle on": {first: 5, referEvery: 1},
			"with comments":      {commentEvery: 3, referEvery: 1},
			"with gaps":          {skipEvery: 4, referEvery: 1},
			"with both":          {skipEvery: 5, commentEvery: 3, referEvery: 1},
			"never":              {},
		} {
			t.Run(size+" "+name, func(t *testing.T) {
				blocks, plain := h.view(events)
				requirePlain(t, plain, member(blocks...))
			})
		}
	}
}

func TestReferringIsSmaller(t *testing.T) {
	events := newTable(100).events(2)
	referring := gzipblock.Referring(events[0], events[1])
	assert.Less(t, 3*len(referring.Data), len(gzipblock.Independent(events[1]).Data))
}

// Out of step a viewer reads nonsense: this is why the rule is there.
func TestReferringOutOfStepIsNoticed(t *testing.T) {
	events := newTable(50).events(2)
	_, err := unzip(member(
		gzipblock.Independent(events[0]),
		gzipblock.Independent([]byte(comment)),
		gzipblock.Referring(events[0], events[1]),
	))
	require.ErrorIs(t, err, gzip.ErrChecksum)
}

func TestInReach(t *testing.T) {
	const reach = 32 << 10
	text := newTable(200).next()
	for name, tt := range map[string]struct {
		prev, plain int // lengths
		want        bool
	}{
		"both short":     {1000, 2000, true},
		"both full":      {reach, reach, true},
		"no prev":        {0, 1000, false},
		"prev too long":  {reach + 1, 1000, false},
		"plain too long": {1000, reach + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			prev, plain := text[:tt.prev], text[:tt.plain]
			assert.Equal(t, tt.want, gzipblock.InReach(prev, plain))
			alone, referring := gzipblock.Independent(plain), gzipblock.Referring(prev, plain)
			if tt.want {
				assert.Less(t, len(referring.Data), len(alone.Data))
			} else {
				assert.Equal(t, alone, referring)
			}
			requirePlain(t, string(prev)+string(plain), member(gzipblock.Independent(prev), referring))
		})
	}
}

// Compressors are shared; a block made among others is the one made alone.
func TestBlocksMadeAtTheSameTime(t *testing.T) {
	events := newTable(60).events(8)
	want := make([]gzipblock.Block, len(events))
	for i, e := range events {
		want[i] = gzipblock.Independent(e)
	}
	step := func(i int) gzipblock.Block { return gzipblock.Referring(events[i-1], events[i]) }
	wantSteps := make([]gzipblock.Block, len(events))
	for i := 1; i < len(events); i++ {
		wantSteps[i] = step(i)
	}
	var wg sync.WaitGroup
	for first := range 8 {
		wg.Go(func() {
			for i := range events {
				i = (first + i) % len(events)
				assert.Equal(t, want[i], gzipblock.Independent(events[i]))
				if i > 0 {
					assert.Equal(t, wantSteps[i], step(i))
				}
			}
		})
	}
	wg.Wait()
}

// FuzzBlocks makes bytes of what it is given, cuts them into blocks, some of
// which refer to the one before, and expects to read what went in.
func FuzzBlocks(f *testing.F) {
	row := newTable(1).next()
	f.Add([]byte(nil), uint64(0), uint32(0))
	f.Add(row, uint64(1), uint32(0))
	f.Add(row, uint64(2), uint32(20_000))
	f.Add(row, uint64(3), uint32(90_000))
	f.Add([]byte("ab"), uint64(4), uint32(90_000))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, size uint32) {
		chance := rand.New(rand.NewPCG(seed, 0))
		plain := grow(data, chance, int(size%100_000))
		pieces := cut(plain, chance)
		chance.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		blocks := make([]gzipblock.Block, len(pieces))
		for i, piece := range pieces {
			switch form := chance.IntN(4); {
			case form == 0:
				blocks[i] = gzipblock.Stored(piece)
			case form == 1 || i == 0:
				blocks[i] = gzipblock.Independent(piece)
			default:
				blocks[i] = gzipblock.Referring(pieces[i-1], piece)
			}
		}
		requirePlain(t, string(bytes.Join(pieces, nil)), member(blocks...))
	})
}

// grow appends to data parts of it and noise until it has size bytes.
func grow(data []byte, chance *rand.Rand, size int) []byte {
	plain := slices.Clone(data)
	for len(plain) < size {
		if len(data) > 0 && chance.IntN(4) > 0 {
			from := chance.IntN(len(data))
			plain = append(plain, data[from:from+chance.IntN(len(data)-from)+1]...)
			continue
		}
		for range 1 + chance.IntN(64) {
			plain = append(plain, byte(chance.Uint32()))
		}
	}
	return plain
}

// cut makes pieces of all sizes, also empty ones.
func cut(plain []byte, chance *rand.Rand) [][]byte {
	var pieces [][]byte
	for len(plain) > 0 {
		n := chance.IntN(min(len(plain), 1<<chance.IntN(17)) + 1)
		pieces = append(pieces, plain[:n])
		plain = plain[n:]
	}
	return pieces
}
