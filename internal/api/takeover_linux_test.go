package api_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/viewer"
)

// A client cannot see whether a goroutine serves its stream or the viewers'
// server does.
func TestTheHeadOfAStreamThatWasTakenOver(t *testing.T) {
	viewers, err := viewer.New(viewer.Options{
		Heartbeat: time.Minute, Timeout: time.Minute, MaxAge: time.Hour, Drain: time.Millisecond, Stopping: func() bool { return false },
	})
	require.NoError(t, err)
	t.Cleanup(func() { viewers.Close(time.Second) })
	s := newSite(t, map[string]sim.Options{"r.test": {}}, allowed, func(o *api.Options) { o.Viewers = viewers })
	s.connect("r", "r.test")
	server := httptest.NewUnstartedServer(s.handler)
	server.Config.ConnContext = api.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	checkHead(t, openWith(t, server.Client(), server.URL+"/sse/r"))
	assert.Equal(t, 1, viewers.Viewers())
}
