package menu

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func rowsOf(sentences ...[]string) (list proto.Sentences) {
	for _, words := range sentences {
		list = append(list, proto.AppendSentence(nil, words...)...)
	}
	return list
}

func encode(e *Encoder, times int, rows proto.Sentences) (out string) {
	for range times {
		out = string(e.AppendRows(nil, rows))
	}
	return out
}

func TestEncodersShareWhatTheySettleOn(t *testing.T) {
	rows := rowsOf([]string{"!re", "=.id=*1", "=name=a", "=uptime=5s"})
	const text = `[{".id":"*1","name":"a","uptime":"5s","uptime-seconds":5}]`
	one, other := NewEncoder(PPPActive, charset.Page{}), NewEncoder(PPPActive, charset.Page{})
	assert.Equal(t, text, encode(one, settled+1, rows))
	assert.Equal(t, text, encode(other, settled, rows))
	require.False(t, other.shared, "it has met new columns in the first of these")
	assert.Equal(t, text, encode(other, 1, rows))
	require.True(t, one.shared && other.shared)
	assert.Same(t, &one.cols[0], &other.cols[0])

	more := rowsOf([]string{"!re", "=.id=*1", "=comment=c", "=name=a", "=uptime=5s"})
	assert.Equal(t, `[{".id":"*1","comment":"c","name":"a","uptime":"5s","uptime-seconds":5}]`, encode(one, 1, more))
	assert.NotSame(t, &one.cols[0], &other.cols[0], "one that learns has columns of its own again")
	assert.Len(t, other.cols, 3)
	assert.Equal(t, text, encode(other, 1, rows))

	for name, e := range map[string]*Encoder{
		"another menu":      NewEncoder(HotspotActive, charset.Page{}),
		"no menu":           NewEncoder(Any, charset.Page{}),
		"another order":     NewEncoder(PPPActive, charset.Page{}),
		"another code page": NewEncoder(PPPActive, page1251(t)),
	} {
		list := rows
		if name == "another order" {
			list = rowsOf([]string{"!re", "=name=a", "=.id=*1", "=uptime=5s"})
		}
		encode(e, 2*settled, list)
		assert.NotSame(t, &other.cols[0], &e.cols[0], name)
	}
}

func page1251(t *testing.T) charset.Page {
	t.Helper()
	page, err := charset.Lookup("windows-1251")
	require.NoError(t, err)
	return page
}

func TestLayoutsAreBounded(t *testing.T) {
	m := &Menu{Path: "/made/up"}
	for i := range maxLayouts + 10 {
		e := NewEncoder(m, charset.Page{})
		encode(e, settled+1, rowsOf([]string{"!re", fmt.Sprintf("=field-%d=1", i)}))
		assert.True(t, e.shared)
	}
	layouts.mu.Lock()
	defer layouts.mu.Unlock()
	assert.LessOrEqual(t, len(layouts.known), maxLayouts)
	for key := range layouts.known {
		if key.menu == m {
			delete(layouts.known, key) // for the other tests
		}
	}
}

// Encoders of different goroutines learn and share at the same time.
func TestSharingWhileOthersLearn(t *testing.T) {
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			e := NewEncoder(PPPActive, charset.Page{})
			for i := range 200 {
				words := []string{"!re", "=.id=*1", "=name=a"}
				if i%20 == 19 {
					words = append(words, fmt.Sprintf("=field-%d=x", (n+i)%3))
				}
				assert.Contains(t, encode(e, 1, rowsOf(words)), `{".id":"*1","name":"a"`)
			}
		})
	}
	wg.Wait()
}
