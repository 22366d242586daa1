package procs_test

import (
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/procs"
)

// The real thing: processor time of this process, processors of this machine.
func TestARealLoad(t *testing.T) {
	most := runtime.GOMAXPROCS(0)
	g := procs.Govern(slog.New(slog.DiscardHandler))
	if most == 1 {
		require.Nil(t, g, "nothing to govern")
		return
	}
	defer g.Stop()
	require.Equal(t, 1, runtime.GOMAXPROCS(0))
	has := func(n int) func() bool { return func() bool { return runtime.GOMAXPROCS(0) == n } }

	var over atomic.Bool
	burnt := make(chan struct{})
	go func() {
		defer close(burnt)
		for !over.Load() {
		}
	}()
	require.Eventually(t, has(most), time.Minute, 10*time.Millisecond, "under load")
	over.Store(true)
	<-burnt
	require.Eventually(t, has(1), 2*time.Minute, 10*time.Millisecond, "at rest")

	g.Stop()
	assert.Equal(t, most, runtime.GOMAXPROCS(0), "as it was")
	g.Stop()
}

func TestNoGovernor(t *testing.T) {
	var g *procs.Governor
	assert.NotPanics(t, g.Stop)
}
