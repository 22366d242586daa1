package chromium

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// problems collects errors of a page and its requests to other hosts. Requests of
// workers are not seen, but the browser does not resolve other hosts for them either.
type problems struct {
	mu   sync.Mutex
	list []string // guarded by mu
}

// note handles an event of the tab. It is called by the goroutine that reads them.
func (p *problems) note(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			p.add("console." + string(e.Type) + ": " + text(e.Args...))
		}
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		p.add("exception: " + d.Text + " " + text(d.Exception))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.add("error: " + strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		p.addForeign(e.Request.URL)
	case *network.EventWebSocketCreated:
		p.addForeign(e.URL)
	case *network.EventWebTransportCreated:
		p.addForeign(e.URL)
	}
}

func (p *problems) addForeign(address string) {
	if foreign(address) {
		p.add("request to another host: " + address)
	}
}

func (p *problems) add(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, problem)
}

// others returns the problems that contain none of the texts.
func (p *problems) others(allowed []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.list), func(problem string) bool {
		return slices.ContainsFunc(allowed, func(text string) bool { return strings.Contains(problem, text) })
	})
}

// foreign reports whether a URL leads to another host. URLs without a host, such as
// data: and blob:, do not.
func foreign(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	return !slices.Contains([]string{"", "127.0.0.1", "localhost", "::1"}, u.Hostname())
}

// text formats a value about as the console does.
func text(values ...*runtime.RemoteObject) string {
	var words []string
	for _, v := range values {
		if v != nil {
			words = append(words, cmp.Or(v.Description, string(v.UnserializableValue), string(v.Value), string(v.Type)))
		}
	}
	return strings.Join(words, " ")
}
