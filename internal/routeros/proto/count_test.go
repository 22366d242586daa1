package proto_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func TestCount(t *testing.T) {
	row := proto.AppendSentence(nil, "!re", "=name=x")
	long := proto.AppendSentence(nil, "!re", string(make([]byte, 1000)))
	for name, tt := range map[string]struct {
		list []byte
		n    int
		ok   bool
	}{
		"nothing":                  {nil, 0, true},
		"one":                      {row, 1, true},
		"three":                    {append(append(append([]byte{}, row...), long...), row...), 3, true},
		"without its terminator":   {row[:len(row)-1], 0, false},
		"cut inside a word":        {row[:3], 0, false},
		"cut inside a length":      {long[:5], 0, false},
		"a sentence without words": {append(append([]byte{}, row...), 0), 1, false},
		"a terminator of two":      {[]byte{1, 'x', 0x80, 0}, 0, false},
		"a reserved length":        {[]byte{0xF8, 0}, 0, false},
		"an announced 4 GiB":       {[]byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 'x', 0}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, ok := proto.Sentences(tt.list).Count()
			assert.Equal(t, tt.n, n)
			assert.Equal(t, tt.ok, ok)
		})
	}
}
