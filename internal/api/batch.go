package api

import (
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
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/rules"
)

type batchRequest struct {
	Routers     routerList `json:"routers" validate:"required" swaggertype:"array,string" example:"cabang-jakarta-01,cabang-bandung-02"` // list of router_ids, or the string "all"
	Args        []string   `json:"args" validate:"required" example:"/system/resource/print"`
	Concurrency int        `json:"concurrency" example:"16"`                  // routers at the same time; default 16, at most 256
	StopOnError bool       `json:"stop_on_error"`                             // start no further routers after a failure
	Timeout     seconds    `json:"timeout" swaggertype:"number" example:"30"` // seconds for each router; default RUN_TIMEOUT, at most MAX_RUN_TIMEOUT
}

const (
	batchConcurrency    = 16
	maxBatchConcurrency = 256
	maxBatchRouters     = 100_000
)

// routerList is a list of router_ids, or the string "all".
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
	Skipped int `json:"skipped"` // not started, because of stop_on_error or because the client closed the connection
	TookMS  int `json:"took_ms"`
}

// batch runs one command on many routers.
//
//	@Summary		Run a command on many routers
//	@Description	Answers with one line of JSON for each router when it is done: {"router_id":…,"success":true,"data":[…],"ret":…,"done":…} or {"router_id":…,"success":false,"error":…,"code":…,"traps":[…],"data":[…]}, with the same fields as in the answers of /run. The last line is {"summary":{"routers":…,"ok":…,"failed":…,"skipped":…,"took_ms":…}}. A router that does not answer does not delay the others.
//	@Tags			commands
//	@Accept			json
//	@Produce		application/x-ndjson
//	@Param			body	body		batchRequest	true	"the command and the routers"
//	@Success		200		{string}	string			"one JSON object per line"
//	@Failure		400		{object}	failure			"malformed, missing or unknown field, or not one command"
//	@Failure		401		{object}	failure			"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure			"too many requests with this key or from this address; see Retry-After"
//	@Failure		403		{object}	failure			"the key does not have the role, or the command is denied by rules of the key or of the server; nothing was sent"
//	@Failure		503		{object}	failure			"the audit log takes no lines; nothing was sent"
//	@Security		ApiKeyAuth
//	@Router			/run/batch [post]
func (h *handler) batch(w http.ResponseWriter, r *http.Request) error {
	var in batchRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	req := requestOf(ctx)
	req.audit.Router, req.audit.Command = in.Routers.String(), in.Args
	if err := h.checkBatch(req, &in); err != nil {
		return err
	}
	cmd, err := h.command(req, in.Args, in.Timeout, h.opts.RunTimeout)
	if err != nil {
		return err
	}
	if err := h.auditable(ctx); err != nil {
		req.audit.executed = false
		return err
	}
	live := newLiveWriter(w)
	live.begin(contentTypes[ndjson])
	return h.runBatch(r, in, cmd, live)
}

func (h *handler) checkBatch(req *request, in *batchRequest) error {
	if err := required(field{"routers", !in.Routers.all && len(in.Routers.ids) == 0}, field{"args", in.Args == nil}); err != nil {
		return err
	}
	switch {
	case in.Concurrency < 0 || in.Concurrency > maxBatchConcurrency:
		return errcode.New(errcode.Invalid, fmt.Sprintf("concurrency must be from 1 to %d", maxBatchConcurrency))
	case in.Concurrency == 0:
		in.Concurrency = batchConcurrency
	}
	if in.Routers.all {
		for _, router := range h.scoped(req).List() {
			in.Routers.ids = append(in.Routers.ids, router.ID)
		}
	}
	if len(in.Routers.ids) > maxBatchRouters {
		return errcode.New(errcode.Invalid, fmt.Sprintf("routers has more than %d router_ids", maxBatchRouters))
	}
	slices.Sort(in.Routers.ids)
	in.Routers.ids = slices.Compact(in.Routers.ids)
	req.audit.Routers = len(in.Routers.ids)
	return nil
}

