package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/fleettest"
)

const (
	// calm is how long after a kill everything is to be as before.
	calm = 35 * time.Second
	// resumes is how long after a kill a stream may have no event.
	resumes = 30 * time.Second
	// double is how long a router may have two sessions.
	double = time.Second
	// interval is the default of POLL_INTERVAL.
	interval = 2 * time.Second
	// users of each router at the start.
	users = 20
	// settled is how long ago a router must have changed for its viewers to be compared.
	settled = 8 * time.Second
)

// trial is one run of the program.
type trial struct {
	settings

	fleet   *fleettest.Fleet
	truth   map[string]*population // by router_id
	viewers []*viewer
	polls   map[string]*polled // by router_id
	compare int                // tables that were compared

	mu     sync.Mutex
	wrong  []string // guarded by mu
	resets int      // guarded by mu
	events int      // guarded by mu
	gaps   []time.Duration
}

// population are the PPP users of a router.
type population struct {
	mu      sync.Mutex
	names   map[string]bool // guarded by mu
	changed time.Time       // guarded by mu
	next    int             // guarded by mu
}

// polled counts the polls of a router while all instances live.
type polled struct {
	polls   int
	time    time.Duration
	windows int
	from    int // count at the begin of the window
}

// wrong reports whether there were more or fewer polls than one for each interval, to 5 %
// and one poll in each window.
func (p *polled) wrong() bool {
	due := p.time.Seconds() / interval.Seconds()
	return math.Abs(float64(p.polls)-due) > due/20+float64(p.windows)
}

func newTrial(s settings, f *fleettest.Fleet) *trial {
	t := &trial{settings: s, fleet: f, truth: make(map[string]*population), polls: make(map[string]*polled)}
	for _, r := range f.Routers {
		u := &population{names: make(map[string]bool)}
		t.truth[r.ID], t.polls[r.ID] = u, &polled{}
		for range users {
			t.come(r, u)
		}
	}
	return t
}

func (t *trial) violate(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if len(t.wrong) < 40 {
		fmt.Fprintln(os.Stderr, text)
	}
	t.wrong = append(t.wrong, text)
}

func (t *trial) come(r *fleettest.Router, u *population) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.next++
	name := fmt.Sprintf("user%d", u.next)
	r.AddPPP(name)
	u.names[name], u.changed = true, time.Now()
}

func (t *trial) leave(r *fleettest.Router, u *population) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for name := range u.names {
		r.RemovePPP(name)
		delete(u.names, name)
		u.changed = time.Now()
		return
	}
}

// change lets users come and go until ctx ends.
func (t *trial) change(ctx context.Context) {
	for bench.Pause(ctx, time.Second/time.Duration(t.changes)) == nil {
		r := t.fleet.Routers[rand.N(len(t.fleet.Routers))]
		if u := t.truth[r.ID]; rand.N(2) == 0 {
			t.come(r, u)
		} else {
			t.leave(r, u)
		}
	}
}

// play kills one instance after the other.
func (t *trial) play(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { t.change(ctx) })
	for n := range t.settings.viewers {
		t.viewers = append(t.viewers, t.newViewer(n))
	}
	defer func() {
		for _, v := range t.viewers {
			v.Close()
		}
	}()
	if err := bench.Pause(ctx, calm); err != nil {
		return err
	}
	for round := range int(t.time / t.every) {
		in := t.fleet.Instances[round%len(t.fleet.Instances)]
		began := time.Now()
		for _, v := range t.viewers {
			v.gaps() // from now on
		}
		in.Kill()
		if err := bench.Pause(ctx, 5*time.Second); err != nil {
			return err
		}
		if err := in.Start(ctx); err != nil { // as its supervisor would
			return err
		}
		if err := bench.Pause(ctx, time.Until(began.Add(resumes))); err != nil {
			return err
		}
		t.resumed()
		if err := bench.Pause(ctx, time.Until(began.Add(calm))); err != nil {
			return err
		}
		if err := t.window(ctx, began.Add(t.every)); err != nil {
			return err
		}
		t.compared()
		t.mu.Lock()
		fmt.Fprintf(os.Stderr, "%s killed: %d events, %d resets, %d tables compared, %d violations\n", in.Name, t.events, t.resets, t.compare, len(t.wrong))
		t.mu.Unlock()
	}
	return nil
}

