package procs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// play has the rule see loads, one for each window, on a machine with so many
// processors, and returns how many there were in each window.
func play(most int, loads ...float64) []int {
	var f fit
	has := 1
	var seen []int
	for _, load := range loads {
		seen = append(seen, has)
		if has = f.learn(has, min(load, float64(has))); has == all {
			has = most
		}
	}
	return append(seen, has)
}

func windows(load float64, n int) []float64 {
	var list []float64
	for range n {
		list = append(list, load)
	}
	return list
}

func TestAllProcessorsAfterTwoBusyWindows(t *testing.T) {
	assert.Equal(t, []int{1, 1, 1, 16}, play(16, 0.6, 0.8, 0.8))
	assert.Equal(t, []int{1, 1, 1, 1}, play(16, 0.8, 0.6, 0.8), "not two of three")
}

func TestComingDownTakesAWhile(t *testing.T) {
	loads := append(windows(1, hurried), windows(0.1, 3*patient)...)
	seen := play(8, loads...)
	assert.Equal(t, 8, seen[hurried])
	assert.Equal(t, 8, seen[hurried+patient-1])
	assert.Equal(t, 4, seen[hurried+patient])
	assert.Equal(t, 2, seen[hurried+2*patient])
	assert.Equal(t, 1, seen[hurried+3*patient])

	loads[hurried+patient-1] = 2.1 // more than four could well do
	seen = play(8, loads...)
	assert.Equal(t, 8, seen[hurried+2*patient-1])
	assert.Equal(t, 4, seen[hurried+2*patient])
}

// A load that stays the same comes to rest, with processors to spare, on any
// machine.
func TestASteadyLoadRests(t *testing.T) {
	for _, most := range []int{2, 3, 4, 6, 8, 64} {
		for tenths := range 10 * most {
			load := float64(tenths) / 10
			t.Run(fmt.Sprintf("%.1f of %d", load, most), func(t *testing.T) {
				seen := play(most, windows(load, 20*patient)...)
				rest := seen[10*patient:]
				for _, has := range rest {
					assert.Equal(t, rest[0], has)
				}
				if rest[0] < most {
					assert.LessOrEqual(t, load, busy*float64(rest[0]))
				}
			})
		}
	}
}
