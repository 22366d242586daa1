package access_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
)

var hash = access.HashOf("mk_some key").String()

func TestParse(t *testing.T) {
	keys, err := access.Parse("# a comment\n\n\tname=noc role=viewer routers=branch-*,hq hash=" + hash + " expires=2027-01-31 # until then\r\n" +
		"name=shop role=operator routers=* hash=" + access.HashOf("b").String() + " rule=/ip/hotspot/**:print,add rule=!/system/reboot")
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, "name=noc role=viewer routers=branch-*,hq hash="+hash+" expires=2027-02-01T00:00:00Z", keys[0].Line())
	assert.Equal(t, []string{"/ip/hotspot/**:print,add", "!/system/reboot"}, keys[1].Rules)
	assert.True(t, keys[1].Expires.IsZero())
}

func TestMistakesNameTheLine(t *testing.T) {
	good := "name=a role=viewer routers=* hash=" + hash
	for name, tc := range map[string]struct{ line, want string }{
		"no field":        {"noc viewer", "field 1 does not have the form name=value"},
		"an unknown one":  {good + " color=red", "field 5 is unknown"},
		"twice":           {good + " role=admin", "duplicate role"},
		"no hash":         {"name=a role=viewer routers=*", "hash is missing"},
		"no routers":      {"name=a role=viewer hash=" + hash, "routers is missing"},
		"a key as hash":   {"name=a role=viewer routers=* hash=mk_SECRET", "hash must be"},
		"a key as name":   {"name=mk_SECRET role=viewer routers=* hash=" + hash, "as keys do"},
		"a long hash":     {good + "00", "hash must be"},
		"a role":          {"name=a role=root routers=* hash=" + hash, "role must be"},
		"nobody":          {"name=a role=nobody routers=* hash=" + hash, "role must be"},
		"the owner":       {"name=owner role=admin routers=* hash=" + hash, "reserved name"},
		"a name":          {"name=a/b role=admin routers=* hash=" + hash, "name must be"},
		"an empty id":     {"name=a role=admin routers=b,,c hash=" + hash, "routers must be"},
		"a day":           {good + " expires=tomorrow", "expires must be"},
		"a viewer's rule": {good + " rule=/ip/**", "not allowed for a viewer"},
		"control":         {good + "\x00", "UTF-8"},
		"name again":      {"name=first role=viewer routers=* hash=" + hash, "same name as line 1"},
		"hash again":      {"name=other role=viewer routers=* hash=" + access.HashOf("1").String(), "same hash as line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := access.Parse("name=first role=viewer routers=* hash=" + access.HashOf("1").String() + "\n" + tc.line + "\n")
			require.ErrorContains(t, err, "line 2: ")
			assert.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "SECRET")
			assert.Empty(t, keys)
		})
	}
}

func TestPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern, id string
		want        bool
	}{
		{"*", "", true}, {"*", "x", true}, {"a", "a", true}, {"a", "A", false}, {"a", "ab", false},
		{"branch-*", "branch-1", true}, {"branch-*", "branch-", true}, {"branch-*", "a-branch-1", false},
		{"*-1", "branch-1", true}, {"*-1", "branch-12", false}, {"a*b*c", "aXbYc", true}, {"a*b*c", "abc", true},
		{"a*b*c", "acb", false}, {"a*a", "a", false}, {"a*ab*b", "aab", false}, {"**", "x", true}, {"a?", "ab", false},
	} {
		assert.Equal(t, tc.want, access.Patterns{"never", tc.pattern}.Match(tc.id), "%s %s", tc.pattern, tc.id)
	}
	assert.False(t, access.Patterns(nil).Match("a"))
}

func FuzzParse(f *testing.F) {
	f.Add("name=noc role=viewer routers=branch-*,hq hash=" + hash + " expires=2027-01-31 # x\n")
	f.Add("name=a role=admin routers=* hash=" + hash + " rule=/a rule=b\n# x\nname=a")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := access.Parse(text)
		if err != nil {
			assert.Empty(t, keys)
			return
		}
		var lines []string
		for _, k := range keys {
			assert.NotEqual(t, access.NoRole, k.Role)
			assert.NotEmpty(t, k.Routers)
			lines = append(lines, k.Line())
		}
		again, err := access.Parse(strings.Join(lines, "\n"))
		if k := strings.Join(lines, ""); strings.Contains(k, "+") || err != nil && strings.Contains(err.Error(), "expires") {
			return // years beyond 9999 and odd offsets have no line
		}
		require.NoError(t, err)
		assert.Len(t, again, len(keys))
	})
}

func parse(t *testing.T, text string) []*access.Key {
	t.Helper()
	keys, err := access.Parse(text)
	require.NoError(t, err)
	return keys
}

func TestALifeEndsWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := func(role, secret, more string) string {
			return "name=" + secret + " role=" + role + " routers=* hash=" + access.HashOf(secret).String() + more + "\n"
		}
		soon := " expires=" + time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
		ring := access.NewKeySet(parse(t, line("viewer", "a", "")+line("viewer", "b", "")+line("viewer", "c", "")+line("viewer", "d", soon)))
		defer ring.Close()
		holders := map[string]*access.ActiveKey{}
		for _, name := range []string{"a", "b", "c", "d"} {
			h, err := ring.Find(name)
			require.NoError(t, err)
			byID, err := ring.ByID(h.ID())
			require.NoError(t, err)
			assert.Same(t, h, byID)
			holders[name] = h
		}
		fresh, gone := ring.Replace(parse(t, "# moved\n"+line("viewer", "a", "")+line("admin", "b", "")+line("viewer", "d", soon)))
		assert.Equal(t, []int{1, 2}, []int{fresh, gone})
		assert.NoError(t, holders["a"].Context.Err())
		assert.ErrorIs(t, context.Cause(holders["b"].Context), access.ErrChanged)
		assert.ErrorIs(t, context.Cause(holders["c"].Context), access.ErrChanged)
		_, err := ring.Find("c")
		assert.ErrorIs(t, err, access.ErrUnknown)
		time.Sleep(59 * time.Second)
		assert.NoError(t, holders["d"].Context.Err())
		time.Sleep(time.Second)
		synctest.Wait()
		assert.ErrorIs(t, context.Cause(holders["d"].Context), access.ErrExpired)
		_, err = ring.Find("d")
		assert.ErrorIs(t, err, access.ErrExpired)
	})
}

func TestNewSecrets(t *testing.T) {
	a, b := access.NewSecret(), access.NewSecret()
	assert.NotEqual(t, a, b)
	assert.Regexp(t, `^mk_[A-Z2-7]{52}$`, a)
}

// BenchmarkReplace is one key more for a full store.
func BenchmarkReplace(b *testing.B) {
	var keys []*access.Key
	for i := range 1000 {
		keys = append(keys, &access.Key{Name: fmt.Sprint("k", i), Role: access.Viewer, Routers: access.Patterns{"*"}, Hash: access.HashOf(fmt.Sprint(i))})
	}
	set := access.NewKeySet(keys[1:])
	b.Cleanup(set.Close)
	for n := 0; b.Loop(); n++ {
		set.Replace(keys[n%2:])
	}
}
