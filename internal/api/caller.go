package api

import (
	"context"

	"github.com/aprakasa/mikronec/internal/access"
)

// caller is who sent a request, for those who write down or count what was done.
type caller struct {
	name      string // of the key; "owner" for MY_API_KEY's, "ticket" for its tickets; empty for nobody known
	role      access.Role
	remote    string // address, without a port
	requestID string
}

// callerOf is the caller of the request with this context.
func callerOf(ctx context.Context) caller {
	v, g := visitOf(ctx), grantOf(ctx)
	return caller{name: g.holder, role: g.role(), remote: v.remote, requestID: v.id}
}
