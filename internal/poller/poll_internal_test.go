package poller

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// leaving is a router that is asked while the last watcher leaves.
type leaving struct{ poller *Poller }

func (r leaving) StartAll(ctx context.Context, _ ...routeros.Command) ([]*routeros.Call, error) {
	r.poller.giveUp()
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func (leaving) FailIfSilent(time.Time, error) bool { return false }

func (leaving) Logins() (int, <-chan struct{}) { return 1, nil }

type ignoring struct{}

func (ignoring) Update(Update) {}

// A poll that was given up has not happened: who returns in that moment does not
// wait for the next one.
func TestAPollThatWasGivenUpIsStillDue(t *testing.T) {
	p := New(leaving{}, ignoring{}, "r", Options{})
	p.runner = leaving{p}
	topic, _ := Lookup("ppp_active")
	p.wanted = []want{{Variant: topic.Variant(false, false), left: time.Now()}}
	l := &loop{Poller: p, pace: newPace(p.opts.Interval, 0)}
	l.refresh(time.Now())
	l.findDue(time.Now())
	l.poll(t.Context(), time.Now(), nil)
	assert.Zero(t, p.info.Polls)

	p.wanted[0].watchers = 1
	l.findDue(time.Now())
	assert.Len(t, l.due, 1)
}

// A poll that was ended for another reason has happened.
func TestAPollThatFailedIsNotDueAgain(t *testing.T) {
	p := New(refusing{}, ignoring{}, "r", Options{})
	topic, _ := Lookup("ppp_active")
	p.wanted = []want{{Variant: topic.Variant(false, false), watchers: 1}}
	l := &loop{Poller: p, pace: newPace(p.opts.Interval, 0)}
	l.refresh(time.Now())
	l.findDue(time.Now())
	l.poll(t.Context(), time.Now(), nil)
	assert.Equal(t, 1, p.info.Polls)
	l.findDue(time.Now())
	assert.Empty(t, l.due)
}

// refusing is a router without a session.
type refusing struct{}

func (refusing) StartAll(context.Context, ...routeros.Command) ([]*routeros.Call, error) {
	return nil, errors.New("no session")
}

func (refusing) FailIfSilent(time.Time, error) bool { return false }

func (refusing) Logins() (int, <-chan struct{}) { return 1, nil }
