package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
)

func TestPatternsWithin(t *testing.T) {
	for name, tc := range map[string]struct {
		inner, outer string
		want         bool
	}{
		"the same":                 {"branch-*", "branch-*", true},
		"one router":               {"branch-1", "branch-*", true},
		"all":                      {"*", "*", true},
		"all in some":              {"*", "branch-*", false},
		"some in all":              {"branch-*,hq", "*", true},
		"a narrower one":           {"branch-jakarta-*", "branch-*", true},
		"a wider one":              {"branch*", "branch-*", false},
		"another end":              {"branch-*-a", "*-a", true},
		"the ends alone":           {"a*a", "a*", true},
		"two stars in one":         {"a*b*c", "a*c", true},
		"one star in two":          {"a*c", "a*b*c", false},
		"overlapping ends":         {"ab", "a*b*b", false},
		"each in another":          {"a-1,b-1", "b-*,a-*", true},
		"one in none":              {"a-1,c-1", "b-*,a-*", false},
		"a name with a star as is": {"a*", "a", false},
		"stars in a row":           {"a**", "a*", true},
	} {
		t.Run(name, func(t *testing.T) {
			inner, outer := access.Patterns(strings.Split(tc.inner, ",")), access.Patterns(strings.Split(tc.outer, ","))
			assert.Equal(t, tc.want, inner.Within(outer))
		})
	}
}

// What is within matches nothing that the others do not.
func FuzzPatternsWithin(f *testing.F) {
	f.Add("a*b", "a*", "axb")
	f.Add("*a*", "*", "bab")
	f.Add("ab*", "a*b*", "abab")
	f.Fuzz(func(t *testing.T, inner, outer, id string) {
		if strings.Contains(inner+outer+id, "\x00") {
			return // no pattern and no router_id has one
		}
		in, out := access.Patterns{inner}, access.Patterns{outer}
		if in.Within(out) && in.Match(id) {
			assert.True(t, out.Match(id), "%q is in %q", id, inner)
		}
		if in.Match(id) && !out.Match(id) {
			assert.False(t, in.Within(out))
		}
		assert.True(t, in.Within(in))
	})
}

func TestFieldsThatAreRefused(t *testing.T) {
	good := access.Fields{Name: "noc", Role: "operator", Routers: []string{"a", "b-*"}, Rules: []string{"/ppp/*:print", "!/ppp/secret"}, Expires: "2127-01-31"}
	key, err := good.Key(access.HashOf("x"))
	require.NoError(t, err)
	parsed, err := access.Parse(key.Line())
	require.NoError(t, err)
	assert.Equal(t, parsed[0].ID(), key.ID(), "the same as of a file")
	assert.Equal(t, "role=operator routers=a,b-* expires=2127-02-01T00:00:00Z rule=/ppp/*:print rule=!/ppp/secret", key.Grant())

	const secret = "hunter2-nobody-may-see"
	many := make([]string, 101)
	for i := range many {
		many[i] = "a"
	}
	for name, change := range map[string]func(*access.Fields){
		"no name":               func(f *access.Fields) { f.Name = "" },
		"a key as a name":       func(f *access.Fields) { f.Name = "mk_" + secret },
		"a name with a field":   func(f *access.Fields) { f.Name = secret + " role=admin" },
		"the owner's name":      func(f *access.Fields) { f.Name = "owner" },
		"an unknown role":       func(f *access.Fields) { f.Role = secret },
		"no role":               func(f *access.Fields) { f.Role = "none" },
		"no routers":            func(f *access.Fields) { f.Routers = nil },
		"an empty pattern":      func(f *access.Fields) { f.Routers = []string{"a", ""} },
		"a comma":               func(f *access.Fields) { f.Routers = []string{"a," + secret} },
		"a blank":               func(f *access.Fields) { f.Routers = []string{secret + " x"} },
		"a line break":          func(f *access.Fields) { f.Routers = []string{"a\nname=x"} },
		"a control character":   func(f *access.Fields) { f.Routers = []string{"a\x00"} },
		"a long pattern":        func(f *access.Fields) { f.Routers = []string{strings.Repeat("a", 129)} },
		"many patterns":         func(f *access.Fields) { f.Routers = many },
		"many rules":            func(f *access.Fields) { f.Rules = many },
		"an empty rule":         func(f *access.Fields) { f.Rules = []string{""} },
		"no rule":               func(f *access.Fields) { f.Rules = []string{"ppp"} },
		"rules of a viewer":     func(f *access.Fields) { f.Role = "viewer" },
		"an expiry in words":    func(f *access.Fields) { f.Expires = "tomorrow" },
		"an expiry with a hash": func(f *access.Fields) { f.Expires = "2127-01-31 hash=" + secret },
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			change(&f)
			_, err := f.Key(access.HashOf("x"))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), secret)
		})
	}
}

