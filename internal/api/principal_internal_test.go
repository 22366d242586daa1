package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// A route that authenticate does not stand before shows nothing.
func TestWithoutAPrincipalNothingMayBeWatched(t *testing.T) {
	none := requestOf(context.Background()).principal
	for name, watch := range map[string]manager.Watch{
		"a router":    {Routers: []string{"a"}},
		"all routers": {All: true},
	} {
		err := none.authorize(&watch)
		require.Error(t, err, name)
		assert.Equal(t, errcode.Forbidden, codeOf(err), name)
	}
}

func TestTheKeyNarrowsNothing(t *testing.T) {
	watch := manager.Watch{All: true}
	require.NoError(t, owner.authorize(&watch))
	assert.Nil(t, watch.Allow, "all routers, without asking for each")
}

// A panic is logged with what a person needs to find it, and that is not the
// URL.
func TestAPanicDoesNotLogTheTicket(t *testing.T) {
	var log bytes.Buffer
	signer := ticket.New([]byte("a secret of sixteen bytes"))
	now := time.Now()
	token, err := signer.Issue(ticket.Claims{
		Routers: ticket.All(), Topics: ticket.All(), Issued: now, Expires: now.Add(time.Minute), Key: signer.Tags("k")[0],
	})
	require.NoError(t, err)
	var broken struct{ Routers } // nil: whatever is called panics
	h := New(broken, Options{APIKey: "k", Tickets: signer, Log: slog.New(slog.NewTextHandler(&log, nil))})

	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/sse/a?ticket="+token, nil))
	assert.Equal(t, http.StatusInternalServerError, answer.Code)
	assert.Contains(t, log.String(), "panic")
	assert.NotContains(t, log.String(), token[:20])
	assert.NotContains(t, answer.Body.String(), token[:20])
}
