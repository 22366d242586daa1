package api

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOthersOnASession(t *testing.T) {
	var many []string
	for i := range 20_000 {
		many = append(many, fmt.Sprint("r", i))
	}
	for name, tc := range map[string]struct {
		ids    []string
		except string
		want   []string
	}{
		"alone":          {[]string{"a"}, "a", []string{}},
		"two":            {[]string{"a", "b"}, "a", []string{"b"}},
		"not among them": {[]string{"a", "b"}, "c", []string{"a", "b"}},
		"thousands":      {many, "r0", many[1:101]},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, others(tc.ids, tc.except)) })
	}
}
