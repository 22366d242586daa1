package api

import "net/http"

type runRequest struct {
	RouterID string   `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
	Args     []string `json:"args" validate:"required" example:"/ip/address/print"` // the path, then attributes (=name=value) and queries (?name=value)
	Timeout  seconds  `json:"timeout" swaggertype:"number" example:"30"`            // seconds after which the command is canceled; default RUN_TIMEOUT, at most MAX_RUN_TIMEOUT
}

// runAnswer describes the answer of /run for the OpenAPI document; writeReply writes it
// row by row.
//
//lint:ignore U1000 read by swag
type runAnswer struct {
	Success bool                `json:"success" example:"true"`
	Data    []map[string]string `json:"data"`                        // rows as the router sent them, all strings
	Ret     string              `json:"ret,omitempty" example:"*1A"` // of !done: the id of an added item, or the number of rows with =count-only=
	Done    map[string]string   `json:"done,omitempty"`              // all fields of !done, if it has others than ret
} //	@name	runAnswer

// run runs one command on one router.
//
//	@Summary		Run any RouterOS command
//	@Description	args[0] is the command path; the others are attributes and queries. A command that is denied by rules of the key or of the server (COMMAND_RULES, READ_ONLY) is not sent. Rows have the values of the router unchanged, as strings. The command is canceled on the router when the client closes the connection, and after "timeout" seconds (default RUN_TIMEOUT).
//	@Description	With Accept: application/x-ndjson or text/event-stream, each row is sent when it arrives, for commands that do not end by themselves (/tool/torch, /ping, listen, print with =follow=). As NDJSON: one {"row":…} per line, and at the end {"done":…}, {"trap":…} or {"error":…}. As events: rows are unnamed, and the last event is named done, trap or error. The default timeout is MAX_RUN_TIMEOUT then.
//	@Tags			commands
//	@Accept			json
//	@Produce		json,application/x-ndjson,text/event-stream
//	@Param			body	body		runRequest	true	"the command"
//	@Success		200		{object}	runAnswer
//	@Failure		400		{object}	failure	"malformed, missing or unknown field, or not one command"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role, or the command is denied by rules of the key or of the server"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		413		{object}	failure	"the body is larger than 1 MiB"
//	@Failure		415		{object}	failure	"the body is not JSON"
//	@Failure		422		{object}	failure	"the router refused the command; error is its message"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address, too many commands in flight on this router, or too many replies in memory; see Retry-After"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down, or the audit log takes no lines; nothing was sent"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/run [post]
func (h *handler) run(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	var in runRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	req := requestOf(ctx)
	req.audit.Router, req.audit.Command = in.RouterID, in.Args
	if err := required(field{"router_id", in.RouterID == ""}, field{"args", in.Args == nil}); err != nil {
		return err
	}
	format, usual := rowFormatOf(r.Header), h.opts.MaxRunTimeout
	if format == wholeAnswer {
		usual = h.opts.RunTimeout
	}
	cmd, err := h.command(req, in.Args, in.Timeout, usual)
	if err != nil {
		return err
	}
	if format != wholeAnswer {
		return h.streamRows(ctx, w, in.RouterID, cmd, format)
	}
	var reply wholeReply
	defer func() { reply.Release() }() // when the client has read it
	if err := h.execute(ctx, req, in.RouterID, cmd, reply.run); err != nil {
		return h.failRun(w, r, err, reply.Reply)
	}
	return writeReply(w, r, http.StatusOK, []byte(`{"success":true,"data":`), reply.Reply)
}
