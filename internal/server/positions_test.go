package server_test

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A key that sees one router gets ids of one length that tell nothing of how much happens
// at the others; and all keys get the same, since the frame is made once.
func TestALimitedKeyCannotCountEventsOfOthers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"noc": "role=viewer routers=in*"})
	settings := maps.Clone(quick)
	settings["API_KEYS_FILE"] = file
	p := start(t, settings)
	seen, addr := device(t, sim.Options{PPPUsers: 1})
	unseen, hidden := device(t, sim.Options{PPPUsers: 1})
	p.connect("in-1", addr)
	p.connect("out-1", hidden)
	all := p.openAt("/sse?router=*&topics=sessions", "")
	limited, alone := p.openAs("noc", "/sse?router=*&topics=sessions", ""), p.openAt("/sse/in-1?topics=sessions", "")
	calling(t, seen)
	calling(t, unseen)
	var last string
	for range 12 {
		e := limited.until("somebody", func(e event) bool { return e.decode(t)["type"] == "up" })
		same := func(other event) bool { return other.Data == e.Data }
		assert.Regexp(t, `^[\w-]{22}$`, e.ID)
		assert.Equal(t, e.ID, alone.until("the same", same).ID)
		assert.Equal(t, e.ID, all.until("the same", same).ID)
		common := 0
		for i := range min(len(last), len(e.ID)) {
			if last[i] == e.ID[i] {
				common++
			}
		}
		assert.Less(t, common, 9, "%s after %s", e.ID, last)
		last = e.ID
	}
}

// Instances with one TICKET_SECRET can open each other's ids. Whoever knows the owner's key
// cannot, so an id is no test for that key.
func TestWhoCanOpenIDs(t *testing.T) {
	t.Parallel()
	const secret = "the same at all instances"
	for name, test := range map[string]struct {
		variables  map[string]string
		openedWith string
		opens      bool
	}{
		"the secret":                {map[string]string{"TICKET_SECRET": secret}, secret, true},
		"another secret":            {map[string]string{"TICKET_SECRET": "one more of 20 bytes."}, secret, false},
		"no secret":                 {nil, secret, false},
		"the owner's key":           {nil, testKey, false},
		"the owner's key, a secret": {map[string]string{"TICKET_SECRET": secret}, testKey, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := maps.Clone(quick)
			maps.Copy(settings, test.variables)
			p := start(t, settings)
			_, addr := device(t, sim.Options{})
			p.connect("r", addr)
			s, sealer := p.open("r"), hub.NewSealer([]byte(test.openedWith))
			position := func() hub.Position {
				e := s.until("an event with an id", func(e event) bool { return e.ID != "" })
				at, ok := sealer.Open(e.ID)
				require.True(t, ok, "any id looks like an id")
				return at
			}
			first, second := position(), position()
			assert.Equal(t, test.opens, first.Epoch == second.Epoch)
			assert.Equal(t, test.opens, first.Sequence < 100 && second.Sequence < 100)
		})
	}
}
