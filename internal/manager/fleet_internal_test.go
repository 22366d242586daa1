package manager

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// elsewhere is a fleet whose owner of all keys the test sets.
type elsewhere struct {
	Fleet

	mu    sync.Mutex
	at    Place
	route *recordedRoute
	try   func() error
}

func (f *elsewhere) Try(context.Context, Place, string, pool.Key) (Connected, error) {
	return Connected{}, f.try()
}

func (f *elsewhere) Owner(pool.Key) Place {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

func (f *elsewhere) set(at Place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = at
}

func (f *elsewhere) Route(string) Route {
	f.route = &recordedRoute{}
	return f.route
}

func (f *elsewhere) Remote(pool.Key) Device { return &distant{} }

// distant is the device of a session at another instance.
type distant struct{ Device }

func (*distant) Attach(string, device.Feed)     {}
func (*distant) Detach(string) bool             { return true }
func (*distant) Watch(hub.Track) (leave func()) { return func() {} }
func (*distant) Close()                         {}
func (*distant) IDs() []string                  { return []string{"a"} }

// recordedRoute writes down what it is told.
type recordedRoute struct {
	Route

	mu       sync.Mutex
	owned    []uint64
	followed []string
	lines    []string
}

func (r *recordedRoute) note(what func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what()
}

func (r *recordedRoute) Attach(*hub.Feed)               {}
func (r *recordedRoute) Watch(hub.Track) (leave func()) { return func() {} }
func (r *recordedRoute) PublishStatus([]byte, bool)     {}
func (r *recordedRoute) Invalidate(hub.Track)           {}
func (r *recordedRoute) Forget(hub.Track)               {}
func (r *recordedRoute) Close()                         {}
func (r *recordedRoute) Own(epoch uint64, _ hub.Watcher) {
	r.note(func() { r.owned = append(r.owned, epoch) })
}
func (r *recordedRoute) Follow(instance string, _ uint64) {
	r.note(func() { r.followed = append(r.followed, instance) })
}
func (r *recordedRoute) PublishLine(_ hub.Track, body []byte) {
	r.note(func() { r.lines = append(r.lines, string(body)) })
}

func (r *recordedRoute) told() (owned []uint64, followed, lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.owned, r.followed, r.lines
}

var errNotHere = errors.New("not here")

// inFleet returns a manager of a fleet with a router "a" whose session is at another
// instance. No router can be reached.
func inFleet(t *testing.T) (*Manager, *elsewhere) {
	dial := func(context.Context, pool.Key) (*routeros.Session, error) { return nil, errNotHere }
	f := &elsewhere{at: Place{Instance: "other", Epoch: 1}}
	m := New(pool.New(dial, pool.Options{}), Options{Fleet: f})
	t.Cleanup(func() { m.Close() })
	_, err := m.Register(t.Context(), Registration{ID: "a", Key: pool.Key{Addr: "router:8728"}, NoWait: true, Tried: func(error) {}})
	require.NoError(t, err)
	return m, f
}

// held returns how the session of "a" is held.
func held(m *Manager) hold {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.routers["a"].binding.hold
}

// While a fleet shares out its routers, a registration waits, but not for ever.
func TestARegistrationWaitsForTheOwner(t *testing.T) {
	failed := errors.New("the login failed")
	for name, tt := range map[string]struct {
		at   Place
		try  func(f *elsewhere, tries int) error
		want error
		took time.Duration
	}{
		"nobody has it":                   {want: ErrNoOwner, took: ownerPatience},
		"it does not have it yet":         {Place{Instance: "other"}, func(_ *elsewhere, tries int) error { return [...]error{ErrMoving, ErrMoving, failed}[tries] }, failed, 2 * ownerAgain},
		"it does not get it":              {Place{Instance: "other"}, func(*elsewhere, int) error { return ErrMoving }, ErrMoving, ownerPatience},
		"another error":                   {Place{Instance: "other"}, func(*elsewhere, int) error { return failed }, failed, 0},
		"it moves to where nobody is":     {Place{Instance: "other"}, func(f *elsewhere, _ int) error { f.set(Place{}); return ErrMoving }, ErrNoOwner, ownerPatience},
		"it comes here, where it is down": {Place{Instance: "other"}, func(f *elsewhere, _ int) error { f.set(Place{Instance: "self", Here: true}); return ErrMoving }, errNotHere, ownerAgain},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, f := inFleet(t)
				f.set(tt.at)
				tries := -1
				f.try = func() error { tries++; return tt.try(f, tries) }
				began := time.Now()
				_, err := m.Register(t.Context(), Registration{ID: "b", Key: pool.Key{Addr: "b:8728"}})
				require.ErrorIs(t, err, tt.want)
				assert.InDelta(t, tt.took, time.Since(began), float64(ownerAgain))
				m.Close()
			})
		})
	}
}

func TestASessionMovesWithItsOwner(t *testing.T) {
	m, f := inFleet(t)
	require.Nil(t, held(m).lease, "the session is elsewhere")

	f.set(Place{Instance: "self", Epoch: 2, Here: true})
	m.Move(t.Context(), nil)
	require.NotNil(t, held(m).lease, "this instance dials")
	owned, _, _ := f.route.told()
	assert.Equal(t, []uint64{2}, owned)

	f.set(Place{Instance: "third", Epoch: 3})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m.Move(ctx, nil)
	assert.Nil(t, held(m).lease, "the session was released")
	_, followed, _ := f.route.told()
	assert.Equal(t, "third", followed[len(followed)-1])
	assert.NoError(t, ctx.Err())
}

// What this instance says of a router has its place in the order of the fleet, and viewers
// at every instance get it.
func TestAnAlertGoesByTheRoute(t *testing.T) {
	m, f := inFleet(t)
	m.PublishAlert("a", []byte(`"state":"firing"}`))
	m.PublishAlert("unknown", []byte(`"state":"firing"}`))
	_, _, lines := f.route.told()
	assert.Equal(t, []string{`"state":"firing"}`}, lines)
}
