package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/sse"
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
	view, err := h.seen(r.Context()).Subscribe(watch)
	if err != nil {
		return err
	}
	h.opened(v)
	w.Header().Add("Vary", "Accept-Encoding")
	h.opts.Streams.Serve(w, r, sse.Stream{
		Source: view,
		Gzip:   acceptsGzip(r.Header),
		Key:    grantOf(r.Context()).key.Context, // the request's context ends with its handler
		Ended:  func(end sse.Ended) { h.streamEnded(v, end) },
	})
	return nil
}
