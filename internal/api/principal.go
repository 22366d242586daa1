package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// principal is who sent a request, and what it may see and do. The zero principal may
// do nothing. A ticket is checked when a stream opens: an open stream continues when
// its ticket expires, until the stream reaches its age limit or its key ends.
type principal struct {
	name    string            // of the key, "owner" for MY_API_KEY, "ticket" for the owner's tickets
	key     *access.ActiveKey // that was sent, or with which the ticket was issued
	routers ticket.Set        // router_ids of the ticket; all for a key
	topics  ticket.Set        // topics of the ticket; all for a key
}

// owner is the principal of MY_API_KEY.
var owner = principal{name: access.Owner.Name, key: access.ActiveOwner, routers: ticket.All(), topics: ticket.All()}

// sees reports whether a router_id is in the scope of the principal, connected or not.
func (p principal) sees(id string) bool {
	return p.key != nil && p.routers.Has(id) && p.key.Routers.Match(id)
}

// seesAll reports whether every router_id is in the scope.
func (p principal) seesAll() bool {
	return p.key != nil && p.routers.IsAll() && p.key.Routers.All()
}

// text is the text of an error for the principal. The owner alone may learn what it says
// of the server's network.
func (p principal) text(err error) string {
	if p.key == access.ActiveOwner {
		return err.Error()
	}
	return errcode.PublicText(err)
}

// admit refuses a router_id out of the scope that the principal wants to use for a
// router or a ticket. The error does not show whether such a router is connected.
func (p principal) admit(id string) error {
	if p.sees(id) {
		return nil
	}
	return errcode.New(errcode.Forbidden, fmt.Sprintf("the key %q may not use the router_id %q", p.name, id))
}

// role is the role of the key.
func (p principal) role() access.Role {
	if p.key == nil {
		return access.NoRole
	}
	return p.key.Role
}

// bind gives a request its principal. The context that is returned ends with the key of
// the principal; its answer then has the revocation grace. release of the request stops
// that.
func (req *request) bind(ctx context.Context, p principal) context.Context {
	req.principal = p
	life := p.key.Context
	if life.Done() == nil {
		return ctx
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(life, func() {
		cancel(context.Cause(life))
		req.response.revoke()
	})
	req.release = func() { stop(); cancel(context.Canceled) }
	return ctx
}

// revoked returns why the key of a request ended, if that is why its context ended;
// else nil.
func revoked(ctx context.Context) error {
	if cause := context.Cause(ctx); keyEnded(cause) {
		return cause
	}
	return nil
}

// keyEnded reports whether an error is the end of a key.
func keyEnded(err error) bool {
	return errors.Is(err, access.ErrExpired) || errors.Is(err, access.ErrChanged)
}

// authorize refuses a stream that the ticket of the principal does not permit, and
// limits router=* to the routers in its scope. Named routers out of the scope of the
// key are refused later, as unknown ones. Status events need no topic.
func (p principal) authorize(w *manager.Watch) error {
	for _, id := range w.Routers {
		if !p.routers.Has(id) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("the ticket does not permit the router_id %q", id))
		}
	}
	if w.All && !p.seesAll() {
		w.Allow = p.sees
	}
	if len(w.Variants) == 0 {
		return p.authorizeCombined()
	}
	for _, v := range w.Variants {
		if !p.topics.Has(v.Topic.Name) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("the ticket does not permit the topic %q", v.Topic.Name))
		}
	}
	return nil
}

// authorizeCombined refuses a stream without topics, whose event has several of them,
// unless the ticket permits them all.
func (p principal) authorizeCombined() error {
	for _, topic := range poller.Combined.Parts {
		if !p.topics.Has(topic.Name) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("a stream without the parameter topics has the topics %s, and the ticket does not permit all of them; add topics= with those of the ticket",
				strings.Join(combinedNames(), ", ")))
		}
	}
	return nil
}

// combinedNames returns the topics of a stream without the parameter topics.
func combinedNames() (names []string) {
	for _, topic := range poller.Combined.Parts {
		names = append(names, topic.Name)
	}
	return names
}

// atLeast lets requests pass whose key has this role or a higher one.
func (h *handler) atLeast(role access.Role, handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if p := requestOf(r.Context()).principal; p.role() < role {
			return errcode.New(errcode.Forbidden, fmt.Sprintf(
				"this needs the role %s; the key %q has the role %s", role, p.name, p.role()))
		}
		return handle(w, r)
	}
}
