package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// visible is the routers as a holder sees them: those that its key is not for are
// not there, and the errors say so in the words for routers that are not. Nor do
// they show by what they share a session with. All handlers go through it.
type visible struct {
	all   Routers
	grant grant
}

// seen is the routers that the sender of a request sees.
func (h *handler) seen(ctx context.Context) Routers {
	g := grantOf(ctx)
	if g.seesAll() {
		return h.routers
	}
	return visible{h.routers, g}
}

func (v visible) Connect(ctx context.Context, id string, key manager.Key) (manager.Connected, error) {
	if err := v.grant.admits(id); err != nil {
		return manager.Connected{}, err
	}
	before, _ := v.all.Get(id) // the zero Router where there is none
	done, err := v.all.Connect(ctx, id, key)
	if err != nil {
		return done, err
	}
	now, _ := v.Get(id)
	done.Shared = len(now.SharedWith) > 0
	done.Reused = done.Reused && (done.Shared || before.Host == now.Host && before.User == now.User)
	return done, nil
}

func (v visible) Disconnect(id string) (manager.Disconnected, error) {
	if !v.grant.sees(id) {
		return manager.Disconnected{}, manager.ErrUnknownRouter
	}
	before, _ := v.Get(id)
	done, err := v.all.Disconnect(id)
	done.RouterClosed = err == nil && len(before.SharedWith) == 0
	return done, err
}

func (v visible) List() []manager.Router {
	list := slices.DeleteFunc(v.all.List(), func(r manager.Router) bool { return !v.grant.sees(r.RouterID) })
	for i := range list {
		list[i] = v.only(list[i])
	}
	return list
}

func (v visible) Get(id string) (manager.Router, error) {
	if !v.grant.sees(id) {
		return manager.Router{}, manager.ErrUnknownRouter
	}
	router, err := v.all.Get(id)
	return v.only(router), err
}

// only is a router that names no others but those that are seen.
func (v visible) only(r manager.Router) manager.Router {
	r.SharedWith = slices.DeleteFunc(r.SharedWith, func(id string) bool { return !v.grant.sees(id) })
	return r
}

func (v visible) Info(ctx context.Context, id string) ([]byte, error) {
	if !v.grant.sees(id) {
		return nil, manager.ErrUnknownRouter
	}
	return v.all.Info(ctx, id)
}

func (v visible) Run(ctx context.Context, id string, args []string) (*routeros.Reply, error) {
	if !v.grant.sees(id) {
		return nil, manager.ErrUnknownRouter
	}
	return v.all.Run(ctx, id, args)
}

func (v visible) Start(ctx context.Context, id string, args []string) (*manager.Stream, error) {
	if !v.grant.sees(id) {
		return nil, manager.ErrUnknownRouter
	}
	return v.all.Start(ctx, id, args)
}

// Subscribe leaves it to the watch's Allow which of all routers are seen: grant
// has narrowed it.
func (v visible) Subscribe(w manager.Watch) (*manager.View, error) {
	for _, id := range w.Routers {
		if !v.grant.sees(id) {
			return nil, fmt.Errorf("%w (router_id %q)", manager.ErrUnknownRouter, id)
		}
	}
	return v.all.Subscribe(w)
}
