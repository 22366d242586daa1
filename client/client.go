// Package client is a client of Mikronec: it runs commands on MikroTik routers and
// watches them, through one server.
//
//	c, err := client.New("http://localhost:8080", client.Options{Key: key})
//	reply, err := c.Run(ctx, "cabang-jakarta-01", []string{"/ip/address/print"}, client.RunOptions{})
//
// Methods return an [*Error] with the code of docs/errors.md, or the error of their
// context. None of them repeats a request; [Watch] connects again by itself. The package
// imports the standard library alone.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options of a client. The zero value has no key.
type Options struct {
	// Key is the API key. It is sent in a header, never in a URL.
	Key string
	// Ticket returns a ticket for a stream that is opened, for programs without a key.
	Ticket func(ctx context.Context) (string, error)
	// Timeout is the time in which an answer has to be complete, or begin if it is
	// streamed; 90 s for zero.
	Timeout time.Duration
	// MaxAnswer is the number of bytes of the longest answer, or line of a streamed one,
	// that is taken; 64 MiB for zero.
	MaxAnswer int
	// HTTP sends the requests; nil for a client of its own. It must not have a Timeout,
	// which would end streams, nor follow redirects to other servers, which would get the key.
	HTTP *http.Client
}

// Client talks to one server. Its methods may be used by several goroutines.
type Client struct {
	base *url.URL
	opts Options
	http *http.Client
}

// New returns a client of the server at an address such as http://localhost:8080 or
// https://example.org/mikronec. It opens no connection.
func New(address string, o Options) (*Client, error) {
	base, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("client: %w", err)
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, errors.New("client: the address has to be http://… or https://…")
	case base.User != nil:
		return nil, errors.New("client: the address has a password; give the key as Options.Key")
	}
	base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path, RawPath: base.RawPath}
	if o.Timeout == 0 {
		o.Timeout = 90 * time.Second
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = 64 << 20
	}
	c := &Client{base: base, opts: o, http: o.HTTP}
	if c.http == nil {
		c.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return c, nil
}

// request is a request to be sent. Elements of path are escaped.
type request struct {
	method string
	path   []string
	query  url.Values
	body   any    // JSON; nil for none
	accept string // media type of the answer; JSON for empty
	header http.Header
}

// begin sends a request and returns its answer, which is a success. The answer has to
// begin within the limit of ctx.
func (c *Client) begin(ctx context.Context, r request) (*http.Response, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		body = bytes.NewReader(text)
	}
	u := *c.base
	var path strings.Builder
	path.WriteString(strings.TrimRight(u.EscapedPath(), "/"))
	for _, element := range r.path {
		path.WriteString("/" + url.PathEscape(element))
	}
	u.RawPath = path.String()
	u.Path, _ = url.PathUnescape(path.String()) // it was escaped above
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	maps.Copy(req.Header, r.header)
	if r.accept == "" {
		r.accept = "application/json"
	}
	req.Header.Set("Accept", r.accept)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.opts.Key != "" {
		req.Header.Set("X-API-Key", c.opts.Key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.why(ctx, err)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode/100 == 2 && (kind == r.accept || resp.StatusCode == http.StatusNoContent) {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := c.read(resp.Body)
	if err != nil {
		return nil, c.why(ctx, err)
	}
	return nil, answered(resp, text)
}

// read reads a whole body.
func (c *Client) read(body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, int64(c.opts.MaxAnswer)+1))
	if err == nil && len(text) > c.opts.MaxAnswer {
		err = &Error{Code: CodeTooLarge, Message: fmt.Sprintf("the answer has more than %d bytes", c.opts.MaxAnswer)}
	}
	return text, err
}

// why returns the error of a request: the cause of its context if that ended.
func (*Client) why(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return broken(err)
}

// text sends a request and returns its answer, which has to be complete in time.
func (c *Client) text(ctx context.Context, r request, timeout time.Duration) ([]byte, error) {
	if timeout == 0 {
		timeout = c.opts.Timeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, noAnswer(timeout))
	defer cancel()
	resp, err := c.begin(ctx, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := c.read(resp.Body)
	if err != nil {
		return nil, c.why(ctx, err)
	}
	return text, nil
}

// decode sends a request and reads its answer into v.
func (c *Client) decode(ctx context.Context, r request, timeout time.Duration, v any) error {
	text, err := c.text(ctx, r, timeout)
	if err != nil {
		return err
	}
	return unmarshal(text, v)
}

// data sends a request and returns the data of its answer.
func data[T any](ctx context.Context, c *Client, method string, body any, path ...string) (T, error) {
	return dataOf[T](ctx, c, request{method: method, path: path, body: body})
}

func dataOf[T any](ctx context.Context, c *Client, r request) (T, error) {
	var answer struct {
		Data T `json:"data"`
	}
	err := c.decode(ctx, r, 0, &answer)
	return answer.Data, err
}

// unmarshal reads JSON. Numbers of rows keep all of their digits, see [Row].
func unmarshal(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return &Error{Code: CodeForeignAnswer, Message: "the answer is not what it should be: " + err.Error(), Err: err}
	}
	return nil
}

// elements are the parts of a path such as ip/address.
func elements(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
