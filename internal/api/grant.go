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

// grant is what a request may see and do; the zero grant is for nothing. A ticket
// bounds the opening of a stream: one that is open goes on when its ticket
// expires, until the stream itself is too old or its key ends.
type grant struct {
	routers ticket.Set // router_ids that a ticket is for; all of them with a key
	topics  ticket.Set
	holder  string            // who asks, for the log and for limits
	key     *access.ActiveKey // with which it was admitted or the ticket issued
}

// everything is the grant of the owner's key.
var everything = grant{routers: ticket.All(), topics: ticket.All(), holder: access.Owner.Name, key: access.ActiveOwner}

// sees reports whether there may be a router of this id for the holder.
func (g grant) sees(id string) bool {
	return g.key != nil && g.routers.Has(id) && g.key.Routers.Match(id)
}

// seesAll reports whether there is no id that it does not see.
func (g grant) seesAll() bool {
	return g.key != nil && g.routers.IsAll() && g.key.Routers.All()
}

// admits refuses an id that the holder wants to give to something. Whether there
// is a router of this id already does not show.
func (g grant) admits(id string) error {
	if g.sees(id) {
		return nil
	}
	return errcode.New(errcode.Forbidden, fmt.Sprintf("the key %q is not for the router_id %q", g.holder, id))
}

// role is what the holder may do.
func (g grant) role() access.Role {
	if g.key == nil {
		return access.NoRole
	}
	return g.key.Role
}

// bound has a context end with the life of the key.
func (g grant) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if g.key.Context.Done() == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(g.key.Context, func() { cancel(context.Cause(g.key.Context)) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}

// revoked is why the key of a request ended, if that is why the request did; nil
// else.
func revoked(ctx context.Context) error {
	if cause := context.Cause(ctx); keyEnded(cause) {
		return cause
	}
	return nil
}

// keyEnded reports whether something ended because the key of its request did.
func keyEnded(err error) bool {
	return errors.Is(err, access.ErrExpired) || errors.Is(err, access.ErrChanged)
}

type grantKey struct{}

// grantOf is the grant that authenticate left in the context of a request.
func grantOf(ctx context.Context) grant {
	g, _ := ctx.Value(grantKey{}).(grant)
	return g
}

// narrow refuses a watch for what the grant's ticket is not for. All routers
// become those that the grant sees; of routers named, visible says what the key
// does not see. The status of a router is no topic: it goes with any.
func (g grant) narrow(w *manager.Watch) error {
	for _, id := range w.Routers {
		if !g.routers.Has(id) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("the ticket is not for the router_id %q", id))
		}
	}
	if w.All && !g.seesAll() {
		w.Allow = g.sees
	}
	if len(w.Variants) == 0 {
		return g.combined()
	}
	for _, v := range w.Variants {
		if !g.topics.Has(v.Topic.Name) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("the ticket is not for the topic %q", v.Topic.Name))
		}
	}
	return nil
}

// combined refuses the event of those who name no topic, unless the grant is
// for all that is in it.
func (g grant) combined() error {
	for _, topic := range poller.Combined.Parts {
		if !g.topics.Has(topic.Name) {
			return errcode.New(errcode.Forbidden, fmt.Sprintf("without topics a stream has %s, and the ticket is not for all of these: add topics= with what it is for",
				strings.Join(combinedNames(), ", ")))
		}
	}
	return nil
}

// combinedNames are the topics of the event of those who name none.
func combinedNames() (names []string) {
	for _, topic := range poller.Combined.Parts {
		names = append(names, topic.Name)
	}
	return names
}

// checkCommand refuses what is no single command, and what the rules of the
// server or of the key are against. All that clients send to routers passes
// here, before anything is sent.
func (h *handler) checkCommand(ctx context.Context, words []string) error {
	if err := checkArgs(words); err != nil {
		return err
	}
	for _, set := range h.opts.Rules {
		if err := set.Check(words); err != nil {
			return err
		}
	}
	g := grantOf(ctx)
	if g.key == nil {
		return errcode.New(errcode.Forbidden, "this needs a key")
	}
	return g.key.Commands.Check(words)
}

// atLeast lets requests pass whose key has this role or a higher one.
func (h *handler) atLeast(role access.Role, handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if g := grantOf(r.Context()); g.role() < role {
			return errcode.New(errcode.Forbidden, fmt.Sprintf(
				"this needs the role %s; the key %q has the role %s", role, g.holder, g.role()))
		}
		return handle(w, r)
	}
}
