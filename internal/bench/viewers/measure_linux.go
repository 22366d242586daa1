package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// Routers whose events have about the size wanted: a PPP user is 190 bytes.
var (
	smallEvents = []string{"-board", "hex", "-ppp", "2", "-hotspot", "1", "-churn", "0"}
	largeEvents = []string{"-board", "hex", "-ppp", "95", "-hotspot", "1", "-churn", "0"}
)

var firstAddr = netip.MustParseAddr("127.4.0.1")

// noLimits lets all viewers come with one key from one address.
var noLimits = []string{"KEY_STREAMS=0", "KEY_REQUESTS=0", "ADDRESS_REQUESTS=0", "ADDRESS_CONNECTIONS=0"}

// figures are what one server did for its viewers.
type figures struct {
	cpu    time.Duration   // of the server, for a million deliveries
	size   int             // bytes of an event
	spread []time.Duration // from the first to the last viewer, of each event
	lost   int             // events that a viewer did not get
	events int
}

// deliveries measures the three servers with events of the same size.
func (s settings) deliveries(ctx context.Context, device []string) ([]bench.Row, error) {
	ours, err := s.mikronec(ctx, 1, device, s.time)
	if err != nil {
		return nil, err
	}
	raw, err := s.baseline(ctx, "raw", ours.size)
	if err != nil {
		return nil, err
	}
	// Once more, and the better of each: what else the machine does is no figure.
	again, err := s.mikronec(ctx, 1, device, s.time)
	if err != nil {
		return nil, err
	}
	rawAgain, err := s.baseline(ctx, "raw", ours.size)
	if err != nil {
		return nil, err
	}
	ours, raw = better(ours, again), better(raw, rawAgain)
	handler, err := s.baseline(ctx, "handler", ours.size)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d viewers, events of %d bytes", s.viewers, ours.size)
	return []bench.Row{{
		Name:     "CPU of a million deliveries, " + what,
		Measured: fmt.Sprintf("%.1f s, %.2f of raw", ours.cpu.Seconds(), ratio(ours.cpu, raw.cpu)),
		Baseline: fmt.Sprintf("raw: %.1f s, net/http: %.1f s, %.2f of raw", raw.cpu.Seconds(), handler.cpu.Seconds(), ratio(handler.cpu, raw.cpu)),
		Goal:     "1.2 of raw",
	}, {
		Name:     "first to last viewer of an event, p50, " + what,
		Measured: fmt.Sprintf("%s, %.2f of raw", bench.Millis(bench.Median(ours.spread)), ratio(bench.Median(ours.spread), bench.Median(raw.spread))),
		Baseline: fmt.Sprintf("raw: %s, net/http: %s", bench.Millis(bench.Median(raw.spread)), bench.Millis(bench.Median(handler.spread))),
		Goal:     "1.5 of raw",
	}, {
		Name:     "first to last viewer of an event, p99, " + what,
		Measured: bench.Millis(bench.Quantile(ours.spread, 0.99)),
		Baseline: fmt.Sprintf("raw: %s, net/http: %s", bench.Millis(bench.Quantile(raw.spread, 0.99)), bench.Millis(bench.Quantile(handler.spread, 0.99))),
	}}, nil
}

func better(a, b figures) figures {
	if b.cpu < a.cpu {
		return b
	}
	return a
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// mikronec measures the server with viewers of some routers on one stream.
func (s settings) mikronec(ctx context.Context, routers int, device []string, long time.Duration) (f figures, err error) {
	devices, server, err := s.start(ctx, routers, device, "POLL_INTERVAL="+rate.String())
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM), devices.Close()) }()
	return s.viewed(ctx, server.Process, server.Addr, "/sse?router=*", long)
}

func (s settings) start(ctx context.Context, routers int, device []string, env ...string) (*bench.Devices, *bench.Server, error) {
	devices, err := bench.Play(s.binary, firstAddr, routers, device...)
	if err != nil {
		return nil, nil, err
	}
	server, err := bench.Serve(s.binary, append(env, noLimits...)...)
	if err != nil {
		return nil, nil, errors.Join(err, devices.Close())
	}
	if err := server.ConnectAll(ctx, devices.Addrs, 0); err != nil {
		return nil, nil, errors.Join(err, server.Stop(syscall.SIGTERM), devices.Close())
	}
	return devices, server, nil
}

