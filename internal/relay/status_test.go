package relay_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestAStatusCrosses(t *testing.T) {
	key := pool.Key{Addr: "r:8728", User: "api"}
	users, at := 5, time.Unix(1700000000, 0)
	want := device.Status{
		Key:  key,
		Link: pool.Status{State: pool.LoginFailed, Since: at, Err: &routeros.LoginError{User: "api", Reason: "wrong"}, NextAttempt: at, Logins: 3, Failures: 2},
		Load: routeros.Load{InFlight: 1, MaxInFlight: 8},
		Poll: poller.Info{Running: true, Interval: time.Second, Last: at, Polls: 7, Err: errors.New("none"), Topics: map[string]error{"log": errors.New("no")}},
		Cost: []poller.Cost{{Topic: "log", Received: 1, PerMinute: 2}},
	}
	got, facts, err := relay.DecodeStatus(relay.EncodeStatus(want, poller.Facts{PPP: &users, Identity: "hap"}), key)
	require.NoError(t, err)
	assert.Equal(t, poller.Facts{PPP: &users, Identity: "hap"}, facts)
	assert.Equal(t, errcode.Login, errcode.Of(got.Link.Err))
	assert.Equal(t, want.Link.Err.Error(), got.Link.Err.Error())
	assert.EqualError(t, got.Poll.Err, "none")
	assert.EqualError(t, got.Poll.Topics["log"], "no")
	assert.True(t, want.Link.Since.Equal(got.Link.Since))
	got.Link.Err, got.Link.Since, got.Link.NextAttempt, got.Poll.Err, got.Poll.Topics, got.Poll.Last = want.Link.Err, at, at, want.Poll.Err, want.Poll.Topics, at
	assert.Equal(t, want, got)
	_, _, err = relay.DecodeStatus([]byte("x"), key)
	assert.Error(t, err)
}
