package exchange

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlacesAreInOrder(t *testing.T) {
	at := place{incarnation{owner: 1, epoch: 7, count: 3}, 5}
	for name, c := range map[string]struct {
		other  place
		passed bool
	}{
		"the same":                 {at, true},
		"a message before":         {place{at.inc, 4}, true},
		"the next message":         {place{at.inc, 6}, false},
		"an earlier incarnation":   {place{incarnation{1, 7, 2}, 9}, true},
		"a later incarnation":      {place{incarnation{1, 7, 4}, 1}, false},
		"an earlier epoch":         {place{incarnation{2, 6, 9}, 9}, true},
		"a later epoch":            {place{incarnation{2, 8, 1}, 1}, false},
		"another owner, before":    {place{incarnation{2, 7, 2}, 1}, false},
		"another owner, later":     {place{incarnation{2, 7, 4}, 1}, false},
		"more than 24 bits":        {place{incarnation{1, 7, 1 << 24}, 1}, false},
		"nothing was received yet": {place{}, true},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.passed, at.passed(c.other)) })
	}
}
