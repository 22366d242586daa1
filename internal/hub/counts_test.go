package hub_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/hub"
)

func TestCounts(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	quick, slow := h.Subscribe(on(f, whole)), h.Subscribe(on(f, whole, changes, lines))
	for n := range 5 {
		f.Publish(whole, body(n))
		data(t, quick)
	}
	assert.Equal(t, hub.Counts{Published: 5, Delivered: 5, Conflated: 4}, h.Counts(), "the slow one has not taken any")
	data(t, slow)
	assert.Equal(t, hub.Counts{Published: 5, Delivered: 6, Conflated: 4}, h.Counts())

	f.PublishChange(changes, nil, state(0)) // the state that the changes lead on from
	for n := range 65 {
		f.PublishChange(changes, body(n), state(n))
	}
	for n := range 1001 {
		f.PublishLine(lines, body(n))
	}
	counts := h.Counts()
	assert.Equal(t, uint64(64), counts.Dropped[hub.SlowChanges])
	assert.Equal(t, uint64(1000), counts.Dropped[hub.SlowLines])
	assert.Zero(t, counts.Dropped[hub.Moved])
	data(t, slow)
	f.PublishLine(lines, body(1))
	f.Restart(nil)
	assert.Equal(t, uint64(1), h.Counts().Dropped[hub.Moved])
}
