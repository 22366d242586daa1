package ticket_test

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/ticket"
)

const secret = "a secret of more than sixteen bytes"

var now = time.Unix(1_800_000_000, 0)

func claims() ticket.Claims {
	return ticket.Claims{
		Routers: ticket.Only("b", "a", "b"), Topics: ticket.All(),
		Issued: now, Expires: now.Add(time.Minute),
	}
}

func issue(t testing.TB, c ticket.Claims) string {
	t.Helper()
	token, err := ticket.New([]byte(secret)).Issue(c)
	require.NoError(t, err)
	return token
}

// seal signs any content, as somebody with the secret and another program
// could. It follows the package comment, not the code.
func seal(t testing.TB, content []byte) string {
	t.Helper()
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "mikronec stream ticket 1", 32)
	require.NoError(t, err)
	h := hmac.New(sha256.New, key)
	h.Write(content)
	return base64.RawURLEncoding.EncodeToString(h.Sum(content[:len(content):len(content)]))
}

func TestATicketSaysWhatItWasIssuedFor(t *testing.T) {
	for name, tt := range map[string]struct{ routers, topics ticket.Set }{
		"some routers, all topics": {ticket.Only("a", "b"), ticket.All()},
		"all routers, one topic":   {ticket.All(), ticket.Only("health")},
		"everything":               {ticket.All(), ticket.All()},
		"names of any kind":        {ticket.Only("cabang jakarta ü", strings.Repeat("x", 128)), ticket.Only("a", "ab", "b")},
	} {
		t.Run(name, func(t *testing.T) {
			c := ticket.Claims{Routers: tt.routers, Topics: tt.topics, Issued: now, Expires: now.Add(time.Hour)}
			got, err := ticket.New([]byte(secret)).Verify(issue(t, c), now)
			require.NoError(t, err)
			assert.NotZero(t, got.ID)
			c.ID = got.ID
			assert.Equal(t, c, got)
		})
	}
}

// A signer accepts tickets of each of its secrets, with the tags that go with them.
func TestSeveralSecrets(t *testing.T) {
	old, fresh := []byte("an old secret of some length"), []byte("a new secret of some length")
	for name, tt := range map[string]struct {
		from, to [][]byte
		ok       bool
	}{
		"one more, behind":         {[][]byte{old}, [][]byte{old, fresh}, true},
		"of who has one more":      {[][]byte{old, fresh}, [][]byte{old}, true},
		"another first":            {[][]byte{old, fresh}, [][]byte{fresh, old}, true},
		"of who has it first":      {[][]byte{fresh, old}, [][]byte{old, fresh}, true},
		"one less":                 {[][]byte{fresh, old}, [][]byte{fresh}, true},
		"of who has one less":      {[][]byte{fresh}, [][]byte{fresh, old}, true},
		"one that is not known":    {[][]byte{fresh, old}, [][]byte{old}, false},
		"one that is not any more": {[][]byte{old}, [][]byte{fresh}, false},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := ticket.New(tt.from...), ticket.New(tt.to...)
			c := claims()
			c.Key = from.Tags("owner")[0]
			token, err := from.Issue(c)
			require.NoError(t, err)
			got, err := to.Verify(token, now)
			if !tt.ok {
				require.ErrorIs(t, err, ticket.ErrForged)
				assert.NotContains(t, to.Tags("owner"), c.Key)
				return
			}
			require.NoError(t, err)
			assert.Contains(t, to.Tags("owner"), got.Key)
			assert.NotContains(t, to.Tags("another"), got.Key)
		})
	}
}

func TestFormatIsTheOneInThePackageComment(t *testing.T) {
	c := claims()
	c.Topics = ticket.All()
	token := issue(t, c)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	want := append([]byte{1}, raw[1:17]...)                            // the id
	want = append(want, 0x80, 0xa4, 0xa7, 0xda, 0x06)                  // issued: 1,800,000,000
	want = append(want, 60, 2, 1, 'a', 1, 'b', 0)                      // life, two routers, all topics
	assert.Equal(t, seal(t, want), token)                              // and the signature
	assert.NotContains(t, token, "=")                                  // which needs no escape in a URL
	assert.NotEqual(t, token, issue(t, c), "no two tickets are equal") // the id differs
}

