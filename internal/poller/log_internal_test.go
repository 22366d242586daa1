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
		do   string // read, hear, listen, refuse, fail
		rows []string
		want []string
		gap  bool
	}
	for name, steps := range map[string][]step{
		"what was there before is not news": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
		},
		"a listen that is not read yet": {
			{do: "listen"}, {do: "hear", rows: []string{"3"}, want: []string{"3"}}, {do: "hear", rows: []string{"4", "5"}, want: []string{"4", "5"}},
		},
		"a listen that begins again needs one": {
			{do: "listen"}, {do: "hear", rows: []string{"A"}, want: []string{"A"}}, {do: "listen"},
			{do: "read", rows: []string{"9", "A", "B", "C"}, want: []string{"B", "C"}},
			{do: "hear", rows: []string{"C", "D"}, want: []string{"D"}},
		},
		"a log in which nothing has happened": {
			{do: "listen"}, {do: "listen"}, {do: "read", rows: []string{"1", "2"}, gap: true}, {do: "listen"},
			{do: "read", rows: []string{"1", "2"}}, {do: "listen"}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
		},
		"a line of the first reading that is heard, too": {
			{do: "listen"}, {do: "listen"}, {do: "read", rows: []string{"1", "2"}, gap: true},
			{do: "hear", rows: []string{"2"}}, {do: "hear", rows: []string{"3"}, want: []string{"3"}},
		},
		"the same line once": {
			{do: "read", rows: []string{"1"}}, {do: "listen"}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"2", "3"}},
			{do: "hear", rows: []string{"3"}}, {do: "hear", rows: []string{"4"}, want: []string{"4"}},
			{do: "read", rows: []string{"1", "2", "3", "4"}},
		},
		"from reading to listening nothing is lost": {
			{do: "read", rows: []string{"1", "2"}}, {do: "listen"}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
			{do: "hear", rows: []string{"4"}, want: []string{"4"}},
		},
		"a listen that is refused": {
			{do: "listen"}, {do: "refuse"}, {do: "read", rows: []string{"1"}}, {do: "read", rows: []string{"1", "2"}, want: []string{"2"}},
			{do: "listen"}, {do: "refuse"}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
		},
		"a listen that is refused later, and nothing has happened": {
			{do: "listen"}, {do: "listen"}, {do: "refuse"}, {do: "read", rows: []string{"1"}, gap: true},
		},
		"a session that was lost, and nothing had happened": {
			{do: "listen"}, {do: "fail"}, {do: "read", rows: []string{"1", "2"}, gap: true}, {do: "read", rows: []string{"1", "2", "3"}, want: []string{"3"}},
		},
		"the buffer cannot be read": {
			{do: "read", rows: []string{"1"}}, {do: "listen"}, {do: "fail", gap: true}, {do: "hear", rows: []string{"4"}, want: []string{"4"}},
			{do: "listen"}, {do: "read", rows: []string{"1", "2", "3", "4", "5"}, want: []string{"5"}},
		},
		"readings that fail now and then": {
			{do: "read", rows: []string{"1"}}, {do: "fail"}, {do: "fail"}, {do: "read", rows: []string{"1", "2"}, want: []string{"2"}},
		},
		"ids begin again with a reboot": {
			{do: "listen"}, {do: "hear", rows: []string{"2F2"}, want: []string{"2F2"}}, {do: "fail"},
			{do: "read", rows: []string{"1:boot", "2:boot"}, want: []string{"1", "2"}, gap: true},
			{do: "listen"}, {do: "read", rows: []string{"1:boot", "2:boot", "3:boot"}, want: []string{"3"}},
			{do: "hear", rows: []string{"3:boot"}}, {do: "hear", rows: []string{"2F2:new"}, want: []string{"2F2"}},
		},
		"several buffers, one after the other": {
			{do: "read", rows: []string{"1", "2"}}, {do: "hear", rows: []string{"3", "4"}, want: []string{"3", "4"}}, {do: "listen"},
			{do: "read", rows: []string{"2", "4", "3", "5"}, want: []string{"5"}},
		},
		"lines of a boot that are the same at each boot": {
			{do: "read"}, {do: "hear", rows: []string{"1:boot", "2:boot", "2F2"}, want: []string{"1", "2", "2F2"}}, {do: "fail"}, {do: "listen"},
			{do: "read", rows: []string{"1:boot", "2:boot", "3:boot"}, want: []string{"1", "2", "3"}, gap: true},
			{do: "hear", rows: []string{"2F2"}, want: []string{"2F2"}},
		},
		"a reboot after which there are more lines than before": {
			{do: "read", rows: []string{"1", "2", "3"}}, {do: "read", rows: []string{"1:boot", "2:boot", "3:boot", "4:boot"}, want: []string{"1", "2", "3", "4"}, gap: true},
		},
		"more lines than the buffer holds": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read", rows: many, want: many, gap: true},
		},
		"a log that was cleared": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read"}, {do: "read", rows: []string{"3"}, want: []string{"3"}},
		},
		"a log that was cleared, and lines are missing": {
			{do: "read", rows: []string{"1", "2"}}, {do: "read", rows: []string{"4"}, want: []string{"4"}, gap: true},
		},
		"an empty log": {
			{do: "read"}, {do: "read", rows: []string{"1", "2"}, want: []string{"1", "2"}},
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
					events, gap = l.onReading(Reading{Rows: logOf(s.rows...)})
				case "fail":
					events, gap = l.onReading(Reading{Err: errors.New("timeout")})
				case "hear":
					events = l.onRows(nil, logOf(s.rows...), time.Time{})
				case "listen":
					assert.True(t, l.onListen(nil), "the log is to be read")
				case "refuse":
					l.onRefusal(nil)
				}
				assert.Equal(t, s.want, idsOf(events), "step %d", i)
				assert.Equal(t, s.gap, gap, "step %d", i)
			}
		})
	}
}

