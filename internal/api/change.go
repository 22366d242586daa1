package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// put registers a router_id, as connect does.
//
//	@Summary		Register a router
//	@Description	The same as POST /connect, with the router_id in the path. A comment that is not given is removed.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string						true	"router_id"
//	@Param			body	body		putRequest					true	"the router"
//	@Success		200		{object}	success{data=connectAnswer}	"connected, or with wait=false registered"
//	@Failure		400		{object}	failure						"malformed, missing or unknown field"
//	@Failure		401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure						"the key does not have the role or may not use this router_id, or the server may not connect to this address (ROUTER_NETWORKS)"
//	@Failure		409		{object}	failure						"the router is declared in ROUTERS_FILE"
//	@Failure		422		{object}	failure						"the router refused the login, or its certificate was refused"
//	@Failure		429		{object}	failure						"too many requests with this key or from this address, or too many failed logins to routers; see Retry-After"
//	@Failure		502		{object}	failure						"the router is unreachable, or does not answer as a RouterOS API"
//	@Failure		503		{object}	failure						"the audit log takes no lines, or the register cannot be written; nothing has changed"
//	@Failure		504		{object}	failure						"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id} [put]
func (h *handler) put(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r, "id")
	requestOf(r.Context()).audit.Router = id
	var in putRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	return h.connectTo(w, r, connectRequest{id, in.Host, in.User, in.Pass, in.CodePage, &in.Comment, in.Wait, in.TLS})
}

// putRequest is a connectRequest without the router_id, which is in the path.
type putRequest struct {
	Host     string     `json:"host" validate:"required" example:"192.168.88.1"`
	User     string     `json:"user" validate:"required" example:"api"`
	Pass     *string    `json:"pass" validate:"required" example:"secret"`
	CodePage string     `json:"code_page" example:"windows-1252"`
	Comment  string     `json:"comment" example:"first floor"`
	Wait     *bool      `json:"wait" example:"true"` // false registers the router without waiting for the login, also one that is down
	TLS      *tlsTarget `json:"tls"`
}

// remove removes a router_id, as disconnect does.
//
//	@Summary		Remove a router
//	@Description	The same as POST /disconnect, with the router_id in the path.
//	@Tags			routers
//	@Produce		json
//	@Param			id	path		string							true	"router_id"
//	@Success		200	{object}	success{data=disconnectAnswer}	"removed"
//	@Failure		401	{object}	failure							"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure							"the key does not have the role"
//	@Failure		404	{object}	failure							"unknown router"
//	@Failure		409	{object}	failure							"the router is declared in ROUTERS_FILE"
//	@Failure		429	{object}	failure							"too many requests with this key or from this address; see Retry-After"
//	@Failure		503	{object}	failure							"the audit log takes no lines, or the register cannot be written"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id} [delete]
func (h *handler) remove(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r, "id")
	requestOf(r.Context()).audit.Router = id
	return h.disconnectFrom(w, r, id)
}

// changeRequest has what is to change of a router.
type changeRequest struct {
	Host     *string   `json:"host" example:"192.168.88.1"`
	User     *string   `json:"user" example:"api"`
	Pass     *string   `json:"pass" example:"secret"`
	CodePage *string   `json:"code_page" example:"windows-1252"`
	Comment  *string   `json:"comment" example:"first floor"`
	Wait     *bool     `json:"wait" example:"true"` // false takes the changes without waiting for the login
	TLS      tlsChange `json:"tls"`                 // null for the plain API
}

// tlsChange is a field that may be missing, null or an object.
type tlsChange struct {
	tlsTarget

	given, plain bool
}

// UnmarshalJSON is called for null as well, and not for a field that is missing.
func (c *tlsChange) UnmarshalJSON(text []byte) error {
	c.given, c.plain = true, string(text) == "null"
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // as readBody
	err := dec.Decode(&c.tlsTarget)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		wrong.Field = strings.TrimSuffix("tls."+wrong.Field, ".")
	}
	return err
}

// apply returns the settings with the changes.
func (in *changeRequest) apply(s register.Settings) register.Settings {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&s.Host, in.Host}, {&s.User, in.User}, {&s.CodePage, in.CodePage}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if in.Pass != nil {
		s.Password = secret.New(*in.Pass)
	}
	if in.TLS.plain {
		s.TLS = nil
	} else if in.TLS.given {
		s.TLS = in.TLS.settings()
	}
	return s
}

// changeTries is how often a change begins again when another one came in between.
const changeTries = 5

// change changes the settings of a router.
//
//	@Summary		Change a router
//	@Description	Changes the fields that are given. The new settings are tried first and are taken when the login works; with "wait": false they are taken at once. The streams of the router stay open.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string						true	"router_id"
//	@Param			body	body		changeRequest				true	"what changes"
//	@Success		200		{object}	success{data=connectAnswer}	"changed"
//	@Failure		400		{object}	failure						"malformed or unknown field"
//	@Failure		401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure						"the key does not have the role, or the server may not connect to this address (ROUTER_NETWORKS)"
//	@Failure		404		{object}	failure						"unknown router"
//	@Failure		409		{object}	failure						"the router is declared in ROUTERS_FILE"
//	@Failure		422		{object}	failure						"the router refused the login, or its certificate was refused"
//	@Failure		429		{object}	failure						"too many requests with this key or from this address, too many failed logins to routers, or the router was changed at the same time; see Retry-After"
//	@Failure		502		{object}	failure						"the router is unreachable, or does not answer as a RouterOS API"
//	@Failure		503		{object}	failure						"the audit log takes no lines, or the register cannot be written; nothing has changed"
//	@Failure		504		{object}	failure						"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id} [patch]
func (h *handler) change(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r, "id")
	req := requestOf(r.Context())
	req.audit.Router = id
	var in changeRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	var err error
	for range changeTries {
		var present manager.Router
		if present, err = h.scoped(req).Get(id); err != nil {
			return err
		}
		before := present.Device.Status().Key
		key, invalid := in.apply(register.SettingsOf(before)).Key()
		if invalid != nil {
			return invalid
		}
		req.audit.Host, req.audit.User = key.Addr, key.User
		err = h.register(w, r, manager.Registration{
			ID: id, Key: key, Comment: in.Comment, Revision: present.Revision,
			NoWait: noWait(in.Wait) || key == before, // there is nothing to try
		})
		if !errors.Is(err, manager.ErrChanged) {
			return err
		}
	}
	return err
}

// check refuses a change of nothing, and empty fields that a router must have.
func (in *changeRequest) check() error {
	switch {
	case in.Host == nil && in.User == nil && in.Pass == nil && in.CodePage == nil && in.Comment == nil && !in.TLS.given:
		return errcode.New(errcode.Invalid, "nothing to change: give host, user, pass, tls, code_page or comment")
	case in.Host != nil && *in.Host == "":
		return errcode.Field("host", "is empty")
	case in.User != nil && *in.User == "":
		return errcode.Field("user", "is empty")
	}
	return nil
}
