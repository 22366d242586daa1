package manager

import (
	"context"
	"errors"
	"strings"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// link is the way to the router that id stands for.
func (m *Manager) link(id string) (*pool.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	r := m.routers[id]
	if r == nil {
		return nil, ErrUnknownRouter
	}
	return r.seat.lease.Link, nil
}

// Run sends one command to the router of id and waits for the answer. When ctx
// ends, so does the command at the router. A router that hangs up because it
// was told to go down has done what it was told: the reply is empty then.
func (m *Manager) Run(ctx context.Context, id string, args []string) (*routeros.Reply, error) {
	link, args, err := m.prepare(id, args)
	if err != nil {
		return nil, err
	}
	reply, err := link.Run(ctx, args...)
	if err != nil && endsTheSession(args[0]) && hungUp(err) {
		return &routeros.Reply{}, nil
	}
	return reply, err
}

// Start sends one command to the router of id; its rows are taken as they come.
// When ctx ends, so does the command at the router.
func (m *Manager) Start(ctx context.Context, id string, args []string) (*Stream, error) {
	link, args, err := m.prepare(id, args)
	if err != nil {
		return nil, err
	}
	return link.Stream(ctx, streamLimit, args...)
}

// streamLimit is how many bytes of rows may wait for a client that takes them
// more slowly than the router gives them; beyond, the command is ended.
const streamLimit = 4 << 20

func (m *Manager) prepare(id string, args []string) (*pool.Link, []string, error) {
	if err := CheckArgs(args); err != nil {
		return nil, nil, err
	}
	link, err := m.link(id)
	if err != nil {
		return nil, nil, err
	}
	args, err = encodeArgs(args, link.Key().CodePage)
	return link, args, err
}

// endings are commands after which a router goes down without a word, or with
// one that does not arrive.
var endings = map[string]bool{
	"system/reboot": true, "system/shutdown": true, "system/reset-configuration": true,
	"system/package/downgrade": true, "system/package/update/install": true,
	"system/backup/load": true,
}

func endsTheSession(path string) bool {
	return endings[strings.ToLower(strings.Join(strings.FieldsFunc(path, isSeparator), "/"))]
}

// hungUp tells the end of a connection that had carried the command from one
// that never did.
func hungUp(err error) bool {
	if routeros.SafeToRetry(err) {
		return false
	}
	_, fatal := errors.AsType[*routeros.FatalError](err)
	link, broken := errors.AsType[*routeros.LinkError](err)
	return fatal || broken && link.Step == "read"
}