// resumed checks that each stream had an event of each router since the kill, and records
// the longest time without one.
func (t *trial) resumed() {
	for _, v := range t.viewers {
		for id, p := range v.gaps() {
			if late := time.Since(p.last); late > 3*interval {
				t.violate("viewer %d has no event of %s for %v after a kill", v.number, id, late.Round(time.Second))
			}
			t.gaps = append(t.gaps, p.gap)
		}
	}
}

// window counts the polls until a time.
func (t *trial) window(ctx context.Context, until time.Time) error {
	count := func(r *fleettest.Router) int { return r.Stats().Commands["/system/resource/print"] }
	began := time.Now()
	for _, r := range t.fleet.Routers {
		t.polls[r.ID].from = count(r)
	}
	if err := bench.Pause(ctx, time.Until(until)); err != nil {
		return err
	}
	for _, r := range t.fleet.Routers {
		p := t.polls[r.ID]
		p.polls += count(r) - p.from
		p.time += time.Since(began)
		p.windows++
	}
	return nil
}

// compared compares what viewers have with what routers have.
func (t *trial) compared() {
	for _, v := range t.viewers {
		for _, r := range v.routers {
			u := t.truth[r.ID]
			u.mu.Lock()
			want, quiet := slices.Sorted(maps.Keys(u.names)), time.Since(u.changed) > settled
			u.mu.Unlock()
			if !quiet {
				continue
			}
			t.compare++
			got, reset := v.names(r.ID)
			switch {
			case !reset.IsZero() && time.Since(reset) > resumes:
				t.violate("viewer %d was told to forget the users of %s %v ago, and has none since", v.number, r.ID, time.Since(reset).Round(time.Second))
			case reset.IsZero() && !slices.Equal(want, got):
				t.violate("viewer %d has %d users of %s, which has %d", v.number, len(got), r.ID, len(want))
			}
		}
	}
}

// sessions checks what the routers have seen. The fleet has ended.
func (t *trial) sessions() error {
	for _, r := range t.fleet.Routers {
		if n := r.Stats().Sessions; n > 0 {
			t.violate("%s has %d sessions of a fleet that has ended", r.ID, n)
		}
		if most, longest := r.Overlap(); longest > double {
			t.violate("%s had %d sessions, more than one for %v", r.ID, most, longest.Round(time.Millisecond))
		}
		if p := t.polls[r.ID]; p.wrong() {
			t.violate("%s was polled %d times in %v", r.ID, p.polls, p.time.Round(time.Second))
		}
	}
	return nil
}

func (t *trial) report(w io.Writer) {
	slices.Sort(t.gaps)
	at := func(share float64) time.Duration {
		if len(t.gaps) == 0 {
			return 0
		}
		return t.gaps[int(share*float64(len(t.gaps)-1))].Round(100 * time.Millisecond)
	}
	rates := make([]float64, 0, len(t.polls))
	longest := time.Duration(0)
	for _, r := range t.fleet.Routers {
		if p := t.polls[r.ID]; p.time > 0 {
			rates = append(rates, float64(p.polls)*interval.Seconds()/p.time.Seconds())
		}
		_, d := r.Overlap()
		longest = max(longest, d)
	}
	slices.Sort(rates)
	_, _ = fmt.Fprintf(w, "| | |\n| --- | --- |\n| routers, instances, streams | %d, %d, %d |\n", t.routers, t.instances, t.settings.viewers)
	_, _ = fmt.Fprintf(w, "| kills | %d, one in %v |\n| events, resets | %d, %d |\n", int(t.time/t.every), t.every, t.events, t.resets)
	_, _ = fmt.Fprintf(w, "| longest time without an event after a kill, of each router in each stream | median %v, 99 %% %v, most %v |\n", at(0.5), at(0.99), at(1))
	if len(rates) > 0 {
		_, _ = fmt.Fprintf(w, "| polls for each interval, of each router | %.3f to %.3f |\n", rates[0], rates[len(rates)-1])
	}
	_, _ = fmt.Fprintf(w, "| two sessions at a router, longest | %v |\n| tables compared | %d |\n| violations | %d |\n", longest.Round(time.Millisecond), t.compare, len(t.wrong))
}
