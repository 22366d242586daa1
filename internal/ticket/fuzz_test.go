package ticket_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/ticket"
)

// Of all texts only the one that was signed is a ticket. It is made without
// chance: fuzzing runs in several processes, which have to agree on it.
func FuzzVerify(f *testing.F) {
	s := ticket.New([]byte(secret))
	token := seal(f, []byte("\x01an id, 16 bytes.\x80\xa4\xa7\xda\x06\x3c\x01\x01a\x00"))
	for _, seed := range []string{token, token + "\n", token[1:], token[:len(token)-1], "", "AQ", "_-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := s.Verify(text, now)
		if text == token {
			require.NoError(t, err)
			return
		}
		require.Error(t, err)
		assert.Zero(t, got)
	})
}

// Content that is signed may still be anything, if another program has the
// secret: what is taken is within bounds and has one form only.
func FuzzSignedContent(f *testing.F) {
	s := ticket.New([]byte(secret))
	for _, token := range []string{
		issue(f, claims()),
		issue(f, ticket.Claims{Routers: ticket.All(), Topics: ticket.Only("a", "b"), Issued: now, Expires: now.Add(time.Hour)}),
	} {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		require.NoError(f, err)
		f.Add(raw[:len(raw)-32])
	}
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := s.Verify(seal(t, content), now)
		if err != nil {
			assert.Zero(t, c)
			return
		}
		assert.WithinRange(t, c.Issued, now.Add(-ticket.MaxLifetime-ticket.Skew), now.Add(ticket.Skew))
		assert.WithinRange(t, c.Expires, c.Issued.Add(time.Second), c.Issued.Add(ticket.MaxLifetime))
		again := issue(t, c)
		raw, err := base64.RawURLEncoding.DecodeString(again)
		require.NoError(t, err)
		assert.Equal(t, content[17:], raw[17:len(raw)-32], "all but the id")
	})
}
