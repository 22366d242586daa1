package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
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

func (v visible) Connect(ctx context.Context, id string, key pool.Key, owner manager.Owner) (manager.Connected, error) {
	if err := v.grant.admits(id); err != nil {
		return manager.Connected{}, err
	}
	before := v.session(id)
	done, err := v.all.Connect(ctx, id, key, owner)
	if err != nil {
		return done, err
	}
	done.Shared = len(v.sharing(id)) > 0
	done.Reused = done.Reused && (done.Shared || before.Addr == key.Addr && before.User == key.User)
	return done, nil
}

func (v visible) Disconnect(id string) (closed bool, err error) {
	if !v.grant.sees(id) {
		return false, manager.ErrUnknownRouter
	}
	sharing := v.sharing(id)
	_, err = v.all.Disconnect(id)
	return err == nil && len(sharing) == 0, err
}

// session is who logs in where for id; the zero key where it is not connected.
func (v visible) session(id string) pool.Key {
	r, err := v.Get(id)
	if err != nil {
		return pool.Key{}
	}
	return r.Device.Status().Key
}

// sharing are the other router_ids on the session of id, those that are seen.
func (v visible) sharing(id string) []string {
	r, err := v.Get(id)
	if err != nil {
		return nil
	}
	return sharedWith(r, v.grant.sees)
}

func (v visible) List() []manager.Router {
	return slices.DeleteFunc(v.all.List(), func(r manager.Router) bool { return !v.grant.sees(r.ID) })
}

func (v visible) Get(id string) (manager.Router, error) {
	if !v.grant.sees(id) {
		return manager.Router{}, manager.ErrUnknownRouter
	}
	return v.all.Get(id)
}

// Subscribe leaves it to the watch's Allow which of all routers are seen: grant
// has narrowed it.
func (v visible) Subscribe(w manager.Watch) (*hub.Subscription, error) {
	for _, id := range w.Routers {
		if !v.grant.sees(id) {
			return nil, fmt.Errorf("%w (router_id %q)", manager.ErrUnknownRouter, id)
		}
	}
	return v.all.Subscribe(w)
}
