package poller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// interfaceRow is a row of /interface; words are added as they are.
func interfaceRow(id, name string, rx, tx uint64) proto.Sentences {
	words := []string{"!re", "=name=" + name, fmt.Sprint("=rx-byte=", rx), fmt.Sprint("=tx-byte=", tx)}
	if id != "" {
		words = append(words, "=.id="+id)
	}
	return proto.AppendSentence(nil, words...)
}

// ratesOf are the rates of the rows, "-" for none.
func ratesOf(list proto.Sentences) (out []string) {
	for row := range list.All() {
		var rates []string
		for _, name := range []string{"rx-bits-per-second", "tx-bits-per-second"} {
			value, ok := row.Get(name)
			if !ok {
				value = []byte("-")
			}
			rates = append(rates, string(value))
		}
		out = append(out, strings.Join(rates, " "))
	}
	return out
}

func TestRates(t *testing.T) {
	const interval = 2 * time.Second
	type reading struct {
		after time.Duration
		rows  []proto.Sentences
		want  []string
	}
	row := interfaceRow
	for name, readings := range map[string][]reading{
		"steady": {
			{0, []proto.Sentences{row("*1", "a", 1000, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 251000, 500)}, []string{"1000000 2000"}},
		},
		"an answer that was late": {
			{0, []proto.Sentences{row("*1", "a", 0, 0)}, []string{"- -"}},
			{2700 * time.Millisecond, []proto.Sentences{row("*1", "a", 3375000, 0)}, []string{"10000000 0"}},
			{1300 * time.Millisecond, []proto.Sentences{row("*1", "a", 5000000, 0)}, []string{"10000000 0"}},
		},
		"a reading right after another repeats its rates": {
			{0, []proto.Sentences{row("*1", "a", 0, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 250000, 0)}, []string{"1000000 0"}},
			{10 * time.Millisecond, []proto.Sentences{row("*1", "a", 312500, 0)}, []string{"1000000 0"}},
			{1990 * time.Millisecond, []proto.Sentences{row("*1", "a", 500000, 0)}, []string{"1000000 0"}},
		},
		"the same reading again, with what a listen has reported since": {
			{0, []proto.Sentences{row("*1", "a", 0, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 250000, 0)}, []string{"1000000 0"}},
			{0, []proto.Sentences{row("*1", "a", 250000, 0)}, []string{"1000000 0"}},
			{0, []proto.Sentences{row("*1", "a", 260000, 0)}, []string{"1000000 0"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 500000, 0)}, []string{"1000000 0"}},
		},
		"a reading right after the first one has no rate": {
			{0, []proto.Sentences{row("*1", "a", 0, 0)}, []string{"- -"}},
			{10 * time.Millisecond, []proto.Sentences{row("*1", "a", 62500, 0)}, []string{"- -"}},
			{1990 * time.Millisecond, []proto.Sentences{row("*1", "a", 250000, 0)}, []string{"1000000 0"}},
		},
		"a counter that went back was reset, and the other one with it": {
			{0, []proto.Sentences{row("*1", "a", 1000, 1000)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 10, 2000)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 260, 3000)}, []string{"1000 4000"}},
		},
		"a counter that went back, right after another reading": {
			{0, []proto.Sentences{row("*1", "a", 1000, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*1", "a", 251000, 0)}, []string{"1000000 0"}},
			{10 * time.Millisecond, []proto.Sentences{row("*1", "a", 10, 0)}, []string{"- -"}},
		},
		"an .id that another interface has now": {
			{0, []proto.Sentences{row("*F00001", "<pppoe-a>", 1063, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*F00001", "<pppoe-b>", 900000013, 0)}, []string{"- -"}},
			{2 * time.Second, []proto.Sentences{row("*F00001", "<pppoe-b>", 900250013, 0)}, []string{"1000000 0"}},
		},
		"rows without .id share nothing": {
			{0, []proto.Sentences{row("", "a", 10000000, 0), row("", "b", 9000000, 0)}, []string{"- -", "- -"}},
			{2 * time.Second, []proto.Sentences{row("", "a", 10000000, 0), row("", "b", 9000000, 0)}, []string{"- -", "- -"}},
		},
		"rows that change places": {
			{0, []proto.Sentences{row("*1", "a", 0, 0), row("*2", "b", 0, 0), row("*3", "c", 0, 0)}, []string{"- -", "- -", "- -"}},
			{2 * time.Second, []proto.Sentences{row("*3", "c", 750, 0), row("*4", "d", 1, 0), row("*1", "a", 250, 0)}, []string{"3000 0", "- -", "1000 0"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var r rates
			at := time.Now()
			for _, reading := range readings {
				at = at.Add(reading.after)
				var list proto.Sentences
				for _, row := range reading.rows {
					list = append(list, row...)
				}
				assert.Equal(t, reading.want, ratesOf(r.add(nil, list, at, interval)))
			}
		})
	}
}

func TestLabelsAreCutBetweenCharacters(t *testing.T) {
	page, err := charset.Lookup("")
	assert.NoError(t, err)
	long := strings.Repeat("東", 47)
	assert.Equal(t, long[:42*3], label([]byte(long), page))
	assert.Equal(t, long[:30], label([]byte(long[:30]), page))
	assert.Equal(t, "ÿ", label([]byte("\xff"), page))
}
