package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// batchLine is what a worker hands to the writer, who must call end.
type batchLine struct {
	id      string
	head    []byte          // up to the rows; the whole line without a reply
	reply   *routeros.Reply // nil for none
	ok      bool
	dropped bool   // the reply did not fit into memory
	end     func() // gives back what the line holds; set by the worker
}

// batchLine runs the command on one router. A panic ends this command only: the workers
// have no net/http that would recover it.
func (h *handler) batchLine(ctx context.Context, id string, cmd command) (line batchLine) {
	var reply wholeReply
	defer func() {
		if v := recover(); v != nil {
			reply.Release()
			line = h.failedLine(ctx, id, panicError(v), nil)
		}
	}()
	if err := h.execute(ctx, requestOf(ctx), id, cmd, reply.run); err != nil {
		return h.failedLine(ctx, id, err, reply.Reply)
	}
	head := append(menu.AppendString([]byte(`{"router_id":`), id), `,"success":true,"data":`...)
	return batchLine{id: id, head: head, reply: reply.Reply, ok: true}
}

// failedLine is the line of a router on which the command failed. reply is what came
// before; nil for nothing.
func (h *handler) failedLine(ctx context.Context, id string, err error, reply *routeros.Reply) batchLine {
	b := append(menu.AppendString([]byte(`{"router_id":`), id), ',')
	err = reason(ctx, err)
	b = append(b, unclosed(h.describe(requestOf(ctx), err))[1:]...)
	line := batchLine{id: id, dropped: errors.Is(err, routeros.ErrNoMemory)}
	switch {
	case hasMore(err, reply) && reply.Len > 0:
		line.head, line.reply = append(b, `,"data":`...), reply
		return line
	case hasMore(err, reply):
		b = appendEnd(b, reply)
	}
	reply.Release()
	line.head = append(b, "}\n"...)
	return line
}

// writeLine writes a line in pieces.
func (l liveWriter) writeLine(r *http.Request, line batchLine) error {
	if line.reply == nil {
		return l.write(line.head)
	}
	return eachPiece(r, line.head, line.reply, menu.Any, objectEnd(line.reply), func(b []byte, last bool) error {
		if last {
			return l.write(b)
		}
		if _, err := l.w.Write(b); err != nil {
			return errClientGone
		}
		return nil
	})
}
