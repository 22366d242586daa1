package limit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/limit"
)

// takeAll takes pieces until one is refused.
func takeAll(m *limit.Memory, owner string, piece int) (taken int) {
	for m.Take(owner, piece) {
		taken += piece
	}
	return taken
}

func TestMemoryIsShared(t *testing.T) {
	m := limit.NewMemory(1 << 20)
	assert.Equal(t, 512<<10, takeAll(m, "a", 1<<10))
	assert.Equal(t, 256<<10, takeAll(m, "b", 1<<10))
	assert.Equal(t, 128<<10, takeAll(m, "c", 1<<10))
	assert.False(t, m.Take("d", 1<<20), "in one piece")
	assert.True(t, m.Take("", 10<<20), "polls are never refused")
	assert.False(t, m.Take("d", 1), "but they count")
	m.Give("", 10<<20)
	m.Give("a", 512<<10)
	assert.Equal(t, 384<<10, m.Taken())
	assert.Equal(t, 320<<10, takeAll(m, "d", 1<<10))
	m.Give("b", 256<<10)
	m.Give("c", 128<<10)
	m.Give("d", 320<<10)
	assert.Zero(t, m.Taken())
	assert.Equal(t, 512<<10, takeAll(m, "a", 64<<10))
}
