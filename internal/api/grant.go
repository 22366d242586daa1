package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// grant is what a request may watch; the zero grant is for nothing. It bounds
// the opening of a stream: one that is open goes on when its ticket expires,
// until the stream itself is too old.
type grant struct {
	routers ticket.Set // router_ids
	topics  ticket.Set
	holder  string     // who asks, for the log
	rules   *rules.Set // of the commands; nil, as the owner's, for all
}

// everything is the grant of the API key.
var everything = grant{routers: ticket.All(), topics: ticket.All(), holder: "owner"}

type grantKey struct{}

// grantOf is the grant that authenticate left in the context of a request.
func grantOf(ctx context.Context) grant {
	g, _ := ctx.Value(grantKey{}).(grant)
	return g
}

// narrow refuses a watch for what the grant is not for. All routers become
// those of the grant. The status of a router is no topic: it goes with any.
func (g grant) narrow(w *manager.Watch) error {
	for _, id := range w.Routers {
		if !g.routers.Has(id) {
			return &problem{codeForbidden, fmt.Sprintf("the ticket is not for the router_id %q", id)}
		}
	}
	if w.All && !g.routers.IsAll() {
		w.Allow = g.routers.Has
	}
	if len(w.Forms) == 0 {
		return g.combined()
	}
	for _, form := range w.Forms {
		if !g.topics.Has(form.Topic) {
			return &problem{codeForbidden, fmt.Sprintf("the ticket is not for the topic %q", form.Topic)}
		}
	}
	return nil
}

// combined refuses the event of those who name no topic, unless the grant is
// for all that is in it.
func (g grant) combined() error {
	for _, topic := range manager.CombinedTopics() {
		if !g.topics.Has(topic) {
			return &problem{codeForbidden, fmt.Sprintf("without topics a stream has %s, and the ticket is not for all of these: add topics= with what it is for",
				strings.Join(manager.CombinedTopics(), ", "))}
		}
	}
	return nil
}

// checkCommand refuses what is no single command, and what the rules of the
// server or of the key are against. All that clients send to routers passes
// here, before anything is sent.
func (h *handler) checkCommand(ctx context.Context, words []string) error {
	if err := manager.CheckArgs(words); err != nil {
		return err
	}
	for _, set := range h.opts.Rules {
		if err := set.Check(words); err != nil {
			return err
		}
	}
	return grantOf(ctx).rules.Check(words)
}
