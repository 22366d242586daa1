package api

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/viewer"
)

// stream is the live view of one router.
//
//	@Summary		Live data of a router (server-sent events)
//	@Description	Unnamed events every POLL_INTERVAL: router_id, hardware, hotspot_active, ppp_active, ts, and errors with the reason where an array stayed empty. Named "status" events when the router goes away and returns; the stream stays open meanwhile. A viewer that is slow gets the newest snapshot and skips those in between.
//	@Description	With topics, one event for each topic: {"router_id","topic","type":"snapshot","rows","ts"}. With mode=delta, a snapshot first and then {"type":"delta","added","changed","removed"}; the topic sessions has {"type":"up"|"down"} for each user who comes or goes, the topic log {"type":"line"}. An event named "reset" says that what came before is of no use; "end" says why the stream ends.
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			routerID		path		string	true	"router_id"
//	@Param			topics			query		string	false	"comma-separated: hardware, hotspot_active, ppp_active, arp, dhcp_leases, health, interfaces, log, queues, sessions"
//	@Param			mode			query		string	false	"snapshot or delta"	Enums(snapshot, delta)
//	@Param			volatile		query		string	false	"1: uptime and counters count as changes, too; a list of topics: theirs do"
//	@Param			last_event_id	query		string	false	"id of the last event received, where the header Last-Event-ID cannot be sent"
//	@Param			ticket			query		string	false	"a ticket of POST /tickets, where X-API-Key cannot be sent"
//	@Success		200				{string}	string	"id: EPOCH-SEQUENCE, data: one JSON object"
//	@Failure		400				{object}	failure	"unknown topic or mode"
//	@Failure		401				{object}	failure	"X-API-Key missing or wrong, the ticket expired or not ours"
//	@Failure		429				{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		403				{object}	failure	"the ticket or the key is for other routers or topics"
//	@Failure		404				{object}	failure	"unknown router"
//	@Failure		503				{object}	failure	"shutting down"
//	@Security		ApiKeyAuth
//	@Router			/sse/{routerID} [get]
func (h *handler) stream(w http.ResponseWriter, r *http.Request) error {
	return h.serveStream(w, r, []string{pathID(r, "routerID")})
}

// streams is the live view of several routers on one connection: browsers open
// six to a server and no more.
//
//	@Summary		Live data of many routers on one stream
//	@Description	As /sse/{routerID}, for every router named, or for all there are and will be.
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			router			query		[]string	true	"router_id, once for each router; * for all"	collectionFormat(multi)
//	@Param			topics			query		string		false	"comma-separated topics"
//	@Param			mode			query		string		false	"snapshot or delta"	Enums(snapshot, delta)
//	@Param			volatile		query		string		false	"1: uptime and counters count as changes, too; a list of topics: theirs do"
//	@Param			last_event_id	query		string		false	"id of the last event received"
//	@Param			ticket			query		string		false	"a ticket of POST /tickets, where X-API-Key cannot be sent; router=* then stands for its routers"
//	@Success		200				{string}	string		"id: EPOCH-SEQUENCE, data: one JSON object"
//	@Failure		400				{object}	failure		"no router, unknown topic or mode"
//	@Failure		401				{object}	failure		"X-API-Key missing or wrong, the ticket expired or not ours"
//	@Failure		429				{object}	failure		"too many requests with this key or from this address; see Retry-After"
//	@Failure		403				{object}	failure		"the ticket or the key is for other routers or topics"
//	@Failure		404				{object}	failure		"unknown router"
//	@Failure		503				{object}	failure		"shutting down"
//	@Security		ApiKeyAuth
//	@Router			/sse [get]
func (h *handler) streams(w http.ResponseWriter, r *http.Request) error {
	return h.serveStream(w, r, r.URL.Query()["router"])
}

func (h *handler) serveStream(w http.ResponseWriter, r *http.Request, routers []string) error {
	watch, err := watchOf(r, routers)
	if err != nil {
		return err
	}
	if err := grantOf(r.Context()).narrow(&watch); err != nil {
		return err
	}
	v := visitOf(r.Context())
	if err := h.takeStream(v); err != nil {
		return err
	}
	defer func() {
		if !v.stream { // it never came to be
			h.giveStream(v)
		}
	}()
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	header.Add("Vary", "Accept-Encoding")
	gzip := acceptsGzip(r.Header)
	if conn := tcpConn(r); conn != nil && h.opts.Viewers != nil {
		return h.takeOver(r.Context(), w, conn, watch, gzip)
	}
	view, err := h.seen(r.Context()).Subscribe(watch)
	if err != nil {
		return err
	}
	defer view.Close()
	encodeAs(header, gzip)
	w.WriteHeader(http.StatusOK)
	h.opened(v)
	out := h.writeTo(r.Context(), w)
	defer out.close()
	out.wrote, out.encoder = h.observer.StreamWrote, viewer.NewEncoder(gzip)
	end := viewer.Ended{Reason: out.serve(view, h.opts)}
	end.Bytes, end.Events = out.bytes, out.events
	h.streamEnded(v, end)
	return nil
}