func (s settings) baseline(ctx context.Context, kind string, size int) (f figures, err error) {
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	addr := make(chan string, 1)
	server, err := bench.Start(nil, func(line string) {
		if at, ok := strings.CutPrefix(line, "listening "); ok {
			addr <- at
			return
		}
		fmt.Fprintln(os.Stderr, kind+":", line)
	}, self, "-serve", kind, "-size", strconv.Itoa(size), "-viewers", strconv.Itoa(s.viewers))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM)) }()
	select {
	case at := <-addr:
		return s.viewed(ctx, server, at, "/", s.time)
	case <-time.After(10 * time.Second):
		return f, errors.New("the baseline does not listen")
	}
}

// crowdOf starts the viewers as a process of their own. accounts gets what they
// print; the newest one replaces one that nobody took.
func (s settings) crowdOf(addr, path string, count int) (*bench.Process, <-chan account, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	accounts := make(chan account, 1)
	var mu sync.Mutex
	p, err := bench.Start(nil, func(line string) {
		var a account
		if json.Unmarshal([]byte(line), &a) != nil {
			fmt.Fprintln(os.Stderr, "viewers:", line)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		select {
		case <-accounts:
		default:
		}
		accounts <- a
	}, self, "-load", addr, "-path", path, "-viewers", strconv.Itoa(count))
	return p, accounts, err
}

// warmUp is how long viewers are there before anything is measured.
const warmUp = 5 * time.Second

// viewed lets the viewers come and measures the server while they are there.
func (s settings) viewed(ctx context.Context, server *bench.Process, addr, path string, long time.Duration) (f figures, err error) {
	crowd, accounts, err := s.crowdOf(addr, path, s.viewers)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, crowd.Stop(syscall.SIGTERM)) }()
	if _, err := next(ctx, accounts, 90*time.Second); err != nil {
		return f, fmt.Errorf("the viewers do not come: %w", err)
	}
	if err := bench.Pause(ctx, warmUp); err != nil {
		return f, err
	}
	events := make(map[uint64]hit)
	var first, last account
	var before, after bench.Usage
	for began := time.Now(); time.Since(began) < long || len(events) < 3; {
		a, err := next(ctx, accounts, 20*time.Second)
		if err != nil {
			return f, err
		}
		u, err := server.Usage()
		if err != nil {
			return f, err
		}
		if a.Open != s.viewers {
			return f, fmt.Errorf("%d of %d viewers are left", a.Open, s.viewers)
		}
		if first.Open == 0 {
			first, before = a, u
		}
		last, after = a, u
		maps.Copy(events, a.Events)
	}
	n := last.Delivered - first.Delivered
	if n == 0 {
		return f, errors.New("no event came")
	}
	f.cpu = time.Duration(float64(after.CPU-before.CPU) / float64(n) * 1e6)
	f.size = int((last.Bytes - first.Bytes) / n)
	f.judge(events, s.viewers, first, last)
	if len(f.spread) < 3 {
		return f, fmt.Errorf("only %d events came to all in time: measure longer, or with fewer viewers", len(f.spread))
	}
	return f, nil
}

// settled is how long an event may still be on its way to some viewers.
const settled = 3 * time.Second

// judge looks at the events that came whole between the two accounts.
func (f *figures) judge(events map[uint64]hit, viewers int, first, last account) {
	for id, h := range events {
		if _, early := first.Events[id]; early || h.First > last.At-settled.Nanoseconds() {
			continue
		}
		f.events++
		f.lost += max(0, viewers-h.Viewers)
		f.spread = append(f.spread, time.Duration(h.Last-h.First))
	}
}

func next(ctx context.Context, accounts <-chan account, patience time.Duration) (account, error) {
	select {
	case a := <-accounts:
		return a, nil
	case <-time.After(patience):
		return account{}, errors.New("the viewers report nothing")
	case <-ctx.Done():
		return account{}, context.Cause(ctx)
	}
}
