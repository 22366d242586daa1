package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/exchange"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

func TestAnotherOwnerMeansAReset(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	q := hub.Query{Tracks: []hub.Track{changes}}
	var viewers []*viewer
	for _, in := range all {
		viewers = append(viewers, in.view(t, "", q))
	}
	awaitWatched(t, d, changes, true)
	r.PublishChange(changes, nil, full(`"rows":[1]`))
	for _, v := range viewers {
		v.until(`"rows":[1]`)
	}
	r.PublishChange(changes, body(`"added":1`), full(`"rows":[1,1]`))
	for _, v := range viewers {
		v.until(`"added":1`)
	}
	old := viewers[2].last
	require.NotEmpty(t, old)
	d2 := newDevice()
	r2 := own(all, 1, "r", 7, d2)
	awaitWatched(t, d2, changes, true)
	r.PublishChange(changes, body(`"late":1`), full(`"rows":["late"]`)) // of the owner before
	r2.PublishChange(changes, nil, full(`"rows":[2]`))
	for _, v := range viewers {
		got := strings.Join(v.until(`"rows":[2]`), "\n")
		assert.Contains(t, got, "event: reset")
		assert.NotContains(t, got, "late")
	}
	back := all[2].view(t, old, q)
	assert.Contains(t, strings.Join(back.until(`"rows":[2]`), "\n"), "event: reset")

	// NATS has lost the claims, and epochs begin again.
	d3 := newDevice()
	r3 := own(all, 2, "r", 3, d3)
	awaitWatched(t, d3, changes, true)
	r3.PublishChange(changes, nil, full(`"rows":[3]`))
	for _, v := range viewers {
		v.until(`"rows":[3]`)
	}
	r3.PublishChange(changes, body(`"added":3`), full(`"rows":[3,3]`))
	for _, v := range viewers {
		v.until(`"added":3`, `"rows":[3,3]`) // the state, where the owner was asked once more
	}
}

// Where NATS has lost the claims, epochs begin again. What an owner before sends, who has not
// heard of that, is nobody's state, however new its epoch looks.
func TestAnOwnerFromBeforeALossIsNotHeard(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r")
	d := newDevice()
	r := own(all, 1, "r", 7, d)
	v := all[0].view(t, "", hub.Query{Tracks: []hub.Track{changes}})
	awaitWatched(t, d, changes, true)
	r.PublishChange(changes, nil, full(`"rows":[7]`))
	v.until(`"rows":[7]`)

	all[0].routes["r"].Follow("c", 3)
	again := newDevice()
	r.Own(7, again) // another session, and so another incarnation
	all[1].view(t, "", hub.Query{Tracks: []hub.Track{changes}})
	awaitWatched(t, again, changes, true)
	r.PublishChange(changes, nil, full(`"rows":["late"]`))
	present := newDevice()
	now := all[2].routes["r"]
	now.Own(3, present)
	awaitWatched(t, present, changes, true)
	now.PublishChange(changes, nil, full(`"rows":[3]`))
	assert.NotContains(t, strings.Join(v.until(`"rows":[3]`), "\n"), "late")
	r.PublishChange(changes, body(`"added":"late"`), full(`"rows":["late"]`))
	now.PublishChange(changes, body(`"added":3`), full(`"rows":[3,3]`))
	assert.NotContains(t, strings.Join(v.until(`"added":3`, `"rows":[3,3]`), "\n"), "late")
}

// Two owners may have the same epoch: NATS has lost the claims, and what is written then is
// numbered from the start. The second one is heard at once, however often the first one began.
func TestAnotherOwnerWithTheSameEpoch(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r")
	v := all[0].view(t, "", hub.Query{Tracks: []hub.Track{changes}})
	var r *exchange.Route
	for range 5 { // sessions, and so incarnations
		d := newDevice()
		r = own(all, 1, "r", 7, d)
		awaitWatched(t, d, changes, true)
	}
	r.PublishChange(changes, nil, full(`"rows":["b"]`))
	v.until(`"rows":["b"]`)

	all[0].routes["r"].Follow("", 0)
	all[0].routes["r"].Follow("c", 7)
	d := newDevice()
	now := all[2].routes["r"]
	now.Own(7, d)
	awaitWatched(t, d, changes, true)
	now.PublishChange(changes, nil, full(`"rows":["c"]`))
	v.until(`"rows":["c"]`)
	// Who does not know of it yet goes on, and is not heard.
	r.PublishChange(changes, body(`"added":"late"`), full(`"rows":["late"]`))
	now.PublishChange(changes, body(`"added":"c"`), full(`"rows":["c","c"]`))
	assert.NotContains(t, strings.Join(v.until(`"added":"c"`, `"rows":["c","c"]`), "\n"), "late")
}

// An instance that another NATS has told that it owns a router sends what it has of it when it
// comes back to this one, before it learns better. Its epoch may be the greater one.
func TestWhoOwnsByAnotherNATSIsNotHeard(t *testing.T) {
	all := fleet(t, natsserver.Start(t).URL, []string{"a", "b", "c"}, "r")
	present, other := newDevice(), newDevice()
	now := own(all, 1, "r", 3, present)
	v := all[0].view(t, "", hub.Query{Tracks: []hub.Track{changes}})
	awaitWatched(t, present, changes, true)
	now.PublishChange(changes, nil, full(`"rows":[1]`))
	v.until(`"rows":[1]`)

	stranger := all[2].routes["r"]
	stranger.Own(7, other)
	all[2].view(t, "", hub.Query{Tracks: []hub.Track{changes}})
	awaitWatched(t, other, changes, true)
	stranger.PublishChange(changes, nil, full(`"rows":["other"]`))
	stranger.PublishChange(changes, body(`"added":"other"`), full(`"rows":["other"]`))
	stranger.PublishStatus(body(`"state":"other"`), true)
	time.Sleep(300 * time.Millisecond) // until they have come
	for i := range 3 {
		now.PublishChange(changes, body(`"added":%d`, i), full(`"rows":[1]`))
		got := strings.Join(v.until(fmt.Sprintf(`"added":%d`, i)), "\n")
		assert.NotContains(t, got, "other")
		assert.NotContains(t, got, "reset")
	}
}
