package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/sse"
)

// stream is the live view of one router.
//
//	@Summary		Live data of a router (server-sent events)
//	@Description	Every POLL_INTERVAL an unnamed event: router_id, hardware, hotspot_active, ppp_active, ts, and errors with the reason for each array that could not be read. An event named "status" when the connection to the router is lost or is back; the stream stays open. A client that reads slowly skips to the newest snapshot.
//	@Description	With topics, an event for each topic: {"router_id","topic","type":"snapshot","rows","ts"}. With mode=delta, a snapshot first and then {"type":"delta","added","changed","removed"}; the topic sessions has {"type":"up"|"down"} for each user who connects or disconnects, the topic log {"type":"line"}. After an event named "reset", discard earlier data for this topic; it has no id, and "lost" only where the number of lost events is known. An event named "end" has the reason why the stream ends.
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			routerID		path		string	true	"router_id"
//	@Param			topics			query		string	false	"comma-separated: hardware, hotspot_active, ppp_active, alerts, arp, caps_man, counts, dhcp_leases, health, identity, interfaces, log, queues, sessions, static_interfaces, top_users, traffic, wifi, wireless"
//	@Param			mode			query		string	false	"snapshot or delta"	Enums(snapshot, delta)
//	@Param			volatile		query		string	false	"1: uptime and counters count as changes, too; or a list of topics for which they do"
//	@Param			last_event_id	query		string	false	"id of the last event received, where the header Last-Event-ID cannot be sent; lastEventId and the spellings of other polyfills are accepted, too"
//	@Param			heartbeat		query		string	false	"event: heart-beats are events named heartbeat, without an id, whose data has ts in Unix seconds; comment (the default): they are comments, which EventSource does not report"	Enums(comment, event)
//	@Param			ticket			query		string	false	"a ticket of POST /tickets, where X-API-Key cannot be sent"
//	@Success		200				{string}	string	"id: 22 characters, data: one JSON object"
//	@Failure		400				{object}	failure	"unknown topic or mode"
//	@Failure		401				{object}	failure	"X-API-Key missing or wrong; ticket expired or invalid"
//	@Failure		429				{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		403				{object}	failure	"the ticket does not permit these routers or topics"
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
//	@Description	As /sse/{routerID}, for all routers named, or for all routers, also those that are connected later.
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			router			query		[]string	true	"router_id, once for each router; * for all"	collectionFormat(multi)
//	@Param			topics			query		string		false	"comma-separated topics"
//	@Param			mode			query		string		false	"snapshot or delta"	Enums(snapshot, delta)
//	@Param			volatile		query		string		false	"1: uptime and counters count as changes, too; or a list of topics for which they do"
//	@Param			last_event_id	query		string		false	"id of the last event received"
//	@Param			heartbeat		query		string		false	"event: heart-beats are events named heartbeat, as of /sse/{routerID}"	Enums(comment, event)
//	@Param			ticket			query		string		false	"a ticket of POST /tickets, where X-API-Key cannot be sent; router=* then means the routers of the ticket"
//	@Success		200				{string}	string		"id: 22 characters, data: one JSON object"
//	@Failure		400				{object}	failure		"no router, unknown topic or mode"
//	@Failure		401				{object}	failure		"X-API-Key missing or wrong; ticket expired or invalid"
//	@Failure		429				{object}	failure		"too many requests with this key or from this address; see Retry-After"
//	@Failure		403				{object}	failure		"the ticket does not permit these routers or topics"
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
	beats, err := choice(r.URL.Query(), "heartbeat", "comment", "event")
	if err != nil {
		return err
	}
	req := requestOf(r.Context())
	if err := req.principal.authorize(&watch); err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		return h.headStream(w, r, watch)
	}
	if err := h.takeStream(req); err != nil {
		return err
	}
	defer func() {
		if !req.stream { // it was not opened
			h.giveStream(req.principal.name)
		}
	}()
	subscription, err := h.scoped(req).Subscribe(watch)
	if err != nil {
		return err
	}
	entry := h.opened(req)
	h.opts.Streams.Serve(w, r, sse.Stream{
		Source: subscription,
		Gzip:   acceptsGzip(r.Header),
		Beats:  beats,
		Key:    req.principal.key.Context, // the request's context ends with its handler
		Ended:  func(end sse.Ended) { h.streamEnded(entry, end) },
	})
	return nil
}

// headStream answers HEAD with the header of the stream, and does not watch a router.
func (h *handler) headStream(w http.ResponseWriter, r *http.Request, watch manager.Watch) error {
	for _, id := range watch.Routers {
		if _, err := h.scoped(requestOf(r.Context())).Get(id); err != nil {
			return err
		}
	}
	sse.SetHeader(w.Header(), acceptsGzip(r.Header))
	w.WriteHeader(http.StatusOK)
	return nil
}