func TestSet(t *testing.T) {
	some := ticket.Only("b", "a", "b")
	assert.True(t, some.Has("a"))
	assert.True(t, some.Has("b"))
	for _, other := range []string{"", "c", "A", "a ", "ab"} {
		assert.False(t, some.Has(other), other)
		assert.True(t, ticket.All().Has(other), other)
		assert.False(t, ticket.Set{}.Has(other), other)
	}
	assert.True(t, ticket.All().IsAll())
	assert.False(t, some.IsAll())
	assert.Equal(t, ticket.Only("a", "b"), some)
}

func TestOnlyCopies(t *testing.T) {
	names := []string{"b", "a"}
	ticket.Only(names...)
	assert.Equal(t, []string{"b", "a"}, names, "the caller's list stays as it is")
}

func TestTime(t *testing.T) {
	token := issue(t, claims()) // of one minute
	for name, tt := range map[string]struct {
		at   time.Duration // after it was issued
		want error
		text string
	}{
		"at once":                    {0, nil, ""},
		"in the middle":              {30 * time.Second, nil, ""},
		"a clock that is behind":     {-ticket.Skew, nil, ""},
		"a clock too far behind":     {-ticket.Skew - time.Second, ticket.ErrEarly, "the ticket is not valid yet for another 6s; the clocks of the servers differ"},
		"at the end":                 {time.Minute, nil, ""},
		"just within the skew":       {time.Minute + ticket.Skew - 1, nil, ""},
		"expired":                    {time.Minute + ticket.Skew, ticket.ErrExpired, "the ticket expired 5s ago; get a new one"},
		"expired since a long while": {48 * time.Hour, ticket.ErrExpired, "the ticket expired 47h59m0s ago; get a new one"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ticket.New([]byte(secret)).Verify(token, now.Add(tt.at))
			if tt.want == nil {
				require.NoError(t, err)
				assert.Equal(t, now.Add(time.Minute), got.Expires)
				return
			}
			require.ErrorIs(t, err, tt.want)
			assert.EqualError(t, err, tt.text)
			assert.Zero(t, got)
		})
	}
}

func TestSecrets(t *testing.T) {
	token := issue(t, claims())
	_, err := ticket.New([]byte(secret)).Verify(token, now)
	require.NoError(t, err, "another signer of the same secret")
	for _, other := range []string{"", "x", secret + " ", strings.ToUpper(secret)} {
		_, err := ticket.New([]byte(other)).Verify(token, now)
		require.ErrorIs(t, err, ticket.ErrForged, other)
	}
}

func TestTamperingAtEveryByte(t *testing.T) {
	s := ticket.New([]byte(secret))
	token := issue(t, claims())
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	refused := func(t *testing.T, token string, want error) {
		got, err := s.Verify(token, now)
		require.ErrorIs(t, err, want, token)
		require.Zero(t, got)
	}
	for i := range raw {
		want := ticket.ErrForged
		if i == 0 {
			want = ticket.ErrMalformed // the version
		}
		for flip := 1; flip < 256; flip++ {
			changed := []byte(string(raw))
			changed[i] ^= byte(flip)
			refused(t, base64.RawURLEncoding.EncodeToString(changed), want)
		}
	}
	// The text, too, has one form only: the last character has bits to spare, and
	// a decoder may pass over what is not of the alphabet.
	for i := range token {
		for char := range 256 {
			if byte(char) == token[i] {
				continue
			}
			_, err := s.Verify(token[:i]+string([]byte{byte(char)})+token[i+1:], now)
			require.Error(t, err, "%q at %d", char, i)
		}
		for _, more := range []string{"\n", "\r\n", " ", "=", "A"} {
			_, err := s.Verify(token[:i]+more+token[i:], now)
			require.Error(t, err, "%q before %d", more, i)
		}
		_, err := s.Verify(token[:i], now)
		require.Error(t, err, "cut at %d", i)
	}
	for _, more := range []string{"\n", "\r\n", " ", "=", "==", "A", "AAAA", token} {
		_, err := s.Verify(token+more, now)
		require.Error(t, err, "%q behind it", more)
	}
}

