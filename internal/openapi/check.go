package openapi

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Exchange is a request and its answer.
type Exchange struct {
	Method string
	URL    *url.URL
	Sent   []byte // body of the request
	Status int
	Header http.Header // of the answer
	Body   []byte      // of the answer, not compressed
}

// Check holds an exchange against the document. The error says what is not in it. Pages,
// which have no operation in the document, are not looked at.
func (d *Document) Check(x Exchange) error {
	if err := d.check(x); err != nil {
		return fmt.Errorf("%s %s: %d: %w\n%.2000s", x.Method, x.URL.Path, x.Status, err, x.Body)
	}
	return nil
}

// ofServer reports whether an answer is that of net/http to what is no proper request, which
// no handler sees. The document says so in its description.
func ofServer(x Exchange) bool {
	refused := x.Status == http.StatusBadRequest || x.Status == http.StatusRequestHeaderFieldsTooLarge
	return refused && x.Header.Get("X-Request-Id") == "" && strings.HasPrefix(x.Header.Get("Content-Type"), "text/plain")
}

func (d *Document) check(x Exchange) error {
	if ofServer(x) {
		return nil
	}
	operation, at := d.operation(x.Method, x.URL)
	if operation == nil {
		return d.checkUnknown(x)
	}
	if err := d.checkRequest(operation, at, x); err != nil {
		return err
	}
	content, err := d.begin(operation, at, x)
	if err != nil || x.Method == http.MethodHead {
		return err
	}
	if content.none() {
		if len(x.Body) > 0 {
			return fmt.Errorf("the document has no body")
		}
		return nil
	}
	_, err = content.Write(x.Body)
	if err == nil {
		err = content.end()
	}
	return err
}

// checkUnknown is check for a path or a method that does not exist.
func (d *Document) checkUnknown(x Exchange) error {
	if x.Method == http.MethodHead || x.Status < http.StatusBadRequest || x.Header.Get("Content-Type") != "application/json" {
		return nil
	}
	schema := plainFailure
	if strings.Contains(x.URL.Path, "/rest/") {
		schema = restFailure
	}
	return d.validateJSON(pointer("components", "schemas", schema), x.Body)
}

// checkRequest holds the body of a request that was not found malformed against the
// document.
func (d *Document) checkRequest(operation object, at string, x Exchange) error {
	body, ok := operation["requestBody"].(object)
	if !ok || len(x.Sent) == 0 || x.Status >= http.StatusBadRequest {
		return nil
	}
	at += "/requestBody"
	body, at = d.follow(body, at)
	sent := bytes.TrimPrefix(x.Sent, []byte("\ufeff"))
	if _, ok := body["content"].(object)["application/json"]; !ok {
		return fmt.Errorf("the document has no body of the request")
	}
	if err := d.validateJSON(at+"/content/application~1json/schema", sent); err != nil {
		return fmt.Errorf("the request %.1000s was accepted: %w", sent, err)
	}
	return nil
}

// begin checks the status and the header of an answer, and returns what takes its body.
func (d *Document) begin(operation object, at string, x Exchange) (*body, error) {
	response, at := d.response(operation, at, x.Status)
	if response == nil {
		return nil, fmt.Errorf("the document has no such status")
	}
	headers, _ := response["headers"].(object)
	for _, name := range sorted(headers) {
		header, _ := d.follow(headers[name].(object), "")
		if header["required"] == true && x.Header.Get(name) == "" {
			return nil, fmt.Errorf("the header %s is missing", name)
		}
	}
	contents, ok := response["content"].(object)
	if !ok {
		return &body{}, nil
	}
	media, _, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
	if err != nil {
		return nil, fmt.Errorf("the header Content-Type: %w", err)
	}
	content, ok := contents[media].(object)
	if !ok {
		return nil, fmt.Errorf("the document has no such media type: %s", media)
	}
	b := &body{document: d, media: media, schema: at + pointer("content", media)[1:] + "/schema"}
	if events, ok := content["x-events"].(object); ok {
		_, b.events = d.follow(events, "")
	}
	return b, nil
}
