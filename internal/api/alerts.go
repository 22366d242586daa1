package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/notify"
)

// Alerts is what the handlers need of the rules and receivers. The router_id of alerts of
// the server is empty.
type Alerts interface {
	Firing(visible func(routerID string) bool) []alert.View
	History(visible func(routerID string) bool, most int) []alert.Transition
	Silence(id string, visible func(routerID string) bool, d time.Duration) (alert.View, error)
	Stats() []notify.Stats
	Receiver(name string) (*notify.Receiver, bool)
}

func (h *handler) alertRoutes(r chi.Router) {
	r.Get("/alerts", h.with(h.alerts))
	r.Get("/alerts/history", h.with(h.alertHistory))
	r.Get("/alerts/receivers", h.with(h.alertReceivers))
	r.Post("/alerts/{id}/silence", h.audited(audit.Silence, h.atLeast(access.Operator, h.silence)))
	r.Post("/alerts/receivers/{name}/test", h.audited(audit.TestReceiver, h.atLeast(access.Admin, h.testReceiver)))
}

// seesAlerts returns which alerts a principal sees: those of its routers, and those of the
// server if it sees all routers.
func (p principal) seesAlerts() func(routerID string) bool {
	return func(routerID string) bool {
		if routerID == "" {
			return p.seesAll()
		}
		return p.sees(routerID)
	}
}

// alerts answers with the alerts that fire.
//
//	@Summary		List the alerts that fire
//	@Description	The newest one first, of the routers of the key. Empty without ALERTS_FILE.
//	@Tags			alerts
//	@Produce		json
//	@Success		200	{object}	success{data=[]alert.View}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/alerts [get]
func (h *handler) alerts(w http.ResponseWriter, r *http.Request) error {
	list := []alert.View{}
	if h.opts.Alerts != nil {
		list = h.opts.Alerts.Firing(requestOf(r.Context()).principal.seesAlerts())
	}
	respond(w, r, list)
	return nil
}

// defaultHistory is how many transitions are answered if nothing else is asked for.
const defaultHistory = 100

// alertHistory answers with what was told.
//
//	@Summary		List what alerts told
//	@Description	The newest first: alerts that fired and ended, and events, up to 1,000. With DATA_DIR and in a fleet it survives a restart.
//	@Tags			alerts
//	@Produce		json
//	@Param			limit	query		int	false	"how many, 100 if it is not given"
//	@Success		200		{object}	success{data=[]alert.Transition}
//	@Failure		400		{object}	failure	"limit is not a number from 1 to 1000"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/alerts/history [get]
func (h *handler) alertHistory(w http.ResponseWriter, r *http.Request) error {
	most := defaultHistory
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return errcode.New(errcode.Invalid, "limit must be a number from 1 to 1000")
		}
		most = n
	}
	list := []alert.Transition{}
	if h.opts.Alerts != nil {
		list = h.opts.Alerts.History(requestOf(r.Context()).principal.seesAlerts(), most)
	}
	respond(w, r, list)
	return nil
}

// alertReceivers answers with the state of the receivers.
//
//	@Summary		List the receivers of alerts
//	@Description	With the state of each (ok, failing, or gone: it wants no more) and how many messages wait. Keys with the role admin see the last error.
//	@Tags			alerts
//	@Produce		json
//	@Success		200	{object}	success{data=[]notify.Stats}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/alerts/receivers [get]
func (h *handler) alertReceivers(w http.ResponseWriter, r *http.Request) error {
	list := []notify.Stats{}
	if h.opts.Alerts != nil {
		list = h.opts.Alerts.Stats()
	}
	if requestOf(r.Context()).principal.role() < access.Admin {
		for i := range list {
			list[i].LastError = ""
		}
	}
	respond(w, r, list)
	return nil
}

// silenceRequest says for how long.
type silenceRequest struct {
	For string `json:"for" validate:"required" example:"2h"` // a duration up to 168h; 0s ends the silence
}

const longestSilence = 7 * 24 * time.Hour

// silence silences an alert.
//
//	@Summary		Silence an alert that fires
//	@Description	Nothing is told of it for this time, but that it ends. for=0s ends the silence.
//	@Tags			alerts
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string			true	"the field alert of the alert"
//	@Param			body	body		silenceRequest	true	"for how long"
//	@Success		200		{object}	success{data=alert.View}
//	@Failure		400		{object}	failure	"for is not a duration"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role"
//	@Failure		404		{object}	failure	"no such alert fires"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		503		{object}	failure	"the audit log takes no lines"
//	@Security		ApiKeyAuth
//	@Router			/alerts/{id}/silence [post]
func (h *handler) silence(w http.ResponseWriter, r *http.Request) error {
	var in silenceRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	d, err := time.ParseDuration(in.For)
	if err != nil || d < 0 || d > longestSilence {
		return errcode.Field("for", "must be a duration from 0s to 168h, such as 2h")
	}
	if h.opts.Alerts == nil {
		return alert.ErrUnknownAlert
	}
	req := requestOf(r.Context())
	view, err := h.opts.Alerts.Silence(pathID(r, "id"), req.principal.seesAlerts(), d)
	if err != nil {
		return err
	}
	req.audit.Router = view.RouterID
	respond(w, r, view)
	return nil
}

// testReceiver sends a test message.
//
//	@Summary		Send a test message to a receiver of alerts
//	@Description	The answer comes when the message was delivered, after 15 s at most.
//	@Tags			alerts
//	@Produce		json
//	@Param			name	path		string	true	"name of the receiver"
//	@Success		200		{object}	success	"delivered"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role, or does not see all routers"
//	@Failure		404		{object}	failure	"no such receiver"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		502		{object}	failure	"the receiver did not take it"
//	@Failure		503		{object}	failure	"the audit log takes no lines"
//	@Security		ApiKeyAuth
//	@Router			/alerts/receivers/{name}/test [post]
func (h *handler) testReceiver(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	if !req.principal.seesAll() {
		return errcode.New(errcode.Forbidden, fmt.Sprintf("receivers are for all routers; the key %q sees some of them", req.principal.name))
	}
	name := pathID(r, "name")
	if h.opts.Alerts == nil {
		return errNoReceiver
	}
	receiver, ok := h.opts.Alerts.Receiver(name)
	if !ok {
		return errNoReceiver
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.opts.RunTimeout)
	defer cancel()
	if err := receiver.Test(ctx, notify.Sample(time.Now())); err != nil {
		return errcode.New(errcode.ReceiverFailed, err.Error())
	}
	respond(w, r, map[string]any{"receiver": name, "delivered": true})
	return nil
}

var errNoReceiver = errcode.New(errcode.NotFound, "no receiver with this name is in ALERTS_FILE")
