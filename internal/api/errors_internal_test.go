package api

import (
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// errorRow is a row of the table of errors in a document.
var errorRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` +\\| ([0-9]{3}) +\\| ([^|]+?) +\\| ([^|]+?) +\\|$")

// Every code is in the documents with its status, and no other.
func TestTheDocumentsShowTheTableOfErrors(t *testing.T) {
	for _, file := range []string{"../../docs/errors.md", "../../docs/id/errors.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		shown := make(map[errcode.Code]int)
		for _, row := range errorRow.FindAllSubmatch(text, -1) {
			status, err := strconv.Atoi(string(row[2]))
			require.NoError(t, err)
			code := errcode.Code(row[1])
			assert.NotContains(t, shown, code, "%s has %s twice", file, code)
			shown[code] = status
		}
		assert.Equal(t, statuses, shown, file)
	}
}

func TestEveryStatusIsOneOfAnError(t *testing.T) {
	for code, status := range statuses {
		assert.NotEmpty(t, http.StatusText(status), code)
		assert.GreaterOrEqual(t, status, http.StatusBadRequest, code)
	}
}
