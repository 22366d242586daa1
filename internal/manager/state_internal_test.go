package manager

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// The link that an id has left may still be about to say that it went down.
func TestTheLinkOfBeforeSaysNothingAboutAnID(t *testing.T) {
	dial := func(context.Context, pool.Key) (*routeros.Session, error) { return nil, errors.New("not here") }
	m := New(pool.New(dial, pool.Options{}), Options{})
	defer m.Close()
	old, now := pool.Key{Addr: "old:8728"}, pool.Key{Addr: "now:8728"}
	lease, err := m.pool.Lease("", now, nil)
	require.NoError(t, err)
	m.mu.Lock()
	m.routers["a"] = &router{id: "a", feed: m.openFeed("a", nil), binding: binding{hold: hold{key: now, lease: lease}}, state: pool.Up}
	m.mu.Unlock()
	m.linkChanged("a", old, pool.Status{State: pool.Down, Err: errors.New("gone")})
	assert.Equal(t, pool.Up, m.routers["a"].state)
	m.linkChanged("a", now, pool.Status{State: pool.Down, Err: errors.New("gone")})
	assert.Equal(t, pool.Down, m.routers["a"].state)
}
