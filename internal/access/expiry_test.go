package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
)

// An odd date is an error or an end, never a key without end, and what key new
// prints of it is read again.
func TestOddDates(t *testing.T) {
	for text, want := range map[string]string{
		"2027-01-31":                     "2027-02-01T00:00:00Z",
		"2028-02-29":                     "2028-03-01T00:00:00Z",
		"2027-01-31T17:00:00+07:00":      "2027-01-31T10:00:00Z",
		"2027-01-31T17:00:00-12:00":      "2027-02-01T05:00:00Z",
		"1970-01-01":                     "1970-01-02T00:00:00Z",
		"9999-12-31":                     "9999-12-31T23:59:59Z",
		"9999-12-31T23:59:59Z":           "9999-12-31T23:59:59Z",
		"9999-12-31T23:59:59-12:00":      "",
		"0000-12-31":                     "", // its end is the zero time, which stands for never
		"0001-01-01":                     "",
		"0001-01-01T00:00:00Z":           "",
		"0001-01-01T07:00:00+07:00":      "",
		"0000-01-01":                     "",
		"10000-01-01":                    "",
		"2027-02-31":                     "",
		"2027-02-29":                     "",
		"2027-13-01":                     "",
		"2027-1-1":                       "",
		"31-01-2027":                     "",
		"2027-01-31T17:00:00":            "",
		"2027-01-31T24:00:00Z":           "",
		"2027-01-31T17:00:00+0700":       "",
		"2027-01-31T17:00:00 Asia/Tokyo": "",
		"":                               "",
	} {
		t.Run(text, func(t *testing.T) {
			got, err := access.ParseExpiry(text)
			if want == "" {
				assert.ErrorContains(t, err, "expires must be")
				return
			}
			require.NoError(t, err)
			assert.False(t, got.IsZero())
			assert.Equal(t, want, got.UTC().Format(time.RFC3339))
			line := (&access.Key{Name: "a", Role: access.Viewer, Routers: access.Patterns{"*"}, Expires: got}).Line()
			again, err := access.Parse(line)
			require.NoError(t, err, line)
			assert.True(t, got.Equal(again[0].Expires), line)
		})
	}
}
