package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

// TextRow is a row of a command as the router sent it: all values are text.
type TextRow map[string]string

// RunOptions of a command.
type RunOptions struct {
	// Timeout is when the server cancels the command; its RUN_TIMEOUT for zero. Whole
	// milliseconds count.
	Timeout time.Duration
}

// Reply is the answer of a router to a command.
type Reply struct {
	Rows []TextRow `json:"data"`
	Ret  string    `json:"ret"`  // the id of an added row, or a count
	Done TextRow   `json:"done"` // all of what the router said at the end, if it is more than Ret
}

type runBody struct {
	RouterID string   `json:"router_id"`
	Args     []string `json:"args"`
	Timeout  float64  `json:"timeout,omitempty"` // seconds
}

func (o RunOptions) seconds() float64 { return o.Timeout.Round(time.Millisecond).Seconds() }

// Run runs a command on a router (POST /run). args is its path, then attributes
// (=name=value) and queries (?name=value) of the RouterOS API.
func (c *Client) Run(ctx context.Context, id string, args []string, o RunOptions) (Reply, error) {
	var timeout time.Duration
	if o.Timeout > 0 {
		timeout = o.Timeout + 10*time.Second // the server answers when it has canceled the command
	}
	var reply Reply
	err := c.decode(ctx, request{method: http.MethodPost, path: []string{"run"}, body: runBody{id, args, o.seconds()}}, timeout, &reply)
	return reply, err
}

// Rows runs a command and yields its rows as they come, for commands that do not end,
// such as /ping and listen (POST /run). Leaving the loop cancels the command on the
// router. An error is the last thing that is yielded.
func (c *Client) Rows(ctx context.Context, id string, args []string, o RunOptions) iter.Seq2[TextRow, error] {
	return func(yield func(TextRow, error) bool) {
		type line struct {
			Row   TextRow          `json:"row"`
			Done  *json.RawMessage `json:"done"`
			Trap  *problem         `json:"trap"`
			Error *problem         `json:"error"`
		}
		for text, err := range c.lines(ctx, request{method: http.MethodPost, path: []string{"run"}, body: runBody{id, args, o.seconds()}}) {
			var l line
			if err == nil {
				err = unmarshal(text, &l)
			}
			switch {
			case err != nil:
			case l.Error != nil:
				err = l.Error.err()
			case l.Trap != nil:
				l.Trap.Code = CodeRouterRefused
				err = l.Trap.err()
			case l.Done != nil:
				return
			}
			if !yield(l.Row, err) || err != nil {
				return
			}
		}
	}
}

// BatchOptions of a command on many routers.
type BatchOptions struct {
	RunOptions

	Concurrency int  // routers at a time; 16 for zero, 256 at most
	StopOnError bool // start no further routers after a failure
}

// BatchLine is what became of the command on one router. Err is an [*Error] or nil.
type BatchLine struct {
	RouterID string
	Reply    Reply
	Err      error
}

// Batch runs a command on many routers, nil for all of them (POST /run/batch). It
// yields a line when a router is done; routers that were not started because of
// StopOnError have none. An error that is yielded is the last thing.
func (c *Client) Batch(ctx context.Context, routers, args []string, o BatchOptions) iter.Seq2[BatchLine, error] {
	body := struct {
		Routers     any      `json:"routers"`
		Args        []string `json:"args"`
		Timeout     float64  `json:"timeout,omitempty"`
		Concurrency int      `json:"concurrency,omitempty"`
		StopOnError bool     `json:"stop_on_error,omitempty"`
	}{routers, args, o.seconds(), o.Concurrency, o.StopOnError}
	if routers == nil {
		body.Routers = "all"
	}
	return func(yield func(BatchLine, error) bool) {
		for text, err := range c.lines(ctx, request{method: http.MethodPost, path: []string{"run", "batch"}, body: body}) {
			var l struct {
				problem // data has the rows of a success as well

				RouterID string           `json:"router_id"`
				Success  bool             `json:"success"`
				Ret      string           `json:"ret"`
				Done     TextRow          `json:"done"`
				Summary  *json.RawMessage `json:"summary"`
			}
			if err == nil {
				err = unmarshal(text, &l)
			}
			if err == nil && l.Summary != nil {
				return
			}
			line := BatchLine{RouterID: l.RouterID, Reply: Reply{l.Data, l.Ret, l.Done}}
			if err == nil && !l.Success {
				line.Err = l.err()
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// lines sends a request and yields the lines of its answer. The text is valid until the
// next one. That the answer ends is an error: the last line says that it is complete.
func (c *Client) lines(ctx context.Context, r request) iter.Seq2[[]byte, error] {
	r.accept = "application/x-ndjson"
	return func(yield func([]byte, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		late := time.AfterFunc(c.opts.Timeout, func() { cancel(noAnswer(c.opts.Timeout)) })
		resp, err := c.begin(ctx, r)
		late.Stop()
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		scan := c.scanner(resp.Body)
		for scan.Scan() {
			if !yield(scan.Bytes(), nil) {
				return
			}
		}
		yield(nil, c.why(ctx, ended(scan.Err())))
	}
}
