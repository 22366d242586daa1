package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
)

// A file from Windows is read as it is meant; quotation marks around a line or a value
// are a mistake, which the error does not repeat.
func TestFilesFromWindowsAndQuotationMarks(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	line := "name=billing role=operator routers=branch-* hash=" + hash
	for name, tt := range map[string]struct{ text, want string }{
		"Windows":                {"\ufeff" + line + "\r\n# the end  \r\n", ""},
		"a line in marks":        {`"` + line + `"`, "field 1 is unknown"},
		"a name in marks":        {strings.Replace(line, "billing", `"billing"`, 1), "name must be"},
		"a role in marks":        {strings.Replace(line, "operator", `'operator'`, 1), "role must be"},
		"routers in marks":       {strings.Replace(line, "branch-*", `"branch-*"`, 1), "routers must be written without quotation marks"},
		"routers in other marks": {strings.Replace(line, "branch-*", `'branch-*'`, 1), "routers must be written without quotation marks"},
		"a hash in marks":        {strings.Replace(line, hash, `"`+hash+`"`, 1), "hash must be"},
		"an expiry in marks":     {line + ` expires="2027-01-31"`, "expires must be"},
		"a rule in marks":        {line + ` rule="/ip/**"`, "rule"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := access.Parse(tt.text)
			if tt.want == "" {
				require.NoError(t, err)
				require.Len(t, keys, 1)
				assert.Equal(t, "billing", keys[0].Name)
				return
			}
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), hash)
		})
	}
}
