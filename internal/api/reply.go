package api

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// writeReply answers with head, the rows, the end of the reply and a closing brace; see
// [writeRows].
func writeReply(w http.ResponseWriter, r *http.Request, status int, head []byte, reply *routeros.Reply) error {
	return writeRows(w, r, status, head, reply, menu.Any, objectEnd(reply))
}

// writeRows answers with head, the rows of m as an array, and tail. It writes in pieces, so
// that a large table is not in memory a second time as JSON. The error is errClientGone,
// or why the key of the request ended.
func writeRows(w http.ResponseWriter, r *http.Request, status int, head []byte, reply *routeros.Reply, m *menu.Menu, tail []byte) error {
	whole := true
	return eachPiece(r, head, reply, m, tail, func(b []byte, last bool) error {
		if whole && last {
			return send(w, r, status, b)
		}
		if whole {
			w.Header()["Content-Type"] = jsonType
			w.WriteHeader(status)
			whole = false
		}
		if _, err := w.Write(b); err != nil {
			return errClientGone
		}
		return nil
	})
}

// eachPiece calls write for the pieces of an answer: head, the rows of m as an array, tail. So
// a large table is not in memory a second time as JSON. The error is that of write, or why the key of the request ended.
func eachPiece(r *http.Request, head []byte, reply *routeros.Reply, m *menu.Menu, tail []byte, write func(b []byte, last bool) error) error {
	const piece = 32 << 10
	enc := menu.NewEncoder(m, reply.Page)
	b := append(append(make([]byte, 0, min(piece+4<<10, 2*len(reply.Rows)+len(head)+128)), head...), '[')
	first := true
	for row := range reply.Rows.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = enc.AppendRow(b, row)
		if len(b) >= piece {
			if err := revoked(r.Context()); err != nil {
				return err
			}
			if err := write(b, false); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	if err := revoked(r.Context()); err != nil {
		return err
	}
	return write(append(append(b, ']'), tail...), true)
}

// objectEnd is what follows the rows in an object: what the router sent at the end of its
// reply, a closing brace and a line feed.
func objectEnd(reply *routeros.Reply) []byte { return append(appendEnd(nil, reply), "}\n"...) }

// appendEnd appends what the router sent at the end of its reply: the field ret, and the
// field done with all attributes of !done if it has others than ret.
func appendEnd(b []byte, reply *routeros.Reply) []byte {
	if ret, ok := reply.Ret(); ok {
		b = menu.AppendText(append(b, `,"ret":`...), ret, reply.Page)
	}
	others := false
	rets := 0
	for name := range reply.Done.Attributes() {
		if string(name) == "ret" {
			rets++
		}
		others = others || string(name) != "ret" || rets > 1
	}
	if others {
		b = menu.NewEncoder(menu.Any, reply.Page).AppendRow(append(b, `,"done":`...), reply.Done)
	}
	return b
}

// failRun answers with the error of a command. Where the router refused it after rows,
// the answer has them as well.
func (h *handler) failRun(w http.ResponseWriter, r *http.Request, err error, reply *routeros.Reply) error {
	if !hasMore(err, reply) {
		return err
	}
	req := requestOf(r.Context())
	body := h.describe(req, err)
	body.RequestID = req.id
	head := unclosed(body)
	if reply.Len == 0 {
		return send(w, r, statuses[body.Code], append(appendEnd(head, reply), "}\n"...))
	}
	return writeReply(w, r, statuses[body.Code], append(head, `,"data":`...), reply)
}

// hasMore reports whether a router that refused a command has sent more than traps.
func hasMore(err error, reply *routeros.Reply) bool {
	_, refused := errors.AsType[*routeros.TrapError](err)
	return refused && reply != nil && (reply.Len > 0 || len(appendEnd(nil, reply)) > 0)
}

// unclosed encodes an object without its closing brace.
func unclosed(v any) []byte { return bytes.TrimSuffix(encodeJSON(v), []byte("}\n")) }
