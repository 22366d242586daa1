package poller

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// What was remembered for viewers who might come back goes when they do not,
// also while others watch something else.
func TestWhatNobodyComesBackForIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newState(Options{}.withDefaults())
		ppp := s.topics[needs["ppp_active"][0]]
		hardware := Form{Topic: "hardware"}
		gone, stays := Form{Topic: "ppp_active", Changes: true}, Form{Topic: "ppp_active", Changes: true, Volatile: true}
		active := make(map[Form]bool)
		s.arm([]Form{hardware, gone, stays}, active)
		for _, f := range []Form{gone, stays} {
			ppp.differs[f.Volatile] = &differ{Differ: newDiffer(ppp, f.Volatile)}
		}
		s.arm([]Form{hardware, stays}, active)
		time.Sleep(s.memory)
		s.arm([]Form{hardware, stays}, active)
		assert.Len(t, ppp.differs, 2, "they may still come back")
		time.Sleep(time.Second)
		s.arm([]Form{hardware, stays}, active)
		assert.Contains(t, ppp.differs, stays.Volatile)
		assert.Len(t, ppp.differs, 1)
		assert.Empty(t, s.left)
	})
}
