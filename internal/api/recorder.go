package api

import (
	"net/http"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/sse"
)

// recorder passes an answer on and counts it. It bounds the time in which the client
// must take it: each write, of [sse.WritePiece] at most, has the write timeout. When the key
// of the request ends, a write under way is not continued, and a last one with the
// reason has the revocation grace. A client that does not keep up loses its connection,
// with HTTP/2 its stream. Event streams have deadlines of their own.
//
// The deadline that was set last stays when the handler returns, for what net/http
// sends then; net/http clears it before the next request.
type recorder struct {
	http.ResponseWriter

	timeout time.Duration
	http2   bool // where a deadline that passes ends the stream, also when nothing is written

	status int   // 0 before the header
	bytes  int64 // written

	mu      sync.Mutex
	rolling sse.Rolling // guarded by mu; deadline of writes
	revoked bool        // guarded by mu; the deadline is the end of the revocation grace
	closed  bool        // guarded by mu; see close
}

func (w *recorder) begin(to http.ResponseWriter, r *http.Request, timeout time.Duration) {
	w.ResponseWriter, w.timeout, w.http2 = to, timeout, r.ProtoMajor >= 2
}

// WriteHeader implements [http.ResponseWriter].
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status) // is buffered
}

// Write implements [http.ResponseWriter].
func (w *recorder) Write(b []byte) (written int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.arm()
	defer w.disarm()
	for {
		piece := b[:min(len(b), sse.WritePiece)]
		n, err := w.ResponseWriter.Write(piece)
		written += n
		w.bytes += int64(n)
		if b = b[len(piece):]; err != nil || len(b) == 0 {
			return written, err
		}
		if !w.arm() {
			return written, errClientGone
		}
	}
}

// FlushError is called by [http.ResponseController].
func (w *recorder) FlushError() error {
	w.arm()
	defer w.disarm()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is called by [http.ResponseController].
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends an answer whose length is known, before the log entry is written.
// An answer of unknown length is left to net/http, which can still find out the
// length of a short one.
func (w *recorder) finish() {
	if w.Header()["Content-Length"] != nil {
		_ = w.FlushError()
	}
	w.arm()
}

// arm sets the deadline of the next write. It reports whether the key is still valid.
func (w *recorder) arm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.revoked {
		return !w.revoked
	}
	if t, changed := w.rolling.Extend(w.timeout); changed {
		w.setDeadline(t)
	}
	return true
}

// disarm clears the deadline where it must not pass between two writes.
func (w *recorder) disarm() {
	if !w.http2 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed && !w.revoked {
		w.rolling = sse.Rolling{}
		w.setDeadline(time.Time{})
	}
}

// revoke leaves the client the revocation grace. It may be called by any goroutine.
func (w *recorder) revoke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.revoked = true
	w.setDeadline(time.Now().Add(min(sse.RevocationGrace, w.timeout)))
}

// close leaves the deadlines to others: to an event stream, or to the next request on
// the connection.
func (w *recorder) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

// setDeadline needs mu. It does nothing in tests without a connection.
func (w *recorder) setDeadline(t time.Time) {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(t)
}
