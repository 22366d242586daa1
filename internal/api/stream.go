package api

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// stream is the live view of one router.
//
//	@Summary		Live data of a router (server-sent events)
//	@Description	Unnamed events every POLL_INTERVAL: router_id, hardware, hotspot_active, ppp_active, ts, and errors with the reason where an array stayed empty. Named "status" events when the router goes away and returns; the stream stays open meanwhile. A viewer that is slow gets the newest snapshot and skips those in between.
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			routerID	path		string	true	"router_id"
//	@Success		200			{string}	string	"id: EPOCH-SEQUENCE, data: one JSON object"
//	@Failure		401			{object}	failure	"X-API-Key missing or wrong"
//	@Failure		404			{object}	failure	"unknown router"
//	@Failure		503			{object}	failure	"shutting down"
//	@Security		ApiKeyAuth
//	@Router			/sse/{routerID} [get]
func (h *handler) stream(w http.ResponseWriter, r *http.Request) error {
	view, err := h.routers.Subscribe(pathID(r, "routerID"))
	if err != nil {
		return err
	}
	defer view.Close()

	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	out := viewer{w: w, rc: http.NewResponseController(w), timeout: h.opts.WriteTimeout}
	defer out.reset()
	// Clients that lost the stream together do not return together.
	if out.write(fmt.Appendf(nil, "retry: %d\n\n", 2000+rand.N(2000))) != nil {
		return nil
	}
	out.serve(r, view, h.opts.Heartbeat)
	return nil
}

// viewer writes events to one client. The handler's goroutine owns it.
type viewer struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
}

// subscription is what serve needs of a view.
type subscription interface {
	Ready() <-chan struct{}
	Take() ([]*hub.Event, error)
}

// serve writes events until the client leaves, does not take an event within
// the timeout, or the feed is closed.
func (v *viewer) serve(r *http.Request, sub subscription, heartbeat time.Duration) {
	beat := time.NewTimer(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-sub.Ready():
			events, err := sub.Take()
			for _, e := range events {
				if v.write(e.Frame) != nil {
					return
				}
			}
			if err != nil {
				return
			}
		case <-beat.C:
			if v.write([]byte(":\n\n")) != nil {
				return
			}
		}
		beat.Reset(heartbeat)
	}
}

func (v *viewer) write(b []byte) error {
	if err := v.rc.SetWriteDeadline(time.Now().Add(v.timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := v.w.Write(b); err != nil {
		return err
	}
	return v.rc.Flush()
}

// reset lifts the deadline for whatever follows on the connection.
func (v *viewer) reset() { _ = v.rc.SetWriteDeadline(time.Time{}) }
