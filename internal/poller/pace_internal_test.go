package poller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPace(t *testing.T) {
	type poll struct {
		took time.Duration
		load int
		want time.Duration
	}
	const ms = time.Millisecond
	repeat := func(n int, p poll) []poll {
		list := make([]poll, n)
		for i := range list {
			list[i] = p
		}
		return list
	}
	for name, polls := range map[string][]poll{
		"a healthy router keeps the interval": repeat(20, poll{100 * ms, 40, 2 * time.Second}),
		"a slow poll doubles at once, up to eight times": {
			{500 * ms, 10, 4 * time.Second}, {900 * ms, 10, 8 * time.Second},
			{1700 * ms, 10, 16 * time.Second}, {5 * time.Second, 10, 16 * time.Second},
		},
		"a busy CPU doubles when it stays busy": {
			{10 * ms, 90, 2 * time.Second}, {10 * ms, 90, 2 * time.Second}, {10 * ms, 90, 4 * time.Second},
			{10 * ms, 90, 4 * time.Second}, {10 * ms, 60, 4 * time.Second}, {10 * ms, 90, 4 * time.Second},
		},
		"calm halves again": append([]poll{{500 * ms, 10, 4 * time.Second}},
			append(repeat(4, poll{10 * ms, 10, 4 * time.Second}), poll{10 * ms, 10, 2 * time.Second}, poll{10 * ms, 10, 2 * time.Second})...),
		"between the bounds it stays": append([]poll{{500 * ms, 10, 4 * time.Second}}, repeat(20, poll{400 * ms, 10, 4 * time.Second})...),
		"an unknown load is no load":  append([]poll{{500 * ms, unknownLoad, 4 * time.Second}}, append(repeat(4, poll{10 * ms, unknownLoad, 4 * time.Second}), poll{10 * ms, unknownLoad, 2 * time.Second})...),
	} {
		t.Run(name, func(t *testing.T) {
			p := newPace(2*time.Second, 0)
			for i, poll := range polls {
				p.learn(poll.took, poll.load)
				assert.Equal(t, poll.want, p.interval, "poll %d", i+1)
				assert.Equal(t, poll.want > 2*time.Second, p.stretched())
			}
		})
	}
}