// However many lines there are, those that are remembered are few.
func TestKnownLinesAreBounded(t *testing.T) {
	l := &logLines{}
	l.onReading(Reading{})
	for i := range 10 * maxKnown {
		l.onRows(nil, logOf(fmt.Sprintf("%X", i)), time.Time{})
	}
	assert.Len(t, l.known, maxKnown)
	assert.LessOrEqual(t, cap(l.known), 2*maxKnown)
}

// Those who begin get the last lines before the first one that is new, once.
func TestLastLines(t *testing.T) {
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("%X", 0x1000+i))
	}
	const nothing = "nothing"
	for name, steps := range map[string][]struct {
		do   string // listen, hear, read, fail
		rows []string
		want string
	}{
		"of the first reading": {{"read", []string{"1", "2"}, "1 2"}, {"read", []string{"1", "2", "3"}, nothing}},
		"of an empty log":      {{"read", nil, ""}, {"read", []string{"1"}, nothing}},
		"the newest":           {{"read", many, strings.Join(many[1000-Recent:], " ")}},
		"with what a listen has reported before": {
			{"listen", nil, nothing}, {"hear", []string{"2", "3"}, nothing}, {"read", []string{"1", "2"}, "1 2 3"}, {"hear", []string{"3", "4"}, nothing},
		},
		"after a reading that failed": {
			{"listen", nil, nothing}, {"fail", nil, nothing}, {"hear", []string{"3"}, nothing}, {"listen", nil, nothing}, {"read", []string{"2", "3", "4"}, "2 3"},
		},
		"behind a gap there is nothing before": {{"read", []string{"1", "2"}, "1 2"}, {"read", many, ""}, {"hear", []string{"2000"}, nothing}},
		"behind a gap that a failure has made": {
			{"read", []string{"1", "2"}, "1 2"}, {"listen", nil, nothing}, {"fail", nil, nothing}, {"read", []string{"1", "2", "3"}, "1 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := &logLines{}
			for i, s := range steps {
				switch s.do {
				case "listen":
					l.onListen(nil)
				case "hear":
					l.onRows(nil, logOf(s.rows...), time.Time{})
				case "read":
					l.onReading(Reading{Rows: logOf(s.rows...)})
				case "fail":
					l.onReading(Reading{Err: errors.New("timeout")})
				}
				got := nothing
				if before, known := l.recall(); known {
					got = strings.Join(idsOf(before), " ")
				}
				assert.Equal(t, s.want, got, "step %d", i)
			}
		})
	}
}
