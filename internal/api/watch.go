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

// watchOf reads what a client wants to watch from the query of a stream:
//
//	router=ID        once for each router, or router=* for all of them
//	topics=a,b       none for the one event with hardware and users
//	mode=delta       a snapshot first, then what changed
//	volatile=1       with mode=delta: values that change all the time count, too
//	volatile=a,b     ... of these topics
//	last_event_id=…  where the header Last-Event-ID cannot be sent
func watchOf(r *http.Request, routers []string) (manager.Watch, error) {
	query := r.URL.Query()
	w := manager.Watch{Routers: routers, LastEventID: r.Header.Get("Last-Event-ID")}
	if w.LastEventID == "" {
		w.LastEventID = query.Get("last_event_id")
	}
	if slices.Contains(routers, "*") {
		w.Routers, w.All = nil, true
	}
	if len(routers) == 0 {
		return w, errcode.New(errcode.Invalid, "missing: the query parameter router, once for each router_id, or router=* for all")
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

// choice is whether a parameter has the second of its two values; the first is
// also the one of a parameter that is not there.
func choice(query url.Values, name, no, yes string) (bool, error) {
	switch query.Get(name) {
	case "", no:
		return false, nil
	case yes:
		return true, nil
	}
	return false, errcode.New(errcode.Invalid, fmt.Sprintf("%s must be %s or %s", name, no, yes))
}

// volatileOf says for which topics values that change all the time count.
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

// topicsOf reads lists of topics, separated by commas.
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
			topics = append(topics, name)
		}
	}
	return topics, nil
}

func checkTopic(name string) error {
	if _, ok := poller.Lookup(name); ok {
		return nil
	}
	return errcode.New(errcode.Invalid, fmt.Sprintf("there is no topic %q; topics are %s", name, strings.Join(poller.Names(), ", ")))
}
