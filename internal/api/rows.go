package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// rowFormat is the format of an answer of /run.
type rowFormat uint8

const (
	wholeAnswer rowFormat = iota // one JSON object, when the command is done
	ndjson                       // one line for each row
	events                       // one event for each row
)

var contentTypes = [...]string{wholeAnswer: "application/json", ndjson: "application/x-ndjson", events: "text/event-stream"}

// rowFormatOf is the first format in Accept that is known; the whole answer without one.
func rowFormatOf(r *http.Request) rowFormat {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		media, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(media)) {
		case "application/json":
			return wholeAnswer
		case "application/x-ndjson", "application/ndjson":
			return ndjson
		case "text/event-stream":
			return events
		}
	}
	return wholeAnswer
}

// liveWriter sends an answer in pieces, each at once.
type liveWriter struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func newLiveWriter(w http.ResponseWriter) liveWriter {
	return liveWriter{w, http.NewResponseController(w)}
}

// begin sends the header.
func (l liveWriter) begin(contentType string) {
	header := l.w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // for nginx
	l.w.WriteHeader(http.StatusOK)
	_ = l.rc.Flush() // an error shows again at the first write
}

// write sends a piece; the error is errClientGone.
func (l liveWriter) write(b []byte) error {
	if _, err := l.w.Write(b); err != nil {
		return errClientGone
	}
	if l.rc.Flush() != nil {
		return errClientGone
	}
	return nil
}

// rowWriter is the sink of a streamed answer: rows leave as they arrive. Where the
// command cannot be sent at all the answer is an ordinary error; once it is sent, the
// last line says how it ended.
type rowWriter struct {
	h       *handler
	live    liveWriter
	format  rowFormat
	started bool // the header was sent
	enc     *menu.Encoder
	buf     []byte
}

func (o *rowWriter) run(ctx context.Context, router manager.Device, args []string) error {
	call, err := router.Start(ctx, args)
	if err != nil {
		return err
	}
	// A client that takes no more rows must not keep the command running on the router.
	defer call.Cancel(errClientGone)
	o.enc, o.started = menu.NewEncoder(menu.Any, call.Page()), true
	o.live.begin(contentTypes[o.format])
	var rows proto.Sentences
	for {
		if rows, _, err = call.Next(rows); err != nil {
			break
		}
		if err := o.rows(rows); err != nil {
			return err
		}
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) { // the client is there
		o.end(requestOf(ctx), call, err)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (o *rowWriter) rows(rows proto.Sentences) error {
	o.buf = o.buf[:0]
	for row := range rows.All() {
		if o.format == events {
			o.buf = o.enc.AppendRow(append(o.buf, "data: "...), row)
			o.buf = append(o.buf, "\n\n"...)
		} else {
			o.buf = o.enc.AppendRow(append(o.buf, `{"row":`...), row)
			o.buf = append(o.buf, "}\n"...)
		}
	}
	return o.live.write(o.buf)
}

// end writes the last line.
func (o *rowWriter) end(req *request, call device.Stream, err error) {
	name, line := "done", any(doneLine{ret(call)})
	if refused, ok := errors.AsType[*routeros.TrapError](err); ok {
		name, line = "trap", trapsOf(refused)
	} else if !errors.Is(err, io.EOF) {
		body := o.h.describe(req, err)
		body.RequestID = req.id
		name, line = "error", body
	}
	text := bytes.TrimRight(encodeJSON(line), "\n")
	if o.format == events {
		_ = o.live.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, text))
		return
	}
	_ = o.live.write(fmt.Appendf(nil, "{%q:%s}\n", name, text))
}

// doneLine is the end of a command that was successful.
type doneLine struct {
	Ret *string `json:"ret,omitempty"`
}

func ret(call device.Stream) *string {
	value, ok := call.Done().Get("ret")
	if !ok {
		return nil
	}
	text := call.Page().String(value)
	return &text
}

// trapLine is the end of a command that the router refused or interrupted.
type trapLine struct {
	Message string     `json:"message"`
	Traps   []trapItem `json:"traps"`
}

type trapItem struct {
	Message  string `json:"message"`
	Category *int   `json:"category,omitempty"`
}

func trapsOf(err *routeros.TrapError) trapLine {
	line := trapLine{Message: err.Error()}
	for _, t := range err.Traps {
		item := trapItem{Message: t.Message}
		if t.Category != routeros.CategoryNone {
			item.Category = &t.Category
		}
		line.Traps = append(line.Traps, item)
	}
	return line
}
