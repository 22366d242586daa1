package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
)

// watchOf parses the query of a stream:
//
//	router=ID        once for each router, or router=* for all of them
//	topics=a,b       default: one combined event, see poller.Combined
//	mode=delta       a snapshot first, then the changes
//	volatile=1       with mode=delta: also report values that change all the time, such as counters
//	volatile=a,b     the same for some topics
//	last_event_id=…  instead of the header Last-Event-ID, see lastEventID
func watchOf(r *http.Request, routers []string) (manager.Watch, error) {
	query := r.URL.Query()
	w := manager.Watch{Routers: routers, LastEventID: lastEventID(r)}
	if slices.Contains(routers, "*") {
		w.Routers, w.All = nil, true
	}
	if len(routers) == 0 {
		return w, errcode.New(errcode.Invalid, "missing: query parameter router, once for each router_id, or router=* for all")
	}
	delta, err := choice(query, "mode", "snapshot", "delta")
	if err != nil {
		return w, err
	}
	topics, err := topicsOf(query["topics"])
	if err != nil {
		return w, err
	}
	volatile, err := volatileOf(query)
	if err != nil {
		return w, err
	}
	if delta && len(topics) == 0 {
		topics = combinedNames()
	}
	for _, topic := range topics {
		t, _ := poller.Lookup(topic) // topicsOf has checked it
		w.Variants = append(w.Variants, t.Variant(delta, volatile(topic)))
	}
	return w, nil
}

// lastEventID is the id of the last event that the client got; empty for a new client.
// The header counts before the query: EventSource sends it at each return, with the URL
// that it began with. In the query each polyfill has a spelling of its own, such as
// lastEventId and Last-Event-ID. They append it to the URL, which may have an older id,
// so the last one counts.
func lastEventID(r *http.Request) string {
	id := r.Header.Get("Last-Event-ID")
	if id != "" {
		return id
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value = queryUnescape(value); value != "" && isLastEventID(queryUnescape(name)) {
			id = value
		}
	}
	return id
}

func isLastEventID(name string) bool {
	switch strings.ToLower(withoutSeparators.Replace(name)) {
	case "lasteventid", "evslasteventid":
		return true
	}
	return false
}

// queryUnescape returns nothing for what is malformed, as url.ParseQuery does.
func queryUnescape(s string) string {
	s, _ = url.QueryUnescape(s)
	return s
}

// choice reports whether a parameter has the second of its two values; the first is the
// default.
func choice(query url.Values, name, no, yes string) (bool, error) {
	switch query.Get(name) {
	case "", no:
		return false, nil
	case yes:
		return true, nil
	}
	return false, errcode.New(errcode.Invalid, fmt.Sprintf("%s must be %s or %s", name, no, yes))
}

// volatileOf parses the parameter volatile into a function that tells its value for a
// topic.
func volatileOf(query url.Values) (func(topic string) bool, error) {
	if v := query.Get("volatile"); v == "" || v == "0" || v == "1" {
		return func(string) bool { return v == "1" }, nil
	}
	topics, err := topicsOf(query["volatile"])
	if err != nil {
		return nil, errcode.New(errcode.Invalid, "volatile must be 0, 1 or a list of topics: "+err.Error())
	}
	return func(topic string) bool { return slices.Contains(topics, topic) }, nil
}

// topicsOf parses comma-separated lists of topics. Each is in the result once, so that
// lists that a client makes long are none further on.
func topicsOf(lists []string) ([]string, error) {
	var topics []string
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.TrimSpace(name)
			if name == "" {
				continue
			}
			if err := checkTopic(name); err != nil {
				return nil, err
			}
			if !slices.Contains(topics, name) { // of the few that there are
				topics = append(topics, name)
			}
		}
	}
	return topics, nil
}

func checkTopic(name string) error {
	if _, ok := poller.Lookup(name); ok {
		return nil
	}
	return errcode.New(errcode.Invalid, fmt.Sprintf("unknown topic %q; the topics are %s", name, strings.Join(poller.Names(), ", ")))
}
