package alert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/alert"
)

// Whatever a rule says, it is refused or it is one that says the same again.
func FuzzParse(f *testing.F) {
	for _, s := range alert.Sources() {
		f.Add(s.Example, "", "30s")
	}
	f.Add("cpu > 90", "cpu < 75", "5m")
	f.Add(`log matches "a(" > 5 in 10m`, "", "")
	f.Add("users drops 100% in 24h from 1e15", "users > 1", "-1s")
	f.Fuzz(func(t *testing.T, when, ends, hold string) {
		r, err := alert.Parse(alert.Spec{Name: "x", When: when, Clear: ends, For: hold}, nil)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		assert.LessOrEqual(t, r.For, 7*24*time.Hour)
		again, err := alert.Parse(alert.Spec{Name: "x", When: r.When.String(), Clear: ends, For: hold}, nil)
		if assert.NoError(t, err) {
			assert.Equal(t, r.When.Value, again.When.Value)
			assert.Equal(t, r.When.Op, again.When.Op)
		}
	})
}
