package notify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/register"
)

// recorder is a sender that records: what is tested here is when and in which order
// messages go out.
type recorder struct {
	mu   sync.Mutex
	sent []Message   // delivered; guarded by mu
	at   []time.Time // of every attempt
	fail func(n int, m Message) error
}

func (r *recorder) send(_ context.Context, m Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
	if r.fail != nil {
		if err := r.fail(len(r.at), m); err != nil {
			return err
		}
	}
	r.sent = append(r.sent, m)
	return nil
}

// attempts are the times of all attempts.
func (r *recorder) attempts() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.at)
}

// messages are the delivered ones, each as the ids of its transitions.
func (r *recorder) messages() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.sent {
		var ids strings.Builder
		for _, t := range m.Items {
			ids.WriteString(" " + t.ID)
		}
		list = append(list, ids.String()[1:])
	}
	return list
}

func single(r *recorder) *Receiver {
	return &Receiver{Name: "x", Kind: "test", sender: r, retries: []time.Duration{5 * time.Second, time.Minute}}
}

func grouped(r *recorder) *Receiver {
	one := single(r)
	one.grouped, one.retries = true, chatRetries
	return one
}

// numbered is a transition of a router with this id.
func numbered(router, id string, status alert.Status) alert.Transition {
	t := down(router)
	t.ID, t.Status, t.Group = id, status, 30*time.Second
	return t
}

// Routers that go down within the time of the group are one message, and those that come
// back another.
func TestManyRoutersAreOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		o, _, _, stop := run(t, register.NewMemory(), grouped(r))
		defer stop()
		for i := range 4 {
			o.Tell(numbered(fmt.Sprint(i), fmt.Sprint("d", i), alert.Firing))
			time.Sleep(9 * time.Second)
		}
		o.Tell(numbered("0", "u0", alert.Resolved))
		o.Tell(numbered("4", "d4", alert.Firing))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"d0 d1 d2 d3", "u0", "d4"}, r.messages())
	})
}

// While a transition waits for its next attempt, those of its router wait too, and others
// do not. A receiver that is back gets everything at once.
func TestOrderWithinARouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(_ int, m Message) error {
			if m.Items[0].ID == "a1" && time.Since(began2) < 50*time.Second {
				return &Failure{Text: "status 400", Refused: true}
			}
			return nil
		}}
		began2 = time.Now()
		o, _, _, stop := run(t, register.NewMemory(), single(r))
		defer stop()
		for _, id := range []string{"a1", "b1", "a2", "b2"} {
			o.Tell(numbered(id[:1], id, alert.Event))
		}
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"b1", "b2"}, r.messages())
		time.Sleep(5 * time.Minute)
		assert.Equal(t, []string{"b1", "b2", "a1", "a2"}, r.messages())
	})
}

var began2 time.Time

// A receiver that is away gets few attempts, by the table, with a pause that grows; after
// the last one the message is given up.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(int, Message) error { return &Failure{Text: "connection refused"} }}
		one := single(r)
		one.retries = webhookRetries
		o, _, log, stop := run(t, register.NewMemory(), one)
		defer stop()
		start := time.Now()
		o.Tell(numbered("a", "a1", alert.Event))
		time.Sleep(100 * time.Hour)
		synctest.Wait()
		at := r.attempts()
		require.Len(t, at, 10)
		waits := []time.Duration{0}
		for i := 1; i < len(at); i++ {
			waits = append(waits, at[i].Sub(at[i-1]))
			assert.InEpsilon(t, webhookRetries[i-1].Seconds(), waits[i].Seconds(), 0.11)
		}
		assert.WithinDuration(t, start, at[0], time.Second)
		stats := o.Stats()[0]
		assert.Equal(t, uint64(1), stats.GivenUp)
		assert.Equal(t, uint64(10), stats.Failed)
		assert.Zero(t, stats.Queued)
		assert.Contains(t, log.String(), "given_up=1")
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(n int, _ Message) error {
			if n == 1 {
				return &Failure{Text: "status 429", After: 10 * time.Minute}
			}
			return nil
		}}
		o, _, _, stop := run(t, register.NewMemory(), single(r))
		defer stop()
		o.Tell(numbered("a", "a1", alert.Event))
		o.Tell(numbered("b", "b1", alert.Event))
		time.Sleep(time.Hour)
		at := r.attempts()
		require.Len(t, at, 3)
		assert.GreaterOrEqual(t, at[1].Sub(at[0]), 10*time.Minute)
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		one := single(r)
		one.limits = []rate{{1, time.Second}, {20, time.Minute}}
		o, _, _, stop := run(t, register.NewMemory(), one)
		defer stop()
		for i := range 60 {
			o.Tell(numbered(fmt.Sprint(i), fmt.Sprint(i), alert.Event))
		}
		time.Sleep(10 * time.Minute)
		at := r.attempts()
		require.Len(t, at, 60)
		for i := 1; i < 60; i++ {
			assert.GreaterOrEqual(t, at[i].Sub(at[i-1]), time.Second)
			if i >= 20 {
				assert.GreaterOrEqual(t, at[i].Sub(at[i-20]), time.Minute)
			}
		}
	})
}

