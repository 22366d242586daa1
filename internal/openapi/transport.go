package openapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// Transport holds what passes through another RoundTripper against the document.
type Transport struct {
	http.RoundTripper
	Document *Document
	Report   func(error) // called by whoever reads the answer
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	x := Exchange{Method: r.Method, URL: r.URL}
	if r.Body != nil && r.GetBody != nil {
		if sent, err := r.GetBody(); err == nil {
			x.Sent, _ = io.ReadAll(sent)
		}
	}
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil || x.Method == http.MethodOptions {
		return resp, err
	}
	x.Status, x.Header = resp.StatusCode, resp.Header
	operation, at := t.Document.operation(x.Method, x.URL)
	tap := &tap{ReadCloser: resp.Body, transport: t, exchange: x}
	if operation != nil && x.Method != http.MethodHead {
		if tap.live, err = t.Document.begin(operation, at, x); err != nil || !tap.live.streams() || resp.Header.Get("Content-Encoding") != "" {
			tap.live = nil // Check says so, and the rest, at the end
		}
	}
	resp.Body = tap
	return resp, nil
}

// CloseIdleConnections lets a client close those of the other RoundTripper.
func (t *Transport) CloseIdleConnections() {
	if other, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		other.CloseIdleConnections()
	}
}

// tap is the body of an answer; it looks at what is read. The reader of the body owns it.
type tap struct {
	io.ReadCloser
	transport *Transport
	exchange  Exchange
	live      *body // of a stream; nil for an answer that is checked at its end
	taken     bytes.Buffer
	over      bool // checked, or one thing was wrong
}

// Read implements [io.Reader].
func (t *tap) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if t.over {
		return n, err
	}
	if t.live != nil {
		if _, wrong := t.live.Write(p[:n]); wrong != nil {
			t.over = true
			t.exchange.Body = p[:n]
			t.transport.Report(wrong)
		}
		return n, err
	}
	t.taken.Write(p[:n])
	if err == io.EOF {
		t.over = true
		t.exchange.Body = t.plain()
		if wrong := t.transport.Document.Check(t.exchange); wrong != nil {
			t.transport.Report(wrong)
		}
	}
	return n, err
}

// plain returns what was read, not compressed.
func (t *tap) plain() []byte {
	if !strings.EqualFold(t.exchange.Header.Get("Content-Encoding"), "gzip") {
		return t.taken.Bytes()
	}
	r, err := gzip.NewReader(&t.taken)
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(r)
	return text
}
