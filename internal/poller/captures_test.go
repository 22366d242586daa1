package poller_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

// capture is a reply that was published.
type capture struct {
	topic, of string
	rows      [][]string // words
}

func captures(t *testing.T) (list []capture) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "captures.txt"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if topic, of, ok := strings.Cut(line, ": "); ok && !strings.Contains(topic, "=") {
			list = append(list, capture{topic: topic, of: of})
			continue
		}
		var words []string
		for field := range strings.SplitSeq(line, " · ") {
			words = append(words, "="+field)
		}
		last := &list[len(list)-1]
		last.rows = append(last.rows, words)
	}
	return list
}

// Every field of every capture reaches the clients of a stream, with its text.
func TestEveryFieldOfTheCapturesArrives(t *testing.T) {
	for _, c := range captures(t) {
		t.Run(c.topic+", "+c.of, func(t *testing.T) {
			topic := variant(c.topic, false, false)
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
				r.tables[topic.Topic.Menu.Path] = c.rows
				p.Watch(topic)
				synctest.Wait()
				d := json.NewDecoder(strings.NewReader("{" + s.all(topic)[0].body))
				d.UseNumber()
				var body struct{ Rows []map[string]any }
				require.NoError(t, d.Decode(&body))
				require.Len(t, body.Rows, len(c.rows))
				for i, words := range c.rows {
					for _, word := range words {
						name, value, _ := strings.Cut(word[1:], "=")
						got, ok := body.Rows[i][name]
						if assert.True(t, ok, "%s is missing", name) {
							assert.Equal(t, value, fmt.Sprint(got), name)
						}
					}
				}
			})
		})
	}
}
