package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// seconds is a duration that clients write as a number of seconds.
type seconds float64

func (s seconds) duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// rowFormat is how the rows of /run leave.
type rowFormat uint8

const (
	wholeAnswer rowFormat = iota // one JSON object when the command is done
	ndjson                       // a line a row
	events                       // an event a row
)

// rowForm is what the client accepts; the whole answer unless it names one of
// the other two.
func rowForm(r *http.Request) rowFormat {
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

// runTimeout is the time a command gets.
func (h *handler) runTimeout(asked seconds, form rowFormat) (time.Duration, error) {
	most := h.opts.MaxRunTimeout
	switch d := asked.duration(); {
	case asked < 0 || float64(asked) > most.Seconds():
		return 0, errcode.New(errcode.Invalid, fmt.Sprintf("timeout must be from 0 to %v seconds (MAX_RUN_TIMEOUT)", most.Seconds()))
	case d > 0:
		return d, nil
	case form != wholeAnswer:
		return most, nil
	}
	return h.opts.RunTimeout, nil
}

// streamRows sends rows as they come. Where the command cannot be sent at all
// the answer is an ordinary error; once it is sent, the last line says how it
// ended.
func (h *handler) streamRows(ctx context.Context, w http.ResponseWriter, req runRequest, form rowFormat) error {
	router, err := h.seen(ctx).Get(req.RouterID)
	if err != nil {
		return err
	}
	call, err := router.Device.Start(ctx, req.Args)
	if err != nil {
		return err
	}
	// A client that takes nothing more must not hold the command at the router.
	defer call.Cancel(errClientGone)
	out := rowWriter{
		h:           h,
		pieceWriter: h.writeTo(ctx, w),
		form:        form,
		enc:         menu.NewEncoder(menu.Any, call.Page()),
	}
	defer out.close()
	out.header()
	var rows proto.Sentences
	for {
		if rows, _, err = call.Next(rows); err != nil {
			break
		}
		if out.rows(rows) != nil {
			actOf(ctx).err = errClientGone
			return nil
		}
	}
	if !errors.Is(err, io.EOF) {
		actOf(ctx).err = err
	}
	if ctxErr := context.Cause(ctx); ctxErr != nil && errors.Is(ctxErr, context.Canceled) {
		return nil // the client left
	}
	out.end(ctx, call, err)
	return nil
}

var errClientGone = errors.New("the client left")

// rowWriter writes rows in one of the streaming forms.
type rowWriter struct {
	*pieceWriter
	h    *handler
	form rowFormat
	enc  *menu.Encoder
	buf  []byte
}

func (o *rowWriter) header() {
	header := o.w.Header()
	if o.form == events {
		header.Set("Content-Type", "text/event-stream")
	} else {
		header.Set("Content-Type", "application/x-ndjson")
	}
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no")
	o.w.WriteHeader(http.StatusOK)
	_ = o.rc.Flush() // a failing one shows at the first row
}

func (o *rowWriter) rows(rows proto.Sentences) error {
	o.buf = o.buf[:0]
	for row := range rows.All() {
		if o.form == events {
			o.buf = o.enc.AppendRow(append(o.buf, "data: "...), row)
			o.buf = append(o.buf, "\n\n"...)
		} else {
			o.buf = o.enc.AppendRow(append(o.buf, `{"row":`...), row)
			o.buf = append(o.buf, "}\n"...)
		}
	}
	return o.write(o.buf)
}

// trapLine is the end of a command that the router refused or broke off.
type trapLine struct {
	Message string     `json:"message"`
	Traps   []trapItem `json:"traps"`
}

type trapItem struct {
	Message  string `json:"message"`
	Category *int   `json:"category,omitempty"`
}

// end writes how it ended.
func (o *rowWriter) end(ctx context.Context, call device.Stream, err error) {
	name, v := "done", any(struct {
		Ret *string `json:"ret,omitempty"`
	}{ret(call)})
	if refused, ok := errors.AsType[*routeros.TrapError](err); ok {
		line := trapLine{Message: refused.Error()}
		for _, t := range refused.Traps {
			item := trapItem{Message: t.Message}
			if t.Category != routeros.CategoryNone {
				item.Category = &t.Category
			}
			line.Traps = append(line.Traps, item)
		}
		name, v = "trap", line
	} else if !errors.Is(err, io.EOF) {
		body := o.h.describe(ctx, err)
		body.RequestID = visitOf(ctx).id
		name, v = "error", body
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return
	}
	line := bytes.TrimRight(b.Bytes(), "\n")
	if o.form == events {
		_ = o.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, line))
		return
	}
	_ = o.write(fmt.Appendf(nil, "{%q:%s}\n", name, line))
}

func ret(call device.Stream) *string {
	value, ok := call.Done().Get("ret")
	if !ok {
		return nil
	}
	text := call.Page().String(value)
	return &text
}
