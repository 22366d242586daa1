package board

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/register"
)

// brief is a part whose values go as soon as they are written.
type brief struct {
	mu      sync.Mutex
	board   *Board
	present map[string]bool // guarded by mu
	written int
}

func (p *brief) Learn(string, []byte) {}

func (p *brief) Merge(name string, _ []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.present[name] {
		return []byte(name)
	}
	return nil
}

func (p *brief) Wrote(name string, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written++
	if p.present[name] {
		delete(p.present, name)
		p.board.Touch(name)
	}
}

// Nothing is left of names that are gone, whichever comes first: the answer to a write or
// what the store tells of it.
func TestNothingIsLeft(t *testing.T) {
	const n = 2000
	b, err := Open(t.Context(), register.NewMemory(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	p := &brief{board: b, present: make(map[string]bool)}
	b.Attach(p, "")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	defer func() { cancel(); wg.Wait() }()
	time.Sleep(10 * time.Millisecond) // until the store is followed
	for i := range n {
		name := fmt.Sprint(i)
		p.mu.Lock()
		p.present[name] = true
		p.mu.Unlock()
		b.Touch(name)
	}
	assert.EventuallyWithT(t, func(t *assert.CollectT) {
		p.mu.Lock()
		assert.GreaterOrEqual(t, p.written, 2*n)
		p.mu.Unlock()
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.Empty(t, b.values)
	}, 20*time.Second, 10*time.Millisecond)
}
