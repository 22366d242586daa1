package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

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

// rowFormatOf returns the format that the header Accept prefers; the whole answer without
// one, and where it permits none of the formats.
func rowFormatOf(header http.Header) rowFormat {
	chosen, best := wholeAnswer, preference{}
	ranges := weighted(header.Values("Accept"))
	for i := range ranges {
		if ranges[i].name == "application/ndjson" { // a usual name of the same format
			ranges[i].name = contentTypes[ndjson]
		}
	}
	for format, name := range contentTypes {
		p := preferenceFor(ranges, name)
		if p.above(best) {
			chosen, best = rowFormat(format), p
		}
	}
	return chosen
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

// streamRows sends rows as they arrive. A command that cannot be sent is answered with
// an ordinary error; once it was sent, the last line says how it ended.
func (h *handler) streamRows(ctx context.Context, w http.ResponseWriter, id string, cmd command, format rowFormat) error {
	out := rowWriter{live: newLiveWriter(w), format: format}
	req := requestOf(ctx)
	err := h.execute(ctx, req, id, cmd, out.run)
	err = reason(ctx, err)
	if !out.started || out.broken || errors.Is(err, errClientGone) {
		return err
	}
	out.end(h.lastLine(req, out.done, err))
	return nil
}

// rowWriter sends rows as they arrive. Its method run is a sink.
type rowWriter struct {
	live    liveWriter
	format  rowFormat
	started bool            // the header was sent
	broken  bool            // the last write failed, perhaps inside a row
	done    json.RawMessage // the attributes of !done as an object; nil without any
	enc     *menu.Encoder
	buf     []byte
}

func (o *rowWriter) run(ctx context.Context, router manager.Device, cmd command) error {
	call, err := router.Start(ctx, cmd.owner, cmd.args)
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
		if err := o.rows(ctx, rows); err != nil {
			return err
		}
	}
	if done := call.Done(); hasAttributes(done) {
		o.done = o.enc.AppendRow(nil, done)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func hasAttributes(s proto.Sentence) bool {
	for range s.Attributes() {
		return true
	}
	return false
}

// rows sends rows in pieces, so that many of them are not in memory a second time, and
// none after the key of the request has ended.
func (o *rowWriter) rows(ctx context.Context, rows proto.Sentences) error {
	for row := range rows.All() {
		if o.format == events {
			o.buf = o.enc.AppendRow(append(o.buf, "data: "...), row)
			o.buf = append(o.buf, "\n\n"...)
		} else {
			o.buf = o.enc.AppendRow(append(o.buf, `{"row":`...), row)
			o.buf = append(o.buf, "}\n"...)
		}
		if len(o.buf) >= 32<<10 {
			if err := o.send(ctx); err != nil {
				return err
			}
		}
	}
	return o.send(ctx)
}

func (o *rowWriter) send(ctx context.Context) error {
	if err := revoked(ctx); err != nil {
		o.buf = o.buf[:0]
		return err
	}
	err := o.live.write(o.buf)
	o.buf, o.broken = o.buf[:0], err != nil
	return err
}

// end writes the last line.
func (o *rowWriter) end(name string, content any) {
	text := bytes.TrimRight(encodeJSON(content), "\n")
	if o.format == events {
		_ = o.live.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, text))
		return
	}
	_ = o.live.write(fmt.Appendf(nil, "{%q:%s}\n", name, text))
}

// lastLine returns the name and the content of the line that says how a command ended.
// done has the attributes of !done, nil without any.
func (h *handler) lastLine(req *request, done json.RawMessage, err error) (name string, content any) {
	if err == nil {
		if done == nil {
			done = json.RawMessage("{}")
		}
		return "done", done
	}
	if refused, ok := errors.AsType[*routeros.TrapError](err); ok {
		return "trap", trapLine{Message: refused.Error(), Traps: trapsOf(refused), Done: done}
	}
	body := h.describe(req, err)
	body.RequestID = req.id
	return "error", body
}

// trapLine is the end of a command that the router refused or interrupted.
type trapLine struct {
	Message string          `json:"message"`
	Traps   []trapItem      `json:"traps"`
	Done    json.RawMessage `json:"done,omitempty"`
}

// trapItem is one refusal of a router.
type trapItem struct {
	Message  string `json:"message" example:"no such item (4)"`
	Category *int   `json:"category,omitempty" example:"0"` // 0 to 7, by MikroTik's documentation of the API; missing where the router sent none
} //	@name	trap

func trapsOf(err *routeros.TrapError) (items []trapItem) {
	for _, t := range err.Traps {
		item := trapItem{Message: t.Message}
		if t.Category != routeros.CategoryNone {
			item.Category = &t.Category
		}
		items = append(items, item)
	}
	return items
}
