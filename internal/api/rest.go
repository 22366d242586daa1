package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/rest"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// restPath returns what follows /routers/{id}/rest/ in the path of a request, escaped.
func restPath(r *http.Request) (path string, ok bool) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/routers/")
	if !ok {
		return "", false
	}
	_, rest, _ = strings.Cut(rest, "/")
	return strings.CutPrefix(rest, "rest/")
}

// rest answers as the router's own REST would, whatever its version of RouterOS.
func (h *handler) rest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	req := requestOf(ctx)
	x := restCommands{sentences: sentences{h: h, req: req, id: pathID(r, "id"), action: audit.REST}}
	req.audit.Router = x.id
	router, err := h.scoped(req).Get(x.id)
	if err != nil {
		return err
	}
	x.Paths = router.Device.Paths()
	in, err := readREST(w, r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		w.Header().Add("Vary", "Accept")
		if format := rowFormatOf(r.Header); format != wholeAnswer {
			return x.stream(ctx, w, in, format)
		}
	}
	defer x.release()
	answer, err := rest.Do(ctx, &x, in)
	x.settleAudit(err)
	if err != nil {
		return err
	}
	return writeREST(w, r, answer)
}

// readREST reads a request. A body without Content-Type is taken as JSON: there are
// clients that send none.
func readREST(w http.ResponseWriter, r *http.Request) (*rest.Request, error) {
	path, _ := restPath(r)
	var text []byte
	if r.Method == http.MethodPut || r.Method == http.MethodPatch || r.Method == http.MethodPost {
		var err error
		if text, err = io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit)); err != nil {
			return nil, bodyError(err)
		}
		header := r.Header
		if len(text) > 0 && (header.Get("Content-Type") != "" || header.Get("Content-Encoding") != "") {
			if err := checkMedia(header); err != nil {
				return nil, err
			}
		}
		if text, err = utf8Text(text); err != nil {
			return nil, err
		}
	}
	return rest.Parse(r.Method, path, r.URL.RawQuery, text)
}

// restCommands runs the sentences of one request. It implements [rest.Router].
type restCommands struct {
	device.Paths // of the router
	sentences
}

// stream sends the rows of a POST as they arrive.
func (x *restCommands) stream(ctx context.Context, w http.ResponseWriter, in *rest.Request, format rowFormat) error {
	words, err := in.Command()
	if err != nil {
		return err
	}
	cmd, err := x.command(words, x.h.opts.MaxRunTimeout)
	if err != nil {
		return err
	}
	return x.h.streamRows(ctx, w, x.id, cmd, format)
}

// writeREST writes the answer of a request that succeeded.
func writeREST(w http.ResponseWriter, r *http.Request, a rest.Answer) error {
	if a.Created != "" {
		w.Header().Set("Location", pathPrefix(r)+strings.TrimRight(r.URL.EscapedPath(), "/")+"/"+a.Created)
	}
	switch a.Shape {
	case rest.None:
		w.WriteHeader(a.Status)
		return nil
	case rest.List:
		return writeRows(w, r, a.Status, nil, a.Reply, menu.Flags(a.Menu), []byte("\n"))
	}
	row := a.Reply.Done
	if a.Shape == rest.One {
		row, _ = a.Reply.Rows.Cut()
	}
	enc := menu.NewEncoder(menu.Flags(a.Menu), a.Reply.Page)
	return send(w, r, a.Status, append(enc.AppendRow(nil, row), '\n'))
}

// restFailure is the body of an error, as routers with REST write it, with our code and
// the id of the request besides.
type restFailure struct {
	Error     int          `json:"error" example:"400"`                                              // the status
	Message   string       `json:"message" example:"Bad Request"`                                    // its name
	Detail    string       `json:"detail,omitempty" example:"no such command or directory (ehter1)"` // what the router said, or what is wrong
	Code      errcode.Code `json:"code" example:"router_refused"`                                    // see docs/errors.md
	RequestID string       `json:"request_id,omitempty" example:"K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"`
} //	@name	restFailure

// failREST answers with an error; see [handler.fail].
func (h *handler) failREST(w http.ResponseWriter, r *http.Request, err error) {
	req := requestOf(r.Context())
	var body restFailure
	if !errors.Is(err, errClientGone) {
		body = h.describeREST(req, err)
	}
	if req.response.status != 0 {
		panic(http.ErrAbortHandler)
	}
	if body.Code == "" {
		return
	}
	header := w.Header()
	retryLater(header, body.Error)
	if body.Error == http.StatusUnauthorized && r.Header.Get("Sec-Fetch-Mode") == "" {
		// Not for pages: the browser would ask for a password, and then send it to us with
		// the requests of any page.
		header.Set("WWW-Authenticate", `Basic realm="Mikronec", charset="UTF-8"`)
	}
	writeJSON(w, r, body.Error, body)
}

// describeREST makes the body of an error. A command that was sent and did not end in time
// has the words with which routers end it, which clients know.
func (h *handler) describeREST(req *request, err error) restFailure {
	plain := h.describe(req, err)
	body := restFailure{Error: statuses[plain.Code], Detail: plain.Error, Code: plain.Code, RequestID: req.id}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		body.Error, body.Detail = e.Status, e.Detail
	} else if plain.Code == errcode.Timeout && !routeros.SafeToRetry(err) {
		body.Error, body.Detail = http.StatusBadRequest, "Session closed"
	}
	body.Message = http.StatusText(body.Error)
	return body
}