// runBatch runs the command on all routers and writes their lines, and the summary. The
// error is errClientGone.
func (h *handler) runBatch(r *http.Request, in batchRequest, cmd command, live liveWriter) error {
	start := time.Now()
	ctx, stop := context.WithCancelCause(r.Context())
	b := batchRun{
		h: h, ctx: ctx, cmd: cmd, ids: in.Routers.ids, stopOnError: in.StopOnError,
		repeatable: rules.ReadOnly().Check(cmd.args) == nil,
		lines:      make(chan batchLine), unread: make(chan struct{}),
	}
	b.unknown = h.unknownRouters(ctx, b.ids)
	b.recordUnknown = sync.OnceFunc(func() { h.recordUnknown(ctx, b.ids, b.unknown) })
	defer func() { // in this order, also after a panic
		stop(errClientGone)
		close(b.unread)
		b.workers.Wait()
		b.recordUnknown()
	}()
	b.start(min(in.Concurrency, len(b.ids)))

	sum := batchSummary{Routers: len(b.ids)}
	for line := range b.lines {
		if err := b.write(r, live, line, &sum); err != nil {
			return err
		}
	}
	sum.Skipped = sum.Routers - sum.OK - sum.Failed
	sum.TookMS = int(time.Since(start).Milliseconds())
	return live.write(encodeJSON(map[string]batchSummary{"summary": sum}))
}

// write writes a line and counts it.
func (b *batchRun) write(r *http.Request, live liveWriter, line batchLine, sum *batchSummary) error {
	defer line.end()
	if err := revoked(b.ctx); line.ok && err != nil {
		line = b.h.failedLine(b.ctx, line.id, err, nil)
	}
	if line.ok {
		sum.OK++
	} else {
		sum.Failed++
	}
	return live.writeLine(r, line)
}

// batchRun is a batch in progress. runBatch owns it and its workers. A worker runs the
// command on one router at a time and holds one reply until its line is written, so that
// a client that reads slowly slows the batch down and fills no memory. Where the replies
// do not fit into memory together, a worker repeats its command alone.
type batchRun struct {
	h           *handler
	ctx         context.Context
	cmd         command
	ids         []string
	unknown     map[int]bool // indexes of ids that the key does not see; they have one audit line
	stopOnError bool
	repeatable  bool // the command only reads
	workers     sync.WaitGroup
	alone       sync.RWMutex   // held for writing by a worker that repeats its command, otherwise for reading, until the line is written
	running     atomic.Int64   // workers; the last one closes lines
	next        atomic.Int64   // index of the next id
	failed      atomic.Bool    // on any router
	lines       chan batchLine // for runBatch
	unread      chan struct{}  // closed when runBatch takes no more lines

	recordUnknown func() // writes the audit line of unknown, once
}

func (b *batchRun) start(workers int) {
	if workers == 0 {
		close(b.lines)
		return
	}
	b.running.Store(int64(workers))
	for range workers {
		b.workers.Go(func() {
			b.work()
			if b.running.Add(-1) == 0 {
				close(b.lines)
			}
		})
	}
}

// work runs the command on one router after the other.
func (b *batchRun) work() {
	for {
		i := int(b.next.Add(1)) - 1
		if i >= len(b.ids) || b.ctx.Err() != nil || b.stopOnError && b.failed.Load() {
			return
		}
		b.alone.RLock()
		line, done := b.line(i), b.alone.RUnlock
		if line.dropped && b.repeatable {
			b.alone.RUnlock()
			b.alone.Lock()
			line, done = b.line(i), b.alone.Unlock
		}
		line.end = func() { line.reply.Release(); done() }
		if !line.ok {
			b.failed.Store(true)
		}
		select {
		case b.lines <- line: // also when ctx has ended: the command was started
		case <-b.unread:
			line.end()
			return
		}
	}
}

// line runs the command on the router at index i. An unknown one has its audit line
// before it is told.
func (b *batchRun) line(i int) batchLine {
	if b.unknown[i] {
		b.recordUnknown()
		return b.h.failedLine(b.ctx, b.ids[i], manager.ErrUnknownRouter, nil)
	}
	return b.h.batchLine(b.ctx, b.ids[i], b.cmd)
}

// unknownRouters returns the indexes of the ids that the principal of the request does
// not see.
func (h *handler) unknownRouters(ctx context.Context, ids []string) map[int]bool {
	routers, unknown := h.scoped(requestOf(ctx)), make(map[int]bool)
	for i, id := range ids {
		if _, err := routers.Get(id); errors.Is(err, manager.ErrUnknownRouter) {
			unknown[i] = true
		}
	}
	return unknown
}

// recordUnknown writes one audit line for all routers of a batch that the key does not
// see, with the first of them and their number.
func (h *handler) recordUnknown(ctx context.Context, ids []string, unknown map[int]bool) {
	if len(unknown) == 0 {
		return
	}
	const sample = 100 // more do not fit in a line
	first := make([]string, 0, sample)
	for i, id := range ids {
		if unknown[i] && len(first) < sample {
			first = append(first, id)
		}
	}
	entry := requestOf(ctx).audit
	entry.Router, entry.Routers = strings.Join(first, ","), len(unknown)
	h.record(ctx, entry, manager.ErrUnknownRouter, true)
}
