package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

type batchRequest struct {
	Routers     routerList `json:"routers" validate:"required" swaggertype:"array,string" example:"cabang-jakarta-01,cabang-bandung-02"` // router_ids, or the string "all"
	Args        []string   `json:"args" validate:"required" example:"/system/resource/print"`
	Concurrency int        `json:"concurrency" example:"16"`                  // routers at the same time; 16 without, 256 at the most
	StopOnError bool       `json:"stop_on_error"`                             // begin with no further router after a failure
	Timeout     seconds    `json:"timeout" swaggertype:"number" example:"30"` // seconds for each router; up to MAX_RUN_TIMEOUT
}

const (
	batchConcurrency    = 16
	maxBatchConcurrency = 256
	maxBatchRouters     = 100_000
)

// routerList is a list of router_ids, or all of them.
type routerList struct {
	all bool
	ids []string
}

func (l *routerList) String() string {
	if l.all {
		return "all"
	}
	return strings.Join(l.ids, ",")
}

func (l *routerList) UnmarshalJSON(b []byte) error {
	if string(b) == `"all"` {
		l.all = true
		return nil
	}
	if json.Unmarshal(b, &l.ids) != nil {
		return errors.New(`routers must be a list of router_ids or "all"`)
	}
	return nil
}

// batchSummary is the last line of a batch.
type batchSummary struct {
	Routers int `json:"routers"`
	OK      int `json:"ok"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"` // not begun, because of stop_on_error or of the client's leaving
	TookMS  int `json:"took_ms"`
}

// batch runs one command on many routers.
//
//	@Summary		Run a command on many routers
//	@Description	Answers with one line of JSON a router, as each is done: {"router_id":…,"success":true,"data":[…],"ret":…} or {"router_id":…,"success":false,"error":…,"code":…}; the last line is {"summary":{"routers":…,"ok":…,"failed":…,"skipped":…,"took_ms":…}}. A router that is dead costs its own timeout and nobody else's.
//	@Tags			commands
//	@Accept			json
//	@Produce		application/x-ndjson
//	@Param			body	body		batchRequest	true	"the command and its routers"
//	@Success		200		{string}	string			"one JSON object a line"
//	@Failure		400		{object}	failure			"malformed, missing or unknown field; no single command"
//	@Failure		401		{object}	failure			"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure			"too many requests with this key or from this address; see Retry-After"
//	@Failure		403		{object}	failure			"the key has not the role, or the rules of the key or of the server are against the command; nothing was sent to any router"
//	@Security		ApiKeyAuth
//	@Router			/run/batch [post]
func (h *handler) batch(w http.ResponseWriter, r *http.Request) error {
	var req batchRequest
	if err := readBody(w, r, &req); err != nil {
		return err
	}
	a := actOf(r.Context())
	a.Router, a.Command = req.Routers.String(), req.Args
	timeout, err := h.checkBatch(r.Context(), &req)
	if err != nil {
		return err
	}
	a.split = true
	header := w.Header()
	header.Set("Content-Type", "application/x-ndjson")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	out := h.writeTo(r.Context(), w)
	defer out.close()
	h.runBatch(r.Context(), req, timeout, out)
	return nil
}

func (h *handler) checkBatch(ctx context.Context, req *batchRequest) (time.Duration, error) {
	if err := required(field{"routers", !req.Routers.all && len(req.Routers.ids) == 0}, field{"args", req.Args == nil}); err != nil {
		return 0, err
	}
	if err := h.checkCommand(ctx, req.Args); err != nil {
		return 0, err
	}
	switch {
	case req.Concurrency < 0 || req.Concurrency > maxBatchConcurrency:
		return 0, errcode.New(errcode.Invalid, fmt.Sprintf("concurrency must be from 1 to %d", maxBatchConcurrency))
	case req.Concurrency == 0:
		req.Concurrency = batchConcurrency
	}
	if req.Routers.all {
		for _, router := range h.seen(ctx).List() {
			req.Routers.ids = append(req.Routers.ids, router.ID)
		}
	}
	if len(req.Routers.ids) > maxBatchRouters {
		return 0, errcode.New(errcode.Invalid, fmt.Sprintf("more than %d routers", maxBatchRouters))
	}
	slices.Sort(req.Routers.ids)
	req.Routers.ids = slices.Compact(req.Routers.ids)
	return h.runTimeout(req.Timeout, wholeAnswer)
}

// runBatch has as many workers as may run at the same time; the handler's
// goroutine writes their lines. A worker holds one answer at a time, so that a
// client that reads slowly slows the batch and fills no memory.
func (h *handler) runBatch(ctx context.Context, req batchRequest, timeout time.Duration, out *pieceWriter) {
	began := time.Now()
	ctx, stop := context.WithCancelCause(ctx)
	unread := make(chan struct{}) // closed when nobody takes lines any more
	var wg sync.WaitGroup
	defer func() { // in this order, also after a panic
		stop(errClientGone)
		close(unread)
		wg.Wait()
	}()

	var next atomic.Int64
	var failed atomic.Bool
	lines := make(chan batchLine)
	for range min(req.Concurrency, len(req.Routers.ids)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(req.Routers.ids) || ctx.Err() != nil || req.StopOnError && failed.Load() {
					return
				}
				line := h.runOne(ctx, req.Routers.ids[i], req.Args, timeout)
				if !line.ok {
					failed.Store(true)
				}
				select {
				case lines <- line: // also when ctx has ended: the command was begun
				case <-unread:
					return
				}
			}
		})
	}
	go func() { wg.Wait(); close(lines) }()

	sum := batchSummary{Routers: len(req.Routers.ids)}
	for line := range lines {
		if line.ok {
			sum.OK++
		} else {
			sum.Failed++
		}
		if out.write(line.json) != nil {
			return
		}
	}
	sum.Skipped = sum.Routers - sum.OK - sum.Failed
	sum.TookMS = int(time.Since(began).Milliseconds())
	b, err := json.Marshal(map[string]batchSummary{"summary": sum})
	if err == nil {
		_ = out.write(append(b, '\n'))
	}
}

type batchLine struct {
	json []byte
	ok   bool
}

func (h *handler) runOne(ctx context.Context, id string, args []string, timeout time.Duration) batchLine {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w: the router did not finish within %v", routeros.ErrTimeout, timeout))
	defer cancel()
	a := *actOf(ctx)
	a.Router, a.began = id, time.Now()
	reply, err := h.runOn(ctx, id, args)
	a.err = err
	h.record(ctx, a)
	b := menu.AppendString([]byte(`{"router_id":`), id)
	if err != nil {
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(h.describe(ctx, err)) // strings alone cannot fail
		return batchLine{json: append(append(b, ','), text.Bytes()[1:]...)}
	}
	b = menu.NewEncoder(menu.Any, reply.Page).AppendRows(append(b, `,"success":true,"data":`...), reply.Rows)
	if ret, ok := reply.Ret(); ok {
		b = menu.AppendText(append(b, `,"ret":`...), ret, reply.Page)
	}
	return batchLine{json: append(b, "}\n"...), ok: true}
}
