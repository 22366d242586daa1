package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// pieceWriter writes to one client what comes piece by piece, each within the
// timeout. The handler's goroutine owns it and has to close it.
type pieceWriter struct {
	ctx     context.Context // of the request
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	settle  func() // nothing shortens a deadline any more when it returns
}

// writeTo makes a writer for the client of a request. When the key of the request
// ends, the write that is under way has only lastWords left.
func (h *handler) writeTo(ctx context.Context, w http.ResponseWriter) *pieceWriter {
	v := &pieceWriter{ctx: ctx, w: w, rc: http.NewResponseController(w), timeout: h.opts.WriteTimeout}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		if revoked(ctx) != nil {
			_ = v.rc.SetWriteDeadline(time.Now().Add(min(lastWords, v.timeout)))
		}
	})
	v.settle = func() {
		if !stop() {
			<-done
		}
	}
	return v
}

// close lifts the deadline for whatever follows on the connection.
func (v *pieceWriter) close() {
	v.settle()
	_ = v.rc.SetWriteDeadline(time.Time{})
}

// lastWords is how long a client whose key has ended may take to hear of it.
const lastWords = time.Second

func (v *pieceWriter) write(b []byte) error {
	err := v.rc.SetWriteDeadline(time.Now().Add(v.timeout))
	if revoked(v.ctx) != nil { // asked after the deadline was set: whoever set it last, it is near
		err = v.rc.SetWriteDeadline(time.Now().Add(min(lastWords, v.timeout)))
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := v.w.Write(b); err != nil {
		return err
	}
	return v.rc.Flush()
}
