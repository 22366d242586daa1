package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
)

const (
	bodyLimit   = 1 << 20
	bodyTimeout = 10 * time.Second // for a body that trickles in
)

// readBody decodes a JSON body strictly: one object, no fields but those of v,
// nothing behind it.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return errcode.New(errcode.MediaType, "send the body as JSON with the header Content-Type: application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return bodyError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errcode.New(errcode.Invalid, "the body has something behind the JSON object")
	}
	// The body is here; what the client may do from now on is hang up, for which
	// there is no time.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return nil
}

// bounded gives a body BodyTimeout to arrive, whether a handler reads it or
// net/http throws it away before the answer leaves: a client that promises a
// body and sends none must not hold its connection, key or no key.
func (h *handler) bounded(next http.Handler) http.Handler {
	within := cmp.Or(h.opts.BodyTimeout, bodyTimeout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(within)) // a recorder has none
		}
		next.ServeHTTP(w, r)
	})
}

func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errcode.New(errcode.BodyTooLarge, "the body is larger than 1 MiB")
	}
	text := err.Error()
	wrongType, isType := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case errors.Is(err, io.EOF):
		text = "the body is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		text = "the body ends inside the JSON object"
	case errors.Is(err, os.ErrDeadlineExceeded):
		text = "the body did not arrive in time"
	case isType && wrongType.Field != "":
		text = wrongType.Field + " must be " + inWords(wrongType.Type) + ", not " + wrongType.Value
	case isType:
		text = "the body must be a JSON object, not " + wrongType.Value
	default:
		// "json: unknown field "x"" names the field, which is what helps.
		text = "the body is not what is expected: " + strings.TrimPrefix(text, "json: ")
	}
	return errcode.New(errcode.Invalid, text)
}

// inWords is what a field has to be, for people who know JSON and not Go.
func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list of strings" // there is no other
	default:
		return "an object"
	}
}

// required names all fields that are missing at once.
func required(fields ...field) error {
	var missing []string
	for _, f := range fields {
		if f.missing {
			missing = append(missing, f.name)
		}
	}
	if missing == nil {
		return nil
	}
	return errcode.New(errcode.Invalid, "missing: "+strings.Join(missing, ", "))
}

type field struct {
	name    string
	missing bool
}
