package client

import (
	"context"
	"net/http"
	"net/url"
)

// REST is RouterOS's own REST of one router, see docs/rest.md. Paths are those after
// rest/, such as ip/address or ip/address/*1.
type REST struct {
	client *Client
	router string
}

// Values of a row, or arguments of a command: text, numbers, booleans, lists of them,
// or nil, which clears a property.
type Values map[string]any

// REST returns RouterOS's own REST of a router.
func (c *Client) REST(id string) REST { return REST{c, id} }

func (r REST) request(method, path string, body any) request {
	return request{method: method, path: append([]string{"routers", r.router, "rest"}, elements(path)...), body: body}
}

// List returns the rows of a menu that match all of the filter, which may be nil.
// ".proplist" in it names the properties of the rows.
func (r REST) List(ctx context.Context, path string, filter url.Values) ([]TextRow, error) {
	req := r.request(http.MethodGet, path, nil)
	req.query = filter
	var rows []TextRow
	err := r.client.decode(ctx, req, 0, &rows)
	return rows, err
}

// Get returns a row by its id or name, or the only one of a menu such as
// system/identity.
func (r REST) Get(ctx context.Context, path string) (TextRow, error) {
	return r.row(ctx, http.MethodGet, path, nil)
}

// Add adds a row and returns it.
func (r REST) Add(ctx context.Context, path string, values Values) (TextRow, error) {
	return r.row(ctx, http.MethodPut, path, values)
}

// Set changes a row, or a menu of one row, and returns it.
func (r REST) Set(ctx context.Context, path string, values Values) (TextRow, error) {
	return r.row(ctx, http.MethodPatch, path, values)
}

// Remove removes a row.
func (r REST) Remove(ctx context.Context, path string) error {
	_, err := r.client.text(ctx, r.request(http.MethodDelete, path, nil), 0)
	return err
}

// Command executes a command and reads its answer into v, which is a *[]TextRow for
// rows and a *TextRow for what the router says at the end.
func (r REST) Command(ctx context.Context, path string, values Values, v any) error {
	if values == nil {
		values = Values{}
	}
	return r.client.decode(ctx, r.request(http.MethodPost, path, values), 0, v)
}

func (r REST) row(ctx context.Context, method, path string, values Values) (TextRow, error) {
	var body any
	if values != nil {
		body = values
	}
	var row TextRow
	err := r.client.decode(ctx, r.request(method, path, body), 0, &row)
	return row, err
}