// retry tells the client how long to wait before it comes back.
func retry(least, jitter time.Duration) []byte {
	return fmt.Appendf(nil, "retry: %d\n\n", (least + rand.N(jitter)).Milliseconds())
}

// eventWriter writes to one client what comes piece by piece, each within the
// timeout. The handler's goroutine owns it and has to close it.
type eventWriter struct {
	ctx     context.Context // of the request
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	wrote   func(bytes int) // told of every write; nil for nobody
	bytes   int64           // written
	events  uint64          // written
	encoder viewer.Encoder
	settle  func() // nothing shortens a deadline any more when it returns
}

// writeTo makes a writer for the client of a request. When the key of the request
// ends, the write that is under way has only lastWords left.
func (h *handler) writeTo(ctx context.Context, w http.ResponseWriter) *eventWriter {
	v := &eventWriter{ctx: ctx, w: w, rc: http.NewResponseController(w), timeout: h.opts.WriteTimeout}
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
func (v *eventWriter) close() {
	v.settle()
	_ = v.rc.SetWriteDeadline(time.Time{})
}

// subscription is what serve needs of a view.
type subscription interface {
	Ready() <-chan struct{}
	Take() ([]*hub.Event, error)
}

// serve writes events until the client leaves, does not take an event within
// the timeout, grows too old, or nothing more can come.
func (v *eventWriter) serve(sub subscription, opts Options) viewer.Reason {
	// Clients that lost the stream together do not return together.
	if err := v.write(v.encoder.Begin(retry(2*time.Second, 2*time.Second))); err != nil {
		return v.lostTo(err)
	}
	beat := time.NewTimer(opts.Heartbeat)
	defer beat.Stop()
	old := time.NewTimer(opts.MaxAge - rand.N(opts.MaxAge/20+1))
	defer old.Stop()
	for {
		select {
		case <-v.ctx.Done():
			if errors.Is(context.Cause(v.ctx), manager.ErrClosed) {
				return viewer.Shutdown
			}
			if revoked(v.ctx) != nil {
				return v.end(viewer.Revoked, nil)
			}
			return viewer.Left
		case <-old.C:
			return v.end(viewer.MaxAge, retry(100*time.Millisecond, time.Second))
		case <-sub.Ready():
			events, err := sub.Take()
			for _, e := range events {
				if err := v.write(v.encoder.Event(e)); err != nil {
					return v.lostTo(err)
				}
				v.events++
			}
			if err != nil {
				return v.finish(opts)
			}
		case <-beat.C:
			if err := v.write(v.encoder.Heartbeat()); err != nil {
				return v.lostTo(err)
			}
		}
		beat.Reset(opts.Heartbeat)
	}
}

// lostTo is why a client that cannot be written to is lost.
func (v *eventWriter) lostTo(err error) viewer.Reason {
	if revoked(v.ctx) != nil {
		return viewer.Revoked
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return viewer.Slow
	}
	return viewer.Left
}

// finish ends a stream to which nothing more can come. When the server stops,
// thousands of them end at once: each waits its own while, so that neither the
// ends nor the returns of the clients fall into one instant.
func (v *eventWriter) finish(opts Options) viewer.Reason {
	if opts.Ready() == nil {
		return v.end(viewer.Disconnected, nil)
	}
	wait := time.NewTimer(rand.N(opts.DrainTime + 1))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-v.ctx.Done():
	}
	return v.end(viewer.Shutdown, retry(time.Second, 10*time.Second))
}

// end tells the client why; what goes before it is a hint when to come back.
func (v *eventWriter) end(reason viewer.Reason, hint []byte) viewer.Reason {
	_ = v.write(v.encoder.End(fmt.Appendf(hint, "event: end\ndata: {\"reason\":%q}\n\n", reason)))
	return reason
}

// lastWords is how long a client whose key has ended may take to hear of it.
const lastWords = time.Second

func (v *eventWriter) write(b []byte) error {
	err := v.rc.SetWriteDeadline(time.Now().Add(v.timeout))
	if revoked(v.ctx) != nil { // asked after the deadline was set: whoever set it last, it is near
		err = v.rc.SetWriteDeadline(time.Now().Add(min(lastWords, v.timeout)))
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	n, err := v.w.Write(b)
	v.bytes += int64(n)
	if v.wrote != nil {
		v.wrote(n)
	}
	if err != nil {
		return err
	}
	return v.rc.Flush()
}
