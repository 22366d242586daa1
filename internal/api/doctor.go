package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// doctorAnswer is the answer of doctor.
type doctorAnswer struct {
	RouterID string          `json:"router_id" example:"cabang-jakarta-01"`
	Healthy  bool            `json:"healthy"` // nothing has failed
	Findings []doctorFinding `json:"findings"`
} //	@name	examined

// doctorFinding is the result of one check.
type doctorFinding struct {
	State    string   `json:"state" enums:"ok,note,failed" example:"note"` // a note is worth knowing, but is no problem
	Code     string   `json:"code" example:"clock_wrong"`                  // what was found; does not change
	Check    string   `json:"check" example:"clock"`                       // what was examined
	Text     string   `json:"text" example:"off by 3h0m0s; times in log lines are wrong"`
	Commands []string `json:"commands"` // for the terminal of the router, one after the other
	Advice   []string `json:"advice"`   // what else to do
} //	@name	finding

// doctorRoom is how many examinations run at a time: each opens a connection of its own.
const doctorRoom = 4

var errDoctorBusy = errcode.New(errcode.Busy, "other examinations are running; try again in a moment")

// doctor examines a router.
//
//	@Summary		Find out why a router does not work
//	@Description	What "mikronec doctor" finds, over a connection of its own with the credentials that are registered: port, TLS, login, rights, menus and clock, each with what to do about it. Nothing is changed on the router. The key must be allowed the commands that this needs, which only read.
//	@Tags			routers
//	@Produce		json
//	@Param			id	path		string	true	"router_id"
//	@Success		200	{object}	success{data=doctorAnswer}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure	"the key does not have the role, or a command is denied by rules of the key or of the server"
//	@Failure		404	{object}	failure	"unknown router"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address, too many failed logins to routers, or other examinations are running; see Retry-After"
//	@Failure		503	{object}	failure	"shutting down, or the audit log takes no lines"
//	@Failure		504	{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/doctor [get]
func (h *handler) doctor(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	id := pathID(r, "id")
	req.audit.Router = id
	if err := h.mayExamine(req); err != nil {
		return err
	}
	router, err := h.scoped(req).Get(id)
	if err != nil {
		return err
	}
	select {
	case h.examining <- struct{}{}:
		defer func() { <-h.examining }()
	default:
		return errDoctorBusy
	}
	ctx, cancel := within(r.Context(), h.opts.RunTimeout)
	defer cancel()
	ended, err := h.beginLogin(w, r, id, router.Device.Status().Key)
	if err != nil {
		return err
	}
	var refused error
	defer func() { ended(refused) }()
	findings, healthy := router.Device.Examine(ctx, req.principal.key != access.ActiveOwner)
	answer := doctorAnswer{RouterID: id, Healthy: healthy, Findings: make([]doctorFinding, len(findings))}
	for i, f := range findings {
		if answer.Findings[i] = findingOf(f); f.Code == "login_refused" {
			refused = &routeros.LoginError{Reason: f.Detail}
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	respond(w, r, answer)
	return nil
}

// mayExamine checks that the rules allow all commands of an examination, which is recorded
// as a whole.
func (h *handler) mayExamine(req *request) error {
	entry := req.audit
	defer func() { req.audit = entry }()
	for _, words := range doctor.Commands() {
		if _, err := h.command(req, words, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

func findingOf(f doctor.Finding) doctorFinding {
	out := doctorFinding{State: strings.ToLower(string(f.State)), Code: f.Code, Check: f.Check, Text: f.Detail, Commands: []string{}, Advice: []string{}}
	if f.State == doctor.Failed {
		out.State = "failed"
	}
	for _, line := range f.Fix {
		if strings.HasPrefix(line, "/") {
			out.Commands = append(out.Commands, line)
		} else {
			out.Advice = append(out.Advice, line)
		}
	}
	return out
}
