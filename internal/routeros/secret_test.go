package routeros_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// assertNoPassword looks at the error and at all it wraps, printed in every way.
func assertNoPassword(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), password)
	}
}

func TestCredentialsPrintWithoutPassword(t *testing.T) {
	nested := struct{ Login routeros.Credentials }{api}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(format, api), password, format)
		assert.NotContains(t, fmt.Sprintf(format, nested), password, format)
		assert.Contains(t, fmt.Sprintf(format, api), "api")
	}
	var logged bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		slog.New(h).Info("connect", "as", api, "nested", nested, "pointer", &api)
	}
	assert.Contains(t, logged.String(), "api")
	assert.NotContains(t, logged.String(), password)
	text, err := json.Marshal(nested)
	require.NoError(t, err)
	assert.NotContains(t, string(text), password)
}
