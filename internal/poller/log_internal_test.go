package poller

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// logOf has lines, each as "id" or "id:text".
func logOf(lines ...string) (rows proto.Sentences) {
	for _, line := range lines {
		id, text, _ := strings.Cut(line, ":")
		rows = append(rows, proto.AppendSentence(nil, "!re", "=.id=*"+id, "=time=08:00:00", "=topics=info", "=message="+text+id)...)
	}
	return rows
}

func idsOf(events []Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.(LogLine).ID[1:])
	}
	return ids
}

func TestLogLines(t *testing.T) {
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("%X", 0x1000+i))
	}
	type step struct {
		do   string // read, hear, listen, fail
		rows []string
		want []string
		gap  bool
	}
	for name, steps := range map[string][]step{
		"what was there before is not news": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
		},
		"lines that are heard": {
			{do: "listen"}, {do: "hear", rows: []string{"5"}, want: []string{"5"}}, {do: "hear", rows: []string{"6", "7"}, want: []string{"6", "7"}},
		},
		"the same line is told once": {
			{do: "read", rows: []string{"1"}}, {do: "listen"}, {do: "hear", rows: []string{"3"}},
			{do: "read", rows: []string{"1", "2", "3"}, want: []string{"2", "3"}},
			{do: "hear", rows: []string{"3"}}, {do: "hear", rows: []string{"4"}, want: []string{"4"}},
			{do: "read", rows: []string{"1", "2", "3", "4"}},
		},
		"from reading to listening nothing is lost": {
			{do: "read", rows: []string{"1", "2"}}, {do: "listen"}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
			{do: "hear", rows: []string{"4"}, want: []string{"4"}},
		},
		"a viewer who was away gets what came meanwhile": {
			{do: "listen"}, {do: "hear", rows: []string{"A"}, want: []string{"A"}}, {do: "listen"},
			{do: "read", rows: []string{"9", "A", "B", "C"}, want: []string{"B", "C"}},
		},
		"a reading that fails hands over what was heard": {
			{do: "read", rows: []string{"1"}}, {do: "listen"}, {do: "hear", rows: []string{"3"}}, {do: "fail", want: []string{"3"}},
			{do: "hear", rows: []string{"4"}, want: []string{"4"}},
		},
		"ids begin again with a reboot, heard": {
			{do: "read", rows: []string{"2F0", "2F1"}}, {do: "listen"}, {do: "read", rows: []string{"1:boot", "2:boot"}, want: []string{"1", "2"}},
			{do: "hear", rows: []string{"3:boot"}, want: []string{"3"}}, {do: "hear", rows: []string{"2F1:new"}, want: []string{"2F1"}},
		},
		"ids begin again with a reboot, read": {
			{do: "read", rows: []string{"1", "2", "3"}}, {do: "read", rows: []string{"1:boot", "2:boot", "3:boot", "4:boot"}, want: []string{"1", "2", "3", "4"}},
		},
		"more lines than the buffer holds": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read", rows: many, want: many, gap: true},
		},
		"a log that was cleared": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read"}, {do: "read", rows: []string{"3"}, want: []string{"3"}},
		},
		"lines without an id": {
			{do: "listen"}, {do: "hear", rows: []string{":x"}, want: []string{""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := &logLines{}
			for i, s := range steps {
				var events []Event
				var gap bool
				switch s.do {
				case "read":
					events, gap = l.reading(Reading{Rows: logOf(s.rows...)})
				case "fail":
					events, gap = l.reading(Reading{Err: errors.New("timeout")})
				case "hear":
					events = l.heard(nil, logOf(s.rows...), time.Time{})
				case "listen":
					l.listening(nil)
				}
				assert.Equal(t, s.want, idsOf(events), "step %d", i)
				assert.Equal(t, s.gap, gap, "step %d", i)
			}
		})
	}
}

// A reading that never comes does not hold lines back for ever.
func TestLinesThatWaitAreBounded(t *testing.T) {
	l := &logLines{}
	l.reading(Reading{Rows: logOf("1")})
	l.listening(nil)
	var events []Event
	for i := range maxWaiting + 1 {
		events = append(events, l.heard(nil, logOf(fmt.Sprintf("%X", 2+i)), time.Time{})...)
	}
	assert.Len(t, events, maxWaiting+1)
	assert.Empty(t, l.waiting)
	assert.LessOrEqual(t, len(l.known), maxKnown)
}
