package openapi

import (
	"bytes"
	"fmt"
)

// body takes the body of an answer in pieces and holds it against the document: each
// event or line of a stream as it comes.
type body struct {
	document *Document // nil for an answer without a body
	media    string
	schema   string // pointer
	events   string // pointer of the schema with the data of the events by their names
	rest     []byte // not looked at yet
	event    []byte // the name of the event that is being read
	data     []byte
}

func (b *body) none() bool { return b.document == nil }

// streams reports whether parts of the body are checked as they come.
func (b *body) streams() bool {
	return b.media == "text/event-stream" || b.media == "application/x-ndjson"
}

// Write takes a piece.
func (b *body) Write(p []byte) (int, error) {
	if b.none() {
		return len(p), nil
	}
	b.rest = append(b.rest, p...)
	for b.streams() {
		line, rest, ok := bytes.Cut(b.rest, []byte("\n"))
		if !ok {
			break
		}
		b.rest = rest
		if err := b.line(line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// line takes a line of a stream.
func (b *body) line(line []byte) error {
	if b.media == "application/x-ndjson" {
		if err := b.document.validateJSON(b.schema, line); err != nil {
			return fmt.Errorf("the line %.1000s: %w", line, err)
		}
		return nil
	}
	name, value, _ := bytes.Cut(line, []byte(": "))
	switch string(name) {
	case "event":
		b.event = bytes.Clone(value)
	case "data":
		b.data = append(b.data, value...)
	case "":
		if len(line) > 0 { // a comment
			return nil
		}
		event, data := string(b.event), b.data
		b.event, b.data = nil, nil
		if data == nil {
			return nil
		}
		if event == "" {
			event = "message"
		}
		if err := b.check(event, data); err != nil {
			return fmt.Errorf("the event %s %.1000s: %w", event, data, err)
		}
	}
	return nil
}

// check holds the data of an event against the schema of its name.
func (b *body) check(event string, data []byte) error {
	schema := b.events + "/properties/" + event
	return b.document.once(schema, data, func(value any) error {
		if o, _ := value.(object); event == "message" && b.events == pointer("components", "schemas", "StreamEvents") {
			if name := alternative(o); b.document.has(name) {
				return b.document.Validate(pointer("components", "schemas", name), value)
			}
		}
		return b.document.Validate(schema, value)
	})
}

// alternative is the only schema in the union StreamData that data may be in: each has
// constants for its topic and its type, but that of data without. All of the union would take
// twenty times as long; TestUnions holds one of each against it.
func alternative(o object) string {
	topic, _ := o["topic"].(string)
	kind, _ := o["type"].(string)
	switch kind {
	case "":
		return "CombinedEvent"
	case "snapshot":
		return typeName(topic) + "Snapshot"
	case "delta":
		return typeName(topic) + "Delta"
	case "line":
		return "LogEvent"
	case "lines":
		return "LogLinesEvent"
	case "up", "down":
		return "SessionEvent"
	}
	return ""
}

// end checks a body that is complete.
func (b *body) end() error {
	if b.none() || b.streams() || len(b.rest) == 0 {
		return nil
	}
	if b.media != "application/json" {
		return b.document.Validate(b.schema, string(b.rest))
	}
	return b.document.validateJSON(b.schema, b.rest)
}
