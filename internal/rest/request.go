// Package rest translates the requests of RouterOS's own REST API into sentences of the
// binary API, and the replies into what REST answers. It works with every version of
// RouterOS, also with those that have no REST. It knows neither HTTP servers nor sessions:
// [Do] runs the sentences through a [Router].
//
// What a router answers to REST is documented by MikroTik ("REST API"); where that is
// silent or differs between versions, docs/rest.md says what is done here.
package rest

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Request is a request of REST, without the address of the router.
type Request struct {
	method   string
	path     []string // unescaped; at least one
	proplist string   // of the URL; empty for all properties
	filters  []string // query words of the URL
	body     body
}

// Parse returns a request. The path is what follows /rest/, and it and the query are as
// the client sent them. The body is JSON in UTF-8; GET and DELETE have none.
func Parse(method, escapedPath, rawQuery string, text []byte) (*Request, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	r := &Request{method: method}
	for element := range strings.SplitSeq(escapedPath, "/") {
		text, err := url.PathUnescape(element)
		if err != nil || !utf8.ValidString(text) {
			return nil, invalid("the path is not UTF-8; encode its text as UTF-8 before percent-encoding")
		}
		if text != "" {
			r.path = append(r.path, text)
		}
	}
	if len(r.path) == 0 {
		return nil, invalid("no such command")
	}
	if err := r.parseQuery(rawQuery); err != nil {
		return nil, err
	}
	if method == http.MethodGet || method == http.MethodDelete {
		return r, nil
	}
	var err error
	r.body, err = parseBody(text)
	return r, err
}

// parseQuery takes the property list and the filters of a URL. Each filter is exact, and
// all have to match.
func (r *Request) parseQuery(raw string) error {
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, literal := unescape(name), unescape(value)
		if !utf8.ValidString(name) || !utf8.ValidString(literal) {
			return invalid("the query is not UTF-8; encode its text as UTF-8 before percent-encoding")
		}
		if name == ".proplist" {
			r.proplist = literal
			continue
		}
		r.filters = append(r.filters, filter(name, literal))
		if strings.Contains(value, "+") { // a plus, or the space of a form: the client knows
			r.filters = append(r.filters, filter(name, unescape(strings.ReplaceAll(value, "+", " "))), "?#|")
		}
	}
	return nil
}

// percentCoded matches a character in percent-encoding.
var percentCoded = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// unescape returns a text without percent-encoding. A percent sign that encodes nothing is
// meant as it stands: there are clients that encode spaces and send all else raw.
func unescape(text string) string {
	return percentCoded.ReplaceAllStringFunc(text, func(code string) string {
		c, _ := strconv.ParseUint(code[1:], 16, 8)
		return string([]byte{byte(c)})
	})
}

// filter is the query word for a property with a value. A name that begins with an
// operator of query words is still a name.
func filter(name, value string) string {
	if name == "" || strings.Contains("-<>=#", name[:1]) {
		name = "=" + name
	}
	return "?" + name + "=" + value
}

// Error is an answer that is no success. Its code is that of the error that it wraps.
type Error struct {
	Status int    // of HTTP
	Detail string // as the router says it; empty where it says nothing
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// invalid refuses a request of which nothing was sent.
func invalid(detail string) error {
	return &Error{http.StatusBadRequest, detail, errcode.New(errcode.Invalid, detail)}
}

// notFound is the answer to an id that no row has.
func notFound() error {
	return &Error{Status: http.StatusNotFound, Err: errcode.New(errcode.NotFound, "no such item")}
}

// Words of the router.
const (
	noIdentifier = "missing or invalid resource identifier"
	noCommand    = "no such command"
)

func noSuch(name string) string { return noCommand + " or directory (" + name + ")" }