// Limits count from the answer: however long messages are on their way, the receiver gets
// no more of them.
func TestLimitsCountFromTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(int, Message) error { time.Sleep(500 * time.Millisecond); return nil }}
		one := single(r)
		one.limits = []rate{{1, time.Second}}
		o, _, _, stop := run(t, register.NewMemory(), one)
		defer stop()
		for i := range 10 {
			o.Tell(numbered(fmt.Sprint(i), fmt.Sprint(i), alert.Event))
		}
		time.Sleep(time.Minute)
		at := r.attempts()
		require.Len(t, at, 10)
		for i := 1; i < 10; i++ {
			assert.GreaterOrEqual(t, at[i].Sub(at[i-1]), 1500*time.Millisecond)
		}
	})
}

// A queue that is full loses what is least important, and the next message says so.
func TestAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		r := &recorder{fail: func(int, Message) error {
			if !back.Load() {
				return &Failure{Text: "connection refused"}
			}
			return nil
		}}
		o, _, _, stop := run(t, register.NewMemory(), grouped(r))
		defer stop()
		for i := range maxQueued - 10 {
			o.Tell(numbered(fmt.Sprint(i), fmt.Sprint(i), alert.Firing))
		}
		for i := range 20 {
			o.Tell(numbered("e", fmt.Sprint("e", i), alert.Event))
		}
		time.Sleep(time.Second)
		stats := o.Stats()[0]
		assert.Equal(t, maxQueued, stats.Queued)
		assert.Equal(t, uint64(10), stats.Dropped)
		back.Store(true)
		time.Sleep(20 * time.Minute)
		r.mu.Lock()
		defer r.mu.Unlock()
		assert.Equal(t, 10, r.sent[0].Lost)
		assert.Zero(t, r.sent[1].Lost)
		n := 0
		for _, m := range r.sent {
			n += len(m.Items)
		}
		assert.Equal(t, maxQueued, n)
	})
}

// What was not delivered when the program ended is delivered by the next one, with the
// same ids, and what fires is known.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.db")
	open := func() *register.File {
		f, err := register.OpenFile(path)
		require.NoError(t, err)
		return f
	}
	f := open()
	r := &recorder{fail: func(int, Message) error { return &Failure{Text: "connection refused"} }}
	o, firing, _, stop := run(t, f, single(r))
	assert.Empty(t, firing)
	o.Tell(numbered("a", "a-firing", alert.Firing))
	o.Tell(numbered("b", "b-firing", alert.Firing))
	o.Tell(numbered("b", "b-resolved", alert.Resolved))
	o.Tell(numbered("c", "c-event", alert.Event))
	require.Eventually(t, func() bool { return o.Stats()[0].Failed >= 1 && len(o.queues["x"].all()) == 4 }, 10*time.Second, time.Millisecond)
	stop()
	require.NoError(t, f.Close())

	f = open()
	r = &recorder{}
	o, firing, _, stop = run(t, f, single(r))
	require.Len(t, firing, 1)
	assert.Equal(t, "a", firing[0].RouterID)
	require.Eventually(t, func() bool { return len(r.messages()) == 4 }, 10*time.Second, time.Millisecond)
	assert.ElementsMatch(t, []string{"a-firing", "b-firing", "b-resolved", "c-event"}, r.messages())
	stop()
	list, err := f.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1, "only what fires is left")
	require.NoError(t, f.Close())
	_ = o
}

// Of two instances that see the same alert, one tells, and the one that sends sends it
// once, whoever told it.
func TestTwoInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		a, b := &recorder{}, &recorder{}
		var sender atomic.Bool // the second one
		first, _, _, stop := runIf(t, store, func() bool { return !sender.Load() }, single(a))
		defer stop()
		second, _, _, stop2 := runIf(t, store, sender.Load, single(b))
		defer stop2()
		time.Sleep(time.Second)
		both := func(status alert.Status) {
			for i := range 50 {
				one := numbered(fmt.Sprint(i), fmt.Sprint(i, status), status)
				one.Alert = fmt.Sprint("alert-", i)
				first.Tell(one)
				one.ID += "-other" // of another time at which it was seen
				second.Tell(one)
			}
			time.Sleep(time.Minute)
		}
		both(alert.Firing)
		assert.Len(t, a.messages(), 50)
		assert.Len(t, second.Fires(), 50)
		both(alert.Resolved)
		assert.Len(t, a.messages(), 100)
		assert.Empty(t, b.messages())
		assert.Empty(t, first.Fires())

		sender.Store(true)
		time.Sleep(2 * time.Second)
		both(alert.Firing)
		assert.Len(t, a.messages(), 100)
		assert.Len(t, b.messages(), 50)
		list, err := store.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, list, 51, "what fires, and the state of the receiver; nothing is owed")
	})
}

