package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
)

const (
	bodyLimit          = 1 << 20
	defaultBodyTimeout = 10 * time.Second
)

// readBody decodes a JSON body strictly: UTF-8, one object with known fields only, and
// nothing after it. It reads the body to its end, where net/http lifts the deadline that
// bodyTimeout set.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	if err := checkMedia(r.Header); err != nil {
		return err
	}
	text, broken := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if broken == nil {
		var err error
		if text, err = utf8Text(text); err != nil {
			return err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if broken != nil && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = broken
	}
	if err != nil {
		return bodyError(err)
	}
	if len(bytes.TrimLeft(text[dec.InputOffset():], " \t\r\n")) > 0 {
		return errcode.New(errcode.Invalid, "the body has more than one JSON object")
	}
	if name, ok := repeatedName(text); ok {
		return errcode.New(errcode.Invalid, fmt.Sprintf("the body has the field %q twice", name))
	}
	return nil
}

// repeatedName returns a name that an object, or one inside it, has twice:
// encoding/json would take the last value and lose the others. Like encoding/json it
// does not distinguish capitals. The text is valid JSON whose names are all known, so
// they are few.
func repeatedName(text []byte) (name string, ok bool) {
	var room [16][]byte
	names := room[:0] // of all objects that are open
	var depths [8]int // where the names of each of them begin; -1 for a list
	open, isName := depths[:0], false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			open, isName = append(open, len(names)), true
		case '[':
			open, isName = append(open, -1), false
		case '}', ']':
			if first := open[len(open)-1]; first >= 0 {
				names = names[:first]
			}
			open = open[:len(open)-1]
		case ',':
			isName = len(open) > 0 && open[len(open)-1] >= 0
		case '"':
			end := endOfString(text, i)
			if isName {
				isName = false
				name := plain(text[i : end+1])
				if slices.ContainsFunc(names[open[len(open)-1]:], func(other []byte) bool { return bytes.EqualFold(name, other) }) {
					return string(name), true
				}
				names = append(names, name)
			}
			i = end
		}
	}
	return "", false
}

// endOfString returns the position of the quotation mark that ends the string at start.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text) - 1
}

// plain returns the text of a JSON string.
func plain(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // it is valid
	return []byte(text)
}

// checkMedia refuses bodies that are not declared as JSON in UTF-8.
func checkMedia(header http.Header) error {
	if coding := header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return errcode.New(errcode.MediaType, "send the body without Content-Encoding; compressed bodies are not read")
	}
	kind := header.Get("Content-Type")
	if kind == "application/json" { // the usual form
		return nil
	}
	media, parameters, err := mime.ParseMediaType(kind)
	if err != nil || media != "application/json" {
		return errcode.New(errcode.MediaType, "send the body as JSON in UTF-8 with the header Content-Type: application/json")
	}
	switch charset, ok := parameters["charset"]; strings.ToLower(charset) {
	case "utf-8", "utf8":
	default:
		if ok {
			return errcode.New(errcode.MediaType, fmt.Sprintf("send the body as UTF-8; the header Content-Type has charset %q", clip(charset)))
		}
	}
	return nil
}

// bodyTimeout limits how long a body may take to arrive, whether a handler reads it or
// net/http discards it before the answer: a client that announces a body and does not
// send it must not hold its connection.
func (h *handler) bodyTimeout(next http.Handler) http.Handler {
	limit := cmp.Or(h.opts.BodyTimeout, defaultBodyTimeout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)) // not in tests without a connection
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
		// Such as: unknown field "x".
		text = "invalid body: " + strings.TrimPrefix(text, "json: ")
	}
	return errcode.New(errcode.Invalid, text)
}

// inWords names the JSON type that a field must have.
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
		return "a list of strings" // the only one
	default:
		return "an object"
	}
}

// required refuses a request in which fields are missing, and names all of them.
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
