package exchange

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

func FuzzDecode(f *testing.F) {
	for _, m := range []message{
		{form: hub.Snapshot, inc: incarnation{1, 1, 1}, n: 1, body: []byte(`"a":1}`)},
		{form: hub.Change, inc: incarnation{1 << 31, 1 << 40, 1 << 30}, n: 1 << 20, body: bytes.Repeat([]byte("row,"), 1000)},
	} {
		for _, data := range m.encode(700) {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil {
			return
		}
		var a assembly
		if whole, err := a.add(&m); err == nil && whole {
			assert.LessOrEqual(t, len(m.body), maxBody)
		}
	})
}

func FuzzCutSeed(f *testing.F) {
	f.Add(appendSeed(nil, place{incarnation{1, 1, 1}, 2}, hub.Seed{Tail: 9, Since: 3, State: &hub.Body{Seq: 8, Data: []byte("{}")}, History: []hub.Body{{Seq: 9, Data: []byte("x")}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		at, seed, _, err := cutSeed(data)
		if err != nil {
			return
		}
		at2, seed2, rest, err := cutSeed(appendSeed(nil, at, seed))
		require.NoError(t, err)
		assert.Equal(t, at, at2)
		assert.Equal(t, seed, seed2)
		assert.Empty(t, rest)
	})
}

func TestPieces(t *testing.T) {
	random := make([]byte, 10_000)
	_, _ = rand.Read(random)
	for name, body := range map[string][]byte{
		"empty": nil, "short": []byte("short"), "compressible": bytes.Repeat([]byte("0123456789"), 5000), "random": random,
	} {
		t.Run(name, func(t *testing.T) {
			want := message{form: hub.Line, sticky: true, inc: incarnation{3, 4, 5}, n: 6, body: body}
			var a assembly
			list := want.encode(1000)
			for i, data := range list {
				assert.LessOrEqual(t, len(data), 1000)
				m, err := decode(data)
				require.NoError(t, err)
				whole, err := a.add(&m)
				require.NoError(t, err)
				require.Equal(t, i == len(list)-1, whole)
				if whole {
					assert.Equal(t, string(body), string(m.body))
					assert.Equal(t, place{incarnation{3, 4, 5}, 6}, place{m.inc, m.n})
					assert.True(t, m.sticky)
				}
			}
		})
	}
}