// What the instance that sends has queued, another one sends when it has to.
func TestAnotherInstanceTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		a, b := &recorder{fail: func(int, Message) error { return &Failure{Text: "connection refused"} }}, &recorder{}
		var sender atomic.Bool
		first, _, _, stop := runIf(t, store, func() bool { return !sender.Load() }, single(a))
		defer stop()
		second, _, _, stop2 := runIf(t, store, sender.Load, single(b))
		defer stop2()
		first.Tell(numbered("a", "1", alert.Firing))
		time.Sleep(time.Second)
		second.Tell(numbered("b", "2", alert.Event))
		time.Sleep(10 * time.Second)
		assert.NotEmpty(t, a.attempts())
		assert.Equal(t, 2, second.Stats()[0].Queued, "it waits in the fleet")
		assert.Equal(t, "failing", second.Stats()[0].State)
		assert.Equal(t, "connection refused", second.Stats()[0].LastError)
		sender.Store(true)
		time.Sleep(3 * time.Second)
		assert.ElementsMatch(t, []string{"1", "2"}, b.messages())
		n := len(a.attempts())
		time.Sleep(time.Hour)
		assert.Len(t, a.attempts(), n, "it no longer tries")
		assert.Zero(t, first.Stats()[0].Queued)
		assert.Equal(t, "ok", first.Stats()[0].State, "as the other one says")
	})
}

// An instance that cannot write sends itself what it tells, and nothing of others. When it
// can write again, what is left is for the one that sends.
func TestAnInstanceAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &away{Memory: register.NewMemory()}
		a, b := &recorder{}, &recorder{fail: func(n int, _ Message) error {
			if n == 2 {
				return &Failure{Text: "status 400", Refused: true}
			}
			return nil
		}}
		_, _, _, stop := runIf(t, store.Memory, func() bool { return true }, single(a))
		defer stop()
		alone, _, log, stop2 := runIf(t, store, func() bool { return false }, single(b))
		defer stop2()
		time.Sleep(time.Second)
		store.away.Store(true)
		alone.Tell(numbered("x", "1", alert.Event))
		alone.Tell(numbered("y", "2", alert.Event))
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"1"}, b.messages())
		assert.Contains(t, log.String(), "alerts are not kept")
		store.away.Store(false)
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"1"}, b.messages())
		assert.Equal(t, []string{"2"}, a.messages())
	})
}

// away is a store that cannot be written at times.
type away struct {
	*register.Memory
	away atomic.Bool
}

func (s *away) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if s.away.Load() {
		return 0, errors.New("there is no connection")
	}
	return s.Memory.Put(ctx, name, value, revision)
}

// A store that fails does not keep anybody from being told.
func TestAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		o, _, log, stop := run(t, broken{}, single(r))
		defer stop()
		o.Tell(numbered("a", "a1", alert.Firing))
		time.Sleep(time.Second)
		assert.Equal(t, []string{"a1"}, r.messages())
		assert.Contains(t, log.String(), "disk full")
		for i := range 100 {
			o.Tell(numbered("a", fmt.Sprint("e", i), alert.Event))
		}
		time.Sleep(time.Minute)
		assert.Len(t, r.messages(), 101)
		o.mu.Lock()
		defer o.mu.Unlock()
		assert.Len(t, o.entries, 1, "what fires; nothing is left of events that were sent")
	})
}

type broken struct{}

func (broken) Watch(ctx context.Context, _ map[string]uint64, _ func(register.Entry)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (broken) List(context.Context) ([]register.Entry, error) { return nil, nil }
func (broken) Put(context.Context, string, []byte, uint64) (uint64, error) {
	return 0, errors.New("disk full")
}
func (broken) Delete(context.Context, string, uint64) (uint64, error) {
	return 0, errors.New("disk full")
}

func TestReceiversThatChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &recorder{fail: func(int, Message) error { return &Failure{Text: "no"} }}, &recorder{}
		store := register.NewMemory()
		o, _, _, stop := run(t, store, single(a))
		defer stop()
		only := numbered("a", "a1", alert.Event)
		only.To = []string{"x"}
		o.Tell(only)
		time.Sleep(time.Second)
		other := single(b)
		other.Name = "y"
		o.Replace([]*Receiver{other})
		o.Tell(numbered("a", "a2", alert.Event))
		time.Sleep(time.Hour)
		assert.Equal(t, []string{"a2"}, b.messages(), "what was for another is not for it")
		list, err := store.List(t.Context())
		require.NoError(t, err)
		assert.Empty(t, list)
	})
}

// BenchmarkAQueueThatFills is a storm of alerts, which wait to be sent in groups.
func BenchmarkAQueueThatFills(b *testing.B) {
	for b.Loop() {
		q := newQueue(&Receiver{grouped: true}, nil)
		ctx, cancel := context.WithCancel(b.Context())
		var worker sync.WaitGroup
		worker.Go(func() { q.work(ctx) })
		for i := range maxQueued {
			q.add(&item{t: numbered(fmt.Sprint(i), fmt.Sprint(i), alert.Firing)})
		}
		cancel()
		worker.Wait()
	}
}
