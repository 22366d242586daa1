package relay

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
)

var (
	grantKey = []byte("key")
	target   = Target{Instance: "b", Epoch: 7}
)

func TestAGrantIsSignedWhole(t *testing.T) {
	g := newGrant(runHandler, target, "r", "admin", []string{"/ip/address/print", "?x=\x00", ""})
	signed := g.sign(grantKey)
	back, err := parseGrant(signed, [][]byte{grantKey})
	require.NoError(t, err)
	assert.Equal(t, g.issued.UnixMilli(), back.issued.UnixMilli())
	back.issued = g.issued
	assert.Equal(t, g, back)
	for i := range signed {
		changed := bytes.Clone(signed)
		changed[i] ^= 1
		_, err := parseGrant(changed, [][]byte{grantKey})
		require.Error(t, err, "byte %d", i)
	}
	for _, b := range [][]byte{nil, signed[:10], signed[1:], signed[:len(signed)-1], append(bytes.Clone(signed), 0)} {
		_, err := parseGrant(b, [][]byte{grantKey})
		require.Error(t, err)
	}
	_, err = parseGrant(signed, [][]byte{[]byte("another")})
	require.Error(t, err)
}

// While the keys of a fleet are replaced, at one instance after the other, each instance takes
// the commands of the others.
func TestGrantsWhileTheKeysAreReplaced(t *testing.T) {
	old, fresh := []byte("old"), []byte("new")
	steps := [][][]byte{{old}, {old, fresh}, {fresh, old}, {fresh}}
	taken := func(from, to [][]byte) bool {
		g := newGrant(runHandler, target, "r", "admin", nil)
		_, err := parseGrant(g.sign(from[0]), to)
		return err == nil
	}
	for i := range steps[1:] {
		assert.True(t, taken(steps[i], steps[i+1]), "from %q to %q", steps[i], steps[i+1])
		assert.True(t, taken(steps[i+1], steps[i]), "from %q to %q", steps[i+1], steps[i])
	}
	assert.False(t, taken(steps[2], steps[0]), "a step that was left out")
	assert.False(t, taken(steps[0], steps[3]), "a key that was removed")
}

func TestAGrantIsUsedOnce(t *testing.T) {
	now := time.Now()
	for name, tt := range map[string]struct {
		age   time.Duration // when it is used
		again time.Duration // then, after that
		want  [2]bool       // it is taken
	}{
		"at once, and again":        {0, 0, [2]bool{true, false}},
		"again, just valid":         {0, grantLife, [2]bool{true, false}},
		"again, when it is old":     {0, 10 * grantLife, [2]bool{true, false}},
		"from the future, as valid": {-grantLife, 2 * grantLife, [2]bool{true, false}},
		"too old":                   {grantLife + time.Second, 0, [2]bool{false, false}},
		"too far in the future":     {-grantLife - time.Second, 0, [2]bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			var n nonces
			for range 3 { // others, in spans of their own
				other := newGrant(runHandler, target, "r", "admin", nil)
				other.issued = now.Add(-3 * grantLife)
				require.NoError(t, n.use(&other, other.issued))
			}
			g := newGrant(runHandler, target, "r", "admin", nil)
			g.issued = now.Add(-tt.age)
			assert.Equal(t, tt.want[0], n.use(&g, now) == nil)
			later := newGrant(runHandler, target, "r", "admin", nil)
			later.issued = now.Add(tt.again)
			assert.NoError(t, n.use(&later, later.issued))
			assert.Equal(t, tt.want[1], n.use(&g, now.Add(tt.again)) == nil)
		})
	}
}

func TestGrantsThatAreRememberedAreBounded(t *testing.T) {
	var n nonces
	now := time.Now()
	g := newGrant(runHandler, target, "r", "admin", nil)
	require.NoError(t, n.use(&g, now))
	for i := range maxNonces - 1 {
		n.recent[0][[nonceSize]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}] = struct{}{}
	}
	g = newGrant(runHandler, target, "r", "admin", nil)
	err := n.use(&g, now)
	assert.Equal(t, errcode.Busy, errcode.Of(err))
	g.issued = now.Add(3 * grantLife)
	assert.NoError(t, n.use(&g, g.issued), "when they are old")
}

// A grant for one thing is none for another.
func TestAGrantIsForOneThing(t *testing.T) {
	c := &commander{instance: "b", CommandOptions: CommandOptions{
		Keys: [][]byte{grantKey}, Permit: func() error { return nil },
		Find: func(_ string, epoch uint64) (Router, error) {
			if epoch != 7 {
				return nil, errcode.New(errcode.Unreachable, "no")
			}
			return nil, nil
		},
	}}
	for name, tt := range map[string]struct {
		kind string
		to   Target
		ok   bool
	}{
		"this":             {runHandler, target, true},
		"another kind":     {startHandler, target, false},
		"another instance": {runHandler, Target{Instance: "c", Epoch: 7}, false},
		"another claim":    {runHandler, Target{Instance: "b", Epoch: 8}, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGrant(tt.kind, tt.to, "r", "admin", []string{"/x"})
			got, _, err := c.accept(runHandler, g.sign(grantKey))
			require.Equal(t, tt.ok, err == nil, err)
			if tt.ok {
				assert.Equal(t, "admin", got.owner)
				assert.Equal(t, "r", got.router)
				_, _, err = c.accept(runHandler, g.sign(grantKey))
				assert.ErrorContains(t, err, "used before")
			}
		})
	}
}
