package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// about is what an alert is about.
type about struct{ router, rule string }

// count is how often something has to be told, and may be told besides.
type count struct{ must, may int }

// book has what is expected, and what receivers got.
type book struct {
	mu       sync.Mutex
	expected map[about]count
	firing   map[about]map[string][]time.Time // when each id came
	resolved map[about]map[string][]time.Time
	events   map[about]map[string][]time.Time
	came     []time.Time // requests of webhooks
	chat     []time.Time // messages of the chat that were taken
	denied   time.Time   // until when the chat asked to wait
	problems []string
	kill     time.Time // zero before
	twice    int       // messages that came again
	again    int       // those of them that did not come around the kill
	refused  int       // requests of webhooks, since the kill
}

func newBook() *book {
	return &book{expected: map[about]count{}, firing: map[about]map[string][]time.Time{}, resolved: map[about]map[string][]time.Time{}, events: map[about]map[string][]time.Time{}}
}

func (b *book) wrong(format string, args ...any) {
	if len(b.problems) < 200 {
		b.problems = append(b.problems, time.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
	}
}

// expect notes that something has to be told, or with sure unset may be told.
func (b *book) expect(router, rule string, sure bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.expected[about{router, rule}]
	if sure {
		c.must++
	} else {
		c.may++
	}
	b.expected[about{router, rule}] = c
}

// webhook is the receiver of webhooks. Now and then it fails.
func (b *book) webhook(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Data struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Rule   string `json:"rule"`
			Router string `json:"router_id"`
		} `json:"data"`
	}
	text, err := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || json.Unmarshal(text, &body) != nil || body.Data.ID != r.Header.Get("Webhook-Id") {
		b.wrong("a webhook that is none: %s", text)
	}
	b.came = append(b.came, time.Now())
	if rand.N(100) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		b.refused++
		return
	}
	list := map[string]map[about]map[string][]time.Time{"firing": b.firing, "resolved": b.resolved, "event": b.events}[body.Data.Status]
	at := about{body.Data.Router, body.Data.Rule}
	if list[at] == nil {
		list[at] = map[string][]time.Time{}
	}
	list[at][body.Data.ID] = append(list[at][body.Data.ID], time.Now())
	if len(list[at][body.Data.ID]) > 1 {
		b.twice++
		if b.kill.IsZero() || time.Since(b.kill) > 2*time.Minute {
			b.again++
		}
	}
}

// limits are those of the chat. They are held strictly: the program counts from when it has
// the answer to a message.
var limits = []struct {
	n  int
	in time.Duration
}{{1, time.Second}, {20, time.Minute}}

// telegram is a stand-in for the Bot API.
func (b *book) telegram(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if now.Before(b.denied) {
		b.wrong("a message %v before the chat wanted one", b.denied.Sub(now))
	}
	for _, limit := range limits {
		if n := len(b.chat); n >= limit.n && now.Sub(b.chat[n-limit.n]) < limit.in {
			b.wrong("%d messages within %v", limit.n+1, now.Sub(b.chat[n-limit.n]))
		}
	}
	b.chat = append(b.chat, now) // also one that is refused
	if rand.N(20) == 0 {
		b.denied = now.Add(3 * time.Second)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}`)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true,"result":{}}`)
}

// times are when messages came first.
func times(status string, ids map[string][]time.Time) (list []string) {
	for id, at := range ids {
		list = append(list, at[0].Format("15:04:05 ")+status+" "+id)
	}
	slices.Sort(list)
	return list
}

// missed takes how many attempts to reach the webhook have failed for the program since the
// kill. Those that this side has not refused had no answer in time, and came again.
func (b *book) missed(failed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if unanswered := max(failed-b.refused, 0); b.again > unanswered {
		b.wrong("%d messages came twice, and %d had no answer", b.again, unanswered)
	}
}

// check compares what came with what was expected, and prints a summary.
func (b *book) check() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	told, cleared, events := 0, 0, 0
	keys := map[about]bool{}
	for _, m := range []map[about]map[string][]time.Time{b.firing, b.resolved, b.events} {
		for k := range m {
			keys[k] = true
		}
	}
	for k := range b.expected {
		keys[k] = true
	}
	for k := range keys {
		want, fired, ended, happened := b.expected[k], len(b.firing[k]), len(b.resolved[k]), len(b.events[k])
		told, cleared, events = told+fired, cleared+ended, events+happened
		if k.rule == "router-rebooted" {
			fired, ended = happened, happened
		}
		if fired < want.must || fired > want.must+want.may || fired != ended {
			b.wrong("%v: told %d times, cleared %d times; %d conditions lasted, %d may have: %s", k, fired, ended, want.must, want.may,
				strings.Join(slices.Concat(times("firing", b.firing[k]), times("resolved", b.resolved[k]), times("event", b.events[k])), ", "))
		}
	}
	busiest := 0
	for i, at := range b.came {
		n, _ := slices.BinarySearchFunc(b.came, at.Add(time.Second), time.Time.Compare)
		busiest = max(busiest, n-i)
	}
	if busiest > 50 {
		b.wrong("%d webhooks in a second", busiest)
	}
	fmt.Printf("%d alerts told and %d cleared, %d events; %d requests of webhooks (%d in a second at most), %d came twice; %d messages in the chat\n",
		told, cleared, events, len(b.came), busiest, b.twice, len(b.chat))
	return b.problems
}
