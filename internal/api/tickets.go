package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/ticket"
)

type ticketRequest struct {
	Routers routerList `json:"routers" validate:"required" swaggertype:"array,string" example:"cabang-jakarta-01"` // list of router_ids, connected or not, or the string "all"
	Topics  []string   `json:"topics" example:"interfaces,health"`                                                 // default: all topics
	TTL     int        `json:"ttl" example:"60"`                                                                   // seconds in which a stream must be opened; default 60, at most 3600
}

const ticketTTL = time.Minute

// issuedTicket is the answer of /tickets.
type issuedTicket struct {
	Ticket     string `json:"ticket" example:"AfZHFYQmUSd_rH2c9w…"`
	Expires    int64  `json:"expires" example:"1800000060"`                                                                     // Unix seconds
	URLExample string `json:"url_example" example:"/sse/cabang-jakarta-01?topics=interfaces,health&ticket=AfZHFYQmUSd_rH2c9w…"` // a stream that the ticket permits
}

// ticket issues a ticket for streams.
//
//	@Summary		Issue a ticket with which a browser can open streams
//	@Description	EventSource cannot send headers, and an API key must not be put in a URL. A ticket can: it permits only streams (GET /sse and /sse/{routerID} with ?ticket=…) of its routers and topics, and only until it expires. An open stream continues after that, up to SSE_MAX_AGE or the end of the key that the ticket was issued with. A ticket can be used more than once and cannot be revoked by itself. When the stream ends, get a new ticket and resume with last_event_id.
//	@Description	It ends when the key that it was issued with is changed or removed. It is valid on every instance with the same TICKET_SECRET and the same key; without TICKET_SECRET only on this one, until it stops. A ticket has at most 4096 characters, enough for more than 100 router_ids of 20 characters.
//	@Tags			stream
//	@Accept			json
//	@Produce		json
//	@Param			body	body		ticketRequest				true	"what the ticket permits"
//	@Success		200		{object}	success{data=issuedTicket}	"issued"
//	@Failure		400		{object}	failure						"malformed, missing or unknown field; unknown topic; too many routers"
//	@Failure		401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure						"the key may not use all of these router_ids"
//	@Failure		429		{object}	failure						"too many requests with this key or from this address; see Retry-After"
//	@Failure		413		{object}	failure						"the body is larger than 1 MiB"
//	@Failure		415		{object}	failure						"the body is not JSON"
//	@Failure		503		{object}	failure						"the audit log takes no lines"
//	@Security		ApiKeyAuth
//	@Router			/tickets [post]
func (h *handler) ticket(w http.ResponseWriter, r *http.Request) error {
	var in ticketRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	req := requestOf(r.Context())
	req.audit.Router = in.Routers.String()
	if err := in.check(); err != nil {
		return err
	}
	p := req.principal
	for _, id := range in.Routers.ids {
		if err := p.admit(id); err != nil {
			return err
		}
	}
	claims := in.claims(time.Now())
	if claims.Key = h.opts.Tickets.Tags(h.opts.APIKey)[0]; p.key != access.ActiveOwner {
		claims.Key = p.key.ID()
	}
	token, err := h.opts.Tickets.Issue(claims)
	if errors.Is(err, ticket.ErrTooLong) {
		return errcode.New(errcode.Invalid, err.Error())
	}
	if err != nil {
		return err
	}
	respond(w, r, issuedTicket{Ticket: token, Expires: claims.Expires.Unix(), URLExample: in.path() + "ticket=" + token})
	return nil
}

func (req *ticketRequest) check() error {
	if err := required(field{"routers", !req.Routers.all && len(req.Routers.ids) == 0}); err != nil {
		return err
	}
	switch {
	case slices.Contains(req.Routers.ids, ""):
		return errcode.New(errcode.Invalid, "routers has an empty router_id")
	case slices.Contains(req.Routers.ids, "*"):
		return errcode.New(errcode.Invalid, `"*" is not a router_id; for all routers send "routers":"all"`)
	case req.Topics != nil && len(req.Topics) == 0:
		return errcode.New(errcode.Invalid, "topics is empty; omit it for all topics")
	case req.TTL < 0 || req.TTL > int(ticket.MaxLifetime/time.Second):
		return errcode.New(errcode.Invalid, fmt.Sprintf("ttl must be from 1 to %d seconds", ticket.MaxLifetime/time.Second))
	}
	for _, id := range req.Routers.ids {
		if err := register.CheckID(id); err != nil {
			return err
		}
	}
	for _, topic := range req.Topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

func (req *ticketRequest) claims(now time.Time) ticket.Claims {
	life := ticketTTL
	if req.TTL > 0 {
		life = time.Duration(req.TTL) * time.Second
	}
	c := ticket.Claims{Routers: ticket.All(), Topics: ticket.All(), Issued: now, Expires: now.Add(life)}
	if !req.Routers.all {
		c.Routers = ticket.Only(req.Routers.ids...)
	}
	if req.Topics != nil {
		c.Topics = ticket.Only(req.Topics...)
	}
	return c
}

// path returns the URL of a stream that the ticket permits, up to the ticket.
func (req *ticketRequest) path() string {
	path := "/sse?router=*&" // all routers of the ticket
	if len(req.Routers.ids) == 1 {
		path = "/sse/" + url.PathEscape(req.Routers.ids[0]) + "?"
	}
	if req.Topics != nil {
		path += "topics=" + strings.Join(req.Topics, ",") + "&"
	}
	return path
}
