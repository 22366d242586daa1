package routeros_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// The session itself sends no control character to whatever it has reached, whoever
// built the credentials.
func TestCredentialsThatAreNotSent(t *testing.T) {
	for _, text := range []string{"x\r\nSET a b", "\n", "\x00", "\t", "\x1b[0m", "\x7f", "\u0085", "\u2028", strings.Repeat("x", 257)} {
		for _, cred := range []routeros.Credentials{{User: text}, {User: "u", Password: text}, {User: text, Pages: []charset.Page{charset.UTF8()}}} {
			ours, theirs := net.Pipe()
			got := make(chan []byte, 1)
			go func() { b, _ := io.ReadAll(theirs); got <- b }()
			_, err := routeros.New(t.Context(), ours, cred, routeros.Options{})
			require.Error(t, err)
			assert.True(t, routeros.SafeToRetry(err))
			assert.NotContains(t, err.Error(), text)
			assert.Empty(t, <-got)
		}
	}
}