func TestAKeyGrantsNoMoreThanItHas(t *testing.T) {
	key := func(line string) *access.Key {
		keys, err := access.Parse("name=x hash=" + access.HashOf("x").String() + " " + line)
		require.NoError(t, err)
		return keys[0]
	}
	for name, tc := range map[string]struct {
		by    *access.Key
		other string
		ok    bool
	}{
		"the owner, all":           {access.Owner, "role=admin routers=* rule=dangerous", true},
		"the same":                 {key("role=admin routers=b-*"), "role=admin routers=b-*", true},
		"less":                     {key("role=admin routers=b-*"), "role=viewer routers=b-1", true},
		"other routers":            {key("role=admin routers=b-*"), "role=viewer routers=a", false},
		"a higher role":            {key("role=operator routers=*"), "role=admin routers=*", false},
		"later":                    {key("role=admin routers=* expires=2127-01-31"), "role=viewer routers=* expires=2127-02-01", false},
		"for ever":                 {key("role=admin routers=* expires=2127-01-31"), "role=viewer routers=*", false},
		"as long":                  {key("role=admin routers=* expires=2127-01-31"), "role=viewer routers=* expires=2127-01-31", true},
		"no rules":                 {key("role=admin routers=* rule=/ppp/**"), "role=operator routers=*", false},
		"the rules":                {key("role=admin routers=* rule=/ppp/**"), "role=operator routers=* rule=/ppp/**", true},
		"the rules, and a denial":  {key("role=admin routers=* rule=/ppp/**"), "role=operator routers=* rule=!/ppp/secret rule=/ppp/**", true},
		"other rules":              {key("role=admin routers=* rule=/ppp/**"), "role=operator routers=* rule=/ip/**", false},
		"one rule more":            {key("role=admin routers=* rule=/ppp/**"), "role=operator routers=* rule=/ppp/** rule=/ip/**", false},
		"a denial dropped":         {key("role=admin routers=* rule=/ppp/** rule=!/ppp/secret"), "role=operator routers=* rule=/ppp/**", false},
		"defaults dropped":         {key("role=admin routers=*"), "role=operator routers=* rule=dangerous", false},
		"a default lifted by name": {key("role=admin routers=*"), "role=operator routers=* rule=/user", false},
		"who runs nothing":         {key("role=admin routers=* rule=/ppp/**"), "role=viewer routers=*", true},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.by.Grants(key(tc.other))
			assert.Equal(t, tc.ok, err == nil, "%v", err)
			if err == nil {
				bound, err := tc.by.Bound(key(tc.other).Fields()).Key(access.Hash{})
				require.NoError(t, err)
				assert.NoError(t, tc.by.Grants(bound))
			}
		})
	}
	by := key("role=admin routers=* expires=2127-01-31 rule=/ppp/**")
	bound, err := by.Bound(access.Fields{Name: "y", Role: "operator", Routers: []string{"a"}}).Key(access.Hash{})
	require.NoError(t, err)
	assert.NoError(t, by.Grants(bound), "what is not said is as of the key that makes it")
	assert.Equal(t, by.Expires, bound.Expires)
	assert.Equal(t, by.Rules, bound.Rules)
}

func TestTheLastUseOfAKey(t *testing.T) {
	key, err := access.Fields{Name: "a", Role: "viewer", Routers: []string{"*"}}.Key(access.HashOf("secret"))
	require.NoError(t, err)
	set := access.NewKeySet([]*access.Key{key})
	assert.Zero(t, set.LastUsed(key.Hash))
	_, _ = set.Find("another")
	assert.Zero(t, set.LastUsed(key.Hash))
	_, err = set.Find("secret")
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), set.LastUsed(key.Hash), time.Minute)
	assert.Zero(t, set.LastUsed(access.HashOf("another")))
}
