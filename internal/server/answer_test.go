package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkAnswer holds an answer to what all good ones have: JSON objects that say
// success, rows and an end, or an event.
func checkAnswer(t *testing.T, command, out string) {
	t.Helper()
	if isMetrics(command) {
		has(t, command, out, "\nmikronec_")
		return
	}
	values := jsonValues(t, command, out)
	if strings.Contains(command, "/rest/") && !strings.Contains(command, "application/x-ndjson") {
		assert.NotContains(t, out, `"error":`, command)
		assert.Equal(t, strings.Contains(command, "-X DELETE"), out == "", "%s\n%s", command, out)
		return
	}
	require.NotEmpty(t, values, "%s\n%s", command, out)
	last := values[len(values)-1]
	switch {
	case isStream(command):
		assert.Contains(t, out, "id: ", command)
		assert.Contains(t, values[0], "router_id", command)
	case strings.Contains(command, "application/x-ndjson"):
		assert.Contains(t, last, "done", "%s\n%s", command, out)
	case strings.Contains(command, "/run/batch"):
		assert.Contains(t, last, "summary", "%s\n%s", command, out)
	default:
		for _, v := range values {
			assert.Equal(t, true, v["success"], "%s\n%s", command, out)
		}
	}
}

// isMetrics reports whether the answer is text for Prometheus.
func isMetrics(command string) bool { return strings.Contains(command, "/metrics'") }

// jsonValues are the objects in an answer: one, one a line, those of an array, or those
// behind "data: ".
func jsonValues(t *testing.T, command, out string) []map[string]any {
	t.Helper()
	if isStream(command) {
		var data strings.Builder
		for line := range strings.Lines(out) {
			if text, ok := strings.CutPrefix(line, "data: "); ok {
				data.WriteString(text)
			}
		}
		out = data.String()
	}
	var values []map[string]any
	dec := json.NewDecoder(strings.NewReader(out))
	for {
		var one json.RawMessage
		err := dec.Decode(&one)
		if err == io.EOF {
			return values
		}
		require.NoError(t, err, "%s\n%s", command, out)
		list := []map[string]any{{}}
		if one[0] == '[' {
			require.NoError(t, json.Unmarshal(one, &list), "%s\n%s", command, out)
		} else {
			require.NoError(t, json.Unmarshal(one, &list[0]), "%s\n%s", command, out)
		}
		values = append(values, list...)
	}
}

// assertShape holds the answer that a document shows against the real one:
// whatever field is shown is there, with a value of the same kind. Documents
// leave out fields, and rows behind the first.
func assertShape(t *testing.T, command, shown, out string) {
	t.Helper()
	if isMetrics(command) {
		for line := range strings.Lines(shown) {
			name, _, _ := strings.Cut(line, " ")
			has(t, command, out, "\n"+name+" ")
		}
		return
	}
	want, got := jsonValues(t, command, shown), jsonValues(t, command, out)
	require.NotEmpty(t, want, "%s\n%s", command, shown)
	for i, v := range want {
		if i == len(got) {
			break // more lines than there are routers, or events than were read
		}
		sameShape(t, command, v, got[i])
	}
}

func sameShape(t *testing.T, at string, want, got any) {
	t.Helper()
	require.Equal(t, fmt.Sprintf("%T", want), fmt.Sprintf("%T", got), "%s\nshown: %v\nreal: %v", at, want, got)
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		for name, v := range want {
			if assert.Contains(t, got, name, at) {
				sameShape(t, at+" ."+name, v, got[name])
			}
		}
	case []any:
		if got := got.([]any); len(want) > 0 && assert.NotEmpty(t, got, at) {
			sameShape(t, at+" [0]", want[0], got[0])
		}
	}
}