func TestNotATicket(t *testing.T) {
	for name, tt := range map[string]struct{ token, want string }{
		"empty":              {"", "malformed ticket"},
		"other text":         {"an API key, perhaps", "malformed ticket"},
		"padded":             {base64.URLEncoding.EncodeToString(make([]byte, 40)), "malformed ticket"},
		"too short":          {base64.RawURLEncoding.EncodeToString(append([]byte{1}, make([]byte, 31)...)), "malformed ticket"},
		"too long":           {strings.Repeat("A", ticket.MaxLength+1), "malformed ticket: longer than 4096 characters"},
		"a later version":    {seal(t, []byte{2, 0, 0}), "malformed ticket: version 2, want 1"},
		"signed but nothing": {seal(t, []byte{1}), "malformed ticket: invalid payload"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ticket.New([]byte(secret)).Verify(tt.token, now)
			require.ErrorIs(t, err, ticket.ErrMalformed)
			assert.EqualError(t, err, tt.want)
		})
	}
}

// A signature alone is not enough: the content has to be what Issue writes.
func TestSignedContent(t *testing.T) {
	head := append([]byte{1}, make([]byte, 16)...)       // version, id
	head = append(head, 0x80, 0xa4, 0xa7, 0xda, 0x06)    // issued
	oneHour, oneMore := []byte{0x90, 0x1c}, []byte{0x91} // 3600; 3601 with the byte that follows
	oneMore = append(oneMore, 0x1c)
	join := func(parts ...[]byte) (b []byte) {
		for _, p := range append([][]byte{head}, parts...) {
			b = append(b, p...)
		}
		return b
	}
	_, err := ticket.New([]byte(secret)).Verify(seal(t, join(oneHour, []byte{0, 0})), now)
	require.NoError(t, err, "the test signs what is taken")

	for name, content := range map[string][]byte{
		"no life":             join([]byte{0, 0, 0}),
		"more than an hour":   join(oneMore, []byte{0, 0}),
		"a long number":       join([]byte{0xbc, 0x00, 0, 0}),
		"no topics":           join(oneHour, []byte{0}),
		"something behind":    join(oneHour, []byte{0, 0, 0}),
		"names missing":       join(oneHour, []byte{2, 1, 'a', 0}),
		"a name cut off":      join(oneHour, []byte{0, 1, 5, 'a'}),
		"names out of order":  join(oneHour, []byte{2, 1, 'b', 1, 'a', 0}),
		"a name twice":        join(oneHour, []byte{2, 1, 'a', 1, 'a', 0}),
		"more names than fit": join(oneHour, []byte{0xff, 0xff, 0x03}),
		"an endless number":   join([]byte(strings.Repeat("\xff", 11))),
		"the year 100,000":    append(head[:17:17], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 60, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ticket.New([]byte(secret)).Verify(seal(t, content), now)
			require.ErrorIs(t, err, ticket.ErrMalformed)
			assert.Zero(t, got)
		})
	}
}

func TestWhatIsNotIssued(t *testing.T) {
	for name, change := range map[string]func(*ticket.Claims){
		"no router":         func(c *ticket.Claims) { c.Routers = ticket.Set{} },
		"an empty list":     func(c *ticket.Claims) { c.Routers = ticket.Only() },
		"no topic":          func(c *ticket.Claims) { c.Topics = ticket.Set{} },
		"no time":           func(c *ticket.Claims) { c.Issued, c.Expires = time.Time{}, time.Time{} },
		"expired":           func(c *ticket.Claims) { c.Expires = c.Issued },
		"more than an hour": func(c *ticket.Claims) { c.Expires = c.Issued.Add(ticket.MaxLifetime + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			c := claims()
			change(&c)
			token, err := ticket.New([]byte(secret)).Issue(c)
			require.Error(t, err)
			assert.Empty(t, token)
		})
	}
}

func TestLength(t *testing.T) {
	s := ticket.New([]byte(secret))
	var names []string
	for n := 1; ; n++ {
		names = append(names, fmt.Sprintf("cabang-jakarta-%05d", n))
		c := claims()
		c.Routers = ticket.Only(names...)
		token, err := s.Issue(c)
		if err != nil {
			require.ErrorIs(t, err, ticket.ErrTooLong)
			break
		}
		require.LessOrEqual(t, len(token), ticket.MaxLength)
		got, err := s.Verify(token, now)
		require.NoError(t, err)
		require.Equal(t, c.Routers, got.Routers)
	}
	assert.Greater(t, len(names), 100, "routers that fit into one ticket")
}

func TestConcurrentUse(t *testing.T) {
	s := ticket.New([]byte(secret))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				token, err := s.Issue(claims())
				assert.NoError(t, err)
				_, err = s.Verify(token, now)
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
}
