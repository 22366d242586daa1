package poller

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// usersOf has a row for each text, whose words are separated by spaces.
func usersOf(texts ...string) (rows proto.Sentences) {
	for _, text := range texts {
		words := []string{"!re"}
		for word := range strings.FieldsSeq(text) {
			words = append(words, "="+word)
		}
		rows = append(rows, proto.AppendSentence(nil, words...)...)
	}
	return rows
}

// told is each event as "up name" or "down name".
func told(events []Event) (texts []string) {
	for _, e := range events {
		switch e := e.(type) {
		case SessionUp:
			texts = append(texts, "up "+e.Name)
		case SessionDown:
			texts = append(texts, "down "+e.Name)
		}
	}
	return texts
}

func TestSessions(t *testing.T) {
	const a, b = ".id=*1 name=a uptime=1m", ".id=*2 name=b uptime=1m"
	type step struct {
		do   string // read, hear, fail
		rows []string
		want []string
	}
	for name, steps := range map[string][]step{
		"who is there at first has not come": {{"read", []string{a, b}, nil}, {"read", []string{a, b}, nil}},
		"found by a reading": {
			{"read", []string{a}, nil}, {"read", []string{b}, []string{"down a", "up b"}}, {"read", nil, []string{"down b"}},
		},
		"a reading that fails says nothing": {{"read", []string{a}, nil}, {"fail", nil, nil}, {"read", []string{a, b}, []string{"up b"}}},
		"heard": {
			{"read", []string{a}, nil}, {"hear", []string{b}, []string{"up b"}}, {"hear", []string{".id=*1 .dead=true"}, []string{"down a"}},
			{"read", []string{b}, nil},
		},
		"heard twice":                          {{"read", nil, nil}, {"hear", []string{a, a}, []string{"up a"}}, {"hear", []string{a}, nil}},
		"heard before the first reading":       {{"hear", []string{a}, nil}, {"read", []string{a}, nil}},
		"gone twice":                           {{"read", []string{a}, nil}, {"hear", []string{".id=*1 .dead=yes", ".id=*1 .dead=yes"}, []string{"down a"}}},
		"an .id that begins like another one":  {{"read", []string{a, ".id=*12 name=c"}, nil}, {"hear", []string{".id=*1 .dead=true"}, []string{"down a"}}},
		"an .id that is used again, heard":     {{"read", []string{a}, nil}, {"hear", []string{".id=*1 name=c"}, []string{"down a", "up c"}}},
		"an .id that is used again, read":      {{"read", []string{a}, nil}, {"read", []string{".id=*1 name=c"}, []string{"down a", "up c"}}},
		"the same user in a new session":       {{"read", []string{a}, nil}, {"read", []string{".id=*1 name=a uptime=1s"}, []string{"down a", "up a"}}},
		"the same user in a new session, told": {{"read", []string{a}, nil}, {"hear", []string{".id=*1 name=a uptime=1s"}, []string{"down a", "up a"}}},
		"a row with some of the fields": {
			{"read", []string{a}, nil}, {"hear", []string{".id=*1 uptime=1m2s"}, nil}, {"hear", []string{".id=*1 address=192.0.2.1"}, nil},
			{"hear", []string{".id=*1 .dead=true"}, []string{"down a"}},
		},
		"a row with some of the fields, of a new session": {
			{"read", []string{a}, nil}, {"hear", []string{".id=*1 uptime=1s"}, []string{"down a", "up a"}}, {"read", []string{".id=*1 name=a uptime=1s"}, nil},
		},
		"a row with another address of the client": {
			{"read", []string{".id=*1 name=a caller-id=02"}, nil}, {"hear", []string{".id=*1 caller-id=03"}, []string{"down a", "up a"}},
		},
		"a row with some of the fields, of nobody known": {
			{"read", []string{a}, nil}, {"hear", []string{".id=*2 uptime=1s"}, nil}, {"read", []string{a, b}, []string{"up b"}},
		},
		"the same session, a second off": {{"read", []string{a}, nil}, {"read", []string{".id=*1 name=a uptime=59s"}, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			s, at := newSessions(charset.Page{}), time.Now()
			for i, step := range steps {
				var events []Event
				var gap bool
				switch step.do {
				case "read":
					events, gap = s.onReading(Reading{Topic: pppActive, Rows: usersOf(step.rows...), Answered: at})
				case "fail":
					events, gap = s.onReading(Reading{Topic: pppActive, Err: errors.New("busy")})
				case "hear":
					events = s.onRows(pppActive, usersOf(step.rows...), at)
				}
				assert.Equal(t, step.want, told(events), "step %d", i)
				assert.False(t, gap)
			}
		})
	}
}

// A row of a listen with some of the fields changes these and no others.
func TestRowsOfAListenAreMerged(t *testing.T) {
	s, at := newSessions(charset.Page{}), time.Now()
	s.onReading(Reading{Topic: hotspotActive, Answered: at, Rows: usersOf(
		".id=*1 user=a address=192.0.2.1 mac-address=02 uptime=1m bytes-in=5 bytes-out=6")})
	s.onRows(hotspotActive, usersOf(".id=*1 bytes-in=7"), at.Add(time.Second))
	events := s.onRows(hotspotActive, usersOf(".id=*1 .dead=true"), at.Add(time.Minute))
	assert.Equal(t, []Event{SessionDown{Session{
		Service: "hotspot", ID: "*1", Name: "a", Address: "192.0.2.1", MAC: "02", Since: at.Add(-time.Minute), BytesIn: new(uint64(7)), BytesOut: new(uint64(6)),
	}}}, events)
}
