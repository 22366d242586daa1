package manager

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A stream may name thousands of routers. To compare each with each would take hundreds of
// times as long as to sort them.
func TestManyIDsTakeLinearTime(t *testing.T) {
	ids := make([]string, 50_000)
	for i := range ids {
		ids[i] = "branch-office-" + strconv.Itoa(len(ids)-i)
	}
	began := time.Now()
	slices.Sort(slices.Clone(ids))
	sorted := time.Since(began)
	began = time.Now()
	assert.Equal(t, ids, unique(append(slices.Clone(ids), ids...)))
	assert.Less(t, time.Since(began), 20*sorted)
}
