package alert_test

import (
	"encoding/json"
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

// Whatever a store has, it is taken or left out; what is written in its place is the same
// or JSON.
func FuzzLearn(f *testing.F) {
	for _, value := range []string{
		`{"router":"r","state":1,"boot":"2026-11-26T11:03:35Z","alerts":[{"alert":"x","rule":"cpu","source":"cpu","router_id":"r","phase":2,"told":true}]}`,
		`{"router":"r","counted":[{"rule":"cpu","at":[1,2],"n":[1]}]}`, `"2026-11-26T11:03:35Z"`, `{"id":"x","router_id":"r","at":"9999-12-31T23:59:59Z"}`, `{`, ``, `null`,
	} {
		f.Add("router.x", value)
		f.Add("told.0000000000001.x", value)
		f.Add("silence.x", value)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		e := alert.New(&told{}, alert.Options{})
		e.Learn(name, []byte(value))
		merged := e.Merge(name, []byte(value))
		assert.True(t, merged == nil || string(merged) == value || json.Valid(merged))
		e.Wrote(name, nil)
		_, err := json.Marshal(e.Firing(everything))
		assert.NoError(t, err)
		_, err = json.Marshal(e.History(everything, 10))
		assert.NoError(t, err)
		e.Learn(name, nil)
	})
}
