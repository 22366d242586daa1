package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
)

// scopedRouters are the routers in the scope of a principal. Others are reported as
// not connected, and it does not show that one of them shares a session. All handlers
// use it.
type scopedRouters struct {
	all       Routers
	principal principal
}

// scoped returns the routers that the principal of a request may use.
func (h *handler) scoped(req *request) Routers {
	if req.principal.seesAll() {
		return h.routers
	}
	return scopedRouters{h.routers, req.principal}
}

func (s scopedRouters) Register(ctx context.Context, r manager.Registration) (manager.Connected, error) {
	if err := s.principal.admit(r.ID); err != nil {
		return manager.Connected{}, err
	}
	before := s.session(r.ID)
	done, err := s.all.Register(ctx, r)
	if err != nil {
		return done, err
	}
	done.Shared = len(s.sharing(r.ID)) > 0
	done.Reused = done.Reused && (done.Shared || before.Addr == r.Key.Addr && before.User == r.Key.User)
	return done, nil
}

func (s scopedRouters) Disconnect(id string) (closed bool, err error) {
	if !s.principal.sees(id) {
		return false, manager.ErrUnknownRouter
	}
	sharing := s.sharing(id)
	_, err = s.all.Disconnect(id)
	return err == nil && len(sharing) == 0, err
}

// session returns address and login of the session of id; zero where id is not
// connected.
func (s scopedRouters) session(id string) pool.Key {
	r, err := s.Get(id)
	if err != nil {
		return pool.Key{}
	}
	return r.Device.Status().Key
}

// sharing returns the other router_ids in the scope that use the session of id.
func (s scopedRouters) sharing(id string) []string {
	r, err := s.Get(id)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(visibleIDs(r.Device, s.principal), func(other string) bool { return other == id })
}

func (s scopedRouters) List() []manager.Router {
	return slices.DeleteFunc(s.all.List(), func(r manager.Router) bool { return !s.principal.sees(r.ID) })
}

func (s scopedRouters) Get(id string) (manager.Router, error) {
	if !s.principal.sees(id) {
		return manager.Router{}, manager.ErrUnknownRouter
	}
	return s.all.Get(id)
}

// Subscribe checks named routers; for all routers, authorize has set Allow.
func (s scopedRouters) Subscribe(w manager.Watch) (*hub.Subscription, error) {
	for _, id := range w.Routers {
		if !s.principal.sees(id) {
			return nil, fmt.Errorf("%w (router_id %q)", manager.ErrUnknownRouter, id)
		}
	}
	return s.all.Subscribe(w)
}
