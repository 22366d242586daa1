package api

import (
	"context"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// batchLine is what a worker hands to the writer.
type batchLine struct {
	id   string
	json []byte
	ok   bool
}

// batchLine runs the command on one router. A panic ends this command only: the workers
// have no net/http that would recover it.
func (h *handler) batchLine(ctx context.Context, id string, cmd command) (line batchLine) {
	defer func() {
		if v := recover(); v != nil {
			line = h.failedLine(ctx, id, panicError(v), nil)
		}
	}()
	var reply wholeReply
	if err := h.execute(ctx, requestOf(ctx), id, cmd, reply.run); err != nil {
		return h.failedLine(ctx, id, err, reply.Reply)
	}
	b := menu.AppendString([]byte(`{"router_id":`), id)
	b = menu.NewEncoder(menu.Any, reply.Page).AppendRows(append(b, `,"success":true,"data":`...), reply.Rows)
	return batchLine{id: id, json: append(appendEnd(b, reply.Reply), "}\n"...), ok: true}
}

// failedLine is the line of a router on which the command failed. reply is what came
// before; nil for nothing.
func (h *handler) failedLine(ctx context.Context, id string, err error, reply *routeros.Reply) batchLine {
	b := append(menu.AppendString([]byte(`{"router_id":`), id), ',')
	err = reason(ctx, err)
	b = append(b, unclosed(h.describe(requestOf(ctx), err))[1:]...)
	if hasMore(err, reply) {
		if reply.Len > 0 {
			b = menu.NewEncoder(menu.Any, reply.Page).AppendRows(append(b, `,"data":`...), reply.Rows)
		}
		b = appendEnd(b, reply)
	}
	return batchLine{id: id, json: append(b, "}\n"...)}
}
