package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testHour = 491_000

// sampled returns a router with an hour of two series.
func sampled() *router {
	r := &router{step: 1, window: 24 * time.Hour}
	for m := range 60 {
		at := time.Unix(testHour*3600+int64(m)*60, 0)
		r.add(Sample{at, []Value{{"interface/ether1/rx", uint64(m) * 1e6}, {"interface/ether1/tx", 7}, {"cpu", uint64(m)}}})
	}
	return r
}

func empty() *router {
	r := &router{step: 1, window: 24 * time.Hour}
	r.slot = testHour*60 + 59
	return r
}

func TestBlocks(t *testing.T) {
	data := sampled().block(testHour)
	assert.Len(t, data, 2+(2+len("interface/ether1/rx")+24)+(2+len("tx")+24)+(2+len("cpu")+24), "names share their beginning")
	r := empty()
	require.NoError(t, r.fill(testHour, data))
	require.Len(t, r.series, 3)
	assert.Equal(t, "interface/ether1/tx", r.series[1].name)
	got, ok := decode(r.series[2].values[(testHour*60+7)%int64(r.length())])
	assert.True(t, ok)
	assert.Equal(t, uint64(7), got, "the mean of 5 to 9")
	assert.Nil(t, sampled().block(testHour+1))
	for name, damaged := range map[string][]byte{
		"nothing": nil, "another version": {9, 5}, "no step": {1, 7}, "shorter steps": {1, 0},
		"cut in a name": data[:10], "cut in values": data[:len(data)-1], "nothing before": {1, 60, 3, 0, 1, 1},
	} {
		assert.ErrorIs(t, empty().fill(testHour, damaged), errBlock, name)
	}
}

// Whatever stands on the disk does no harm.
func FuzzBlocks(f *testing.F) {
	f.Add(sampled().block(testHour), int64(testHour))
	f.Add([]byte{1, 60, 0, 1, 'x', 1, 1}, int64(0))
	f.Fuzz(func(t *testing.T, data []byte, hour int64) {
		r := empty()
		if hour < 0 || hour > 1e9 {
			return
		}
		_ = r.fill(hour, data)
		assert.LessOrEqual(t, len(r.series), MaxSeries)
		again := r.block(testHour)
		second := empty()
		if again != nil {
			require.NoError(t, second.fill(testHour, again))
		}
		r.fit(MaxRouter)
		assert.LessOrEqual(t, r.size(), MaxRouter)
	})
}
