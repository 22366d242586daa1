package api

import (
	"context"
	"net/http"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

type runRequest struct {
	RouterID string   `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
	Args     []string `json:"args" validate:"required" example:"/ip/address/print"` // the path, then attributes (=name=value) and queries (?name=value)
	Timeout  seconds  `json:"timeout" swaggertype:"number" example:"30"`            // seconds after which the command is ended; up to MAX_RUN_TIMEOUT
}

// runAnswer describes the answer of /run for the OpenAPI document; it is
// written row by row, without this type.
//
//lint:ignore U1000 read by swag
type runAnswer struct {
	Success bool                `json:"success" example:"true"`
	Data    []map[string]string `json:"data"`                        // rows as the router sent them, all strings
	Ret     string              `json:"ret,omitempty" example:"*1A"` // of !done: the id that add gave, the number that count-only found
} //	@name	runAnswer

// run executes a command.
//
//	@Summary		Run any RouterOS command
//	@Description	args[0] is the command path, the others are attributes and queries. Rules of the key and of the server (COMMAND_RULES, READ_ONLY) may deny commands; nothing is sent then. Rows come exactly as the router sent them, all values strings. The command ends at the router when the client hangs up, and after "timeout" seconds (RUN_TIMEOUT without).
//	@Description	With Accept: application/x-ndjson or text/event-stream, rows leave as they arrive, for commands that go on and on (/tool/torch, /ping, listen, print with follow): one {"row":…} a line, and at the end {"done":…}, {"trap":…} or {"error":…}; as events, rows are unnamed and the end is named done, trap or error.
//	@Tags			commands
//	@Accept			json
//	@Produce		json,application/x-ndjson,text/event-stream
//	@Param			body	body		runRequest	true	"the command"
//	@Success		200		{object}	runAnswer
//	@Failure		400		{object}	failure	"malformed, missing or unknown field; no single command"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key has not the role, or the rules of the key or of the server are against the command"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		413		{object}	failure	"the body is larger than 1 MiB"
//	@Failure		415		{object}	failure	"the body is not JSON"
//	@Failure		422		{object}	failure	"the router refused, in its own words"
//	@Failure		429		{object}	failure	"too many commands in flight at this router"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/run [post]
func (h *handler) run(w http.ResponseWriter, r *http.Request) error {
	var req runRequest
	if err := readBody(w, r, &req); err != nil {
		return err
	}
	a := actOf(r.Context())
	a.Router, a.Command = req.RouterID, req.Args
	if err := required(field{"router_id", req.RouterID == ""}, field{"args", req.Args == nil}); err != nil {
		return err
	}
	if err := h.checkCommand(r.Context(), req.Args); err != nil {
		return err
	}
	form := rowForm(r)
	timeout, err := h.runTimeout(req.Timeout, form)
	if err != nil {
		return err
	}
	ctx, cancel := deadline(r, timeout)
	defer cancel()
	if form != wholeAnswer {
		return h.streamRows(ctx, w, req, form)
	}
	reply, err := h.runOn(ctx, req.RouterID, req.Args)
	if err != nil {
		return err
	}
	writeRows(w, reply)
	return nil
}

// runOn runs a command on the router that the sender of the request knows as id.
func (h *handler) runOn(ctx context.Context, id string, args []string) (*routeros.Reply, error) {
	router, err := h.seen(ctx).Get(id)
	if err != nil {
		return nil, err
	}
	return router.Device.Run(ctx, args)
}

// writeRows sends the rows in pieces, so that a large table is not in memory a
// second time as JSON.
func writeRows(w http.ResponseWriter, reply *routeros.Reply) {
	const piece = 32 << 10
	w.Header().Set("Content-Type", "application/json")
	enc := menu.NewEncoder(menu.Any, reply.Page)
	b := append(make([]byte, 0, min(piece+4<<10, 2*len(reply.Rows)+128)), `{"success":true,"data":[`...)
	first, whole := true, true
	for row := range reply.Rows.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = enc.AppendRow(b, row)
		if len(b) >= piece {
			whole = false
			if _, err := w.Write(b); err != nil {
				return // the client is gone
			}
			b = b[:0]
		}
	}
	b = append(b, ']')
	if ret, ok := reply.Ret(); ok {
		b = menu.AppendText(append(b, `,"ret":`...), ret, reply.Page)
	}
	b = append(b, "}\n"...)
	if whole {
		send(w, http.StatusOK, b)
		return
	}
	_, _ = w.Write(b)
}
