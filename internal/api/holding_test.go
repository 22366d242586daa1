package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// holding is a client that does what docs/streaming.md says, and what it holds.
type holding struct {
	lastID  string
	tables  map[string]map[string]map[string]any // rows by .id, by router and topic
	volume  map[string]string                    // the last combined event of each router
	states  map[string]string                    // of the routers that had a status
	lines   map[string][]string                  // of the log since the last reset, by router, with those before that it began with
	users   map[string]map[string]bool           // those who came and went since the last reset, by router
	resets  map[string]int                       // by router and topic
	unknown []string                             // events that do not continue what the client holds
}

func newHolding() *holding {
	return &holding{
		tables: make(map[string]map[string]map[string]any), volume: make(map[string]string),
		states: make(map[string]string), lines: make(map[string][]string),
		users: make(map[string]map[string]bool), resets: make(map[string]int),
	}
}

// read parses text/event-stream; what comes after the last blank line is dropped.
func (h *holding) read(t *testing.T, stream []byte) {
	t.Helper()
	var name, data, id string
	hasID := false
	for line := range bytes.Lines(stream) {
		if line[len(line)-1] != '\n' {
			return
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), ": ")
		switch {
		case field == "id":
			id, hasID = value, true
		case field == "event":
			name = value
		case field == "data":
			data = value
		case field == "":
			if hasID {
				h.lastID = id
			}
			h.event(t, name, data)
			name, data, hasID = "", "", false
		}
	}
}

func (h *holding) event(t *testing.T, name, data string) {
	t.Helper()
	if name == "" && !strings.Contains(data, `"topic":`) { // one replaces another; only the last is decoded
		var e struct {
			Router string `json:"router_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(data), &e), data)
		h.volume[e.Router] = data
		return
	}
	var e map[string]any
	require.NoError(t, json.Unmarshal([]byte(data), &e), data)
	router, _ := e["router_id"].(string)
	topic, _ := e["topic"].(string)
	switch {
	case name == "end":
	case name == "status":
		h.states[router] = e["state"].(string)
	case name == "reset":
		h.reset(router, topic)
	case topic == "log" && e["type"] == "lines":
		h.lines[router] = nil
		for _, line := range asList(e["lines"]) {
			h.lines[router] = append(h.lines[router], fmt.Sprint(line.(map[string]any)["message"]))
		}
	case topic == "log":
		h.lines[router] = append(h.lines[router], fmt.Sprint(e["message"]))
	case topic == "sessions":
		if h.users[router] == nil {
			h.users[router] = make(map[string]bool)
		}
		h.users[router][e["name"].(string)] = e["type"] == "up"
	default:
		h.table(router+"/"+topic, e)
	}
}

func (h *holding) reset(router, topic string) {
	h.resets[router+"/"+topic]++
	delete(h.tables, router+"/"+topic)
	switch topic {
	case "log":
		delete(h.lines, router)
	case "sessions":
		delete(h.users, router)
	}
}

func (h *holding) table(key string, e map[string]any) {
	rows := func(field string) map[string]map[string]any {
		list := make(map[string]map[string]any)
		for i, row := range asList(e[field]) {
			id, ok := row.(map[string]any)[".id"].(string)
			if !ok {
				id = fmt.Sprint(i)
			}
			list[id] = row.(map[string]any)
		}
		return list
	}
	switch {
	case e["type"] == "snapshot":
		h.tables[key] = rows("rows")
	case h.tables[key] == nil:
		h.unknown = append(h.unknown, fmt.Sprintf("%s: %v without a snapshot", key, e))
	default:
		for _, id := range asList(e["removed"]) {
			delete(h.tables[key], id.(string))
		}
		maps.Copy(h.tables[key], rows("added"))
		maps.Copy(h.tables[key], rows("changed"))
	}
}

func asList(v any) []any { list, _ := v.([]any); return list }
