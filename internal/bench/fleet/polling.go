package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// intervalFor returns an interval with about the same number of polls per second for
// any number of routers: the cost of a poll is compared, not the load of the machine.
func (s settings) intervalFor(routers int) time.Duration {
	return max(500*time.Millisecond, time.Duration(routers)*time.Second/time.Duration(s.rate))
}

const cpuGoal = "200 us"

func (s settings) intervalEnv(routers int) []string {
	return []string{"POLL_INTERVAL=" + s.intervalFor(routers).String(), "SSE_WRITE_TIMEOUT=1h"}
}

// watched measures polls of all routers without the cost of viewers.
func (s settings) watched(ctx context.Context, server *bench.Server, interval time.Duration) ([]time.Duration, error) {
	stream, err := watchAll(server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	return s.cpu(ctx, server, interval)
}

// watchAll opens a stream of all routers that is never read, so the hub replaces each
// snapshot by the next one and writes nothing.
func watchAll(server *bench.Server) (net.Conn, error) {
	stream, err := server.Stream("/sse?router=*")
	if err != nil {
		return nil, err
	}
	if tcp, ok := stream.(*net.TCPConn); ok {
		if err := tcp.SetReadBuffer(4 << 10); err != nil { // full at once
			return nil, errors.Join(err, stream.Close())
		}
	}
	return stream, nil
}

// windows is the number of measurements of CPU, for the median.
const windows = 4

// warmUp is the time that is not measured: all routers are polled at once for the new
// viewer, memory is allocated, and the columns of the tables are learned.
func warmUp(interval time.Duration) time.Duration { return max(5*time.Second, 8*interval) }

// cpu returns the CPU time of a poll, in each of the windows.
func (s settings) cpu(ctx context.Context, server *bench.Server, interval time.Duration) ([]time.Duration, error) {
	if err := bench.Pause(ctx, warmUp(interval)); err != nil {
		return nil, err
	}
	var costs []time.Duration
	for range windows {
		polls0, err := polls(ctx, server)
		if err != nil {
			return nil, err
		}
		before, err := server.Usage()
		if err != nil {
			return nil, err
		}
		if err := bench.Pause(ctx, s.time/windows); err != nil {
			return nil, err
		}
		after, err := server.Usage()
		if err != nil {
			return nil, err
		}
		polls1, err := polls(ctx, server)
		if err != nil {
			return nil, err
		}
		if polls1 == polls0 {
			return nil, errors.New("nothing was polled")
		}
		costs = append(costs, (after.CPU-before.CPU)/time.Duration(polls1-polls0))
	}
	return costs, nil
}

// polls returns the number of polls of all routers so far.
func polls(ctx context.Context, server *bench.Server) (int, error) {
	list, err := server.Routers(ctx)
	sum := 0
	for _, r := range list {
		sum += r.LastPoll.Polls
		if r.State != "up" || r.LastPoll.Error != "" {
			return 0, fmt.Errorf("%s is %s: %s", r.RouterID, r.State, r.LastPoll.Error)
		}
	}
	return sum, err
}

func (s settings) cpuRow(routers int, how string, costs []time.Duration, baseline string) bench.Row {
	return bench.Row{
		Name:     fmt.Sprintf("CPU of a poll of 3 menus, 20 rows, %d routers, one each %v%s", routers, s.intervalFor(routers), how),
		Measured: fmt.Sprintf("%s (%s to %s)", bench.Micros(bench.Median(costs)), bench.Micros(bench.Quantile(costs, 0)), bench.Micros(bench.Quantile(costs, 1))),
		Baseline: baseline, Goal: cpuGoal,
	}
}

// polling measures polls of fewer routers; of the most among them also with a
// viewer for each, compared with the baselines.
func (s settings) polling(ctx context.Context) (rows []bench.Row, err error) {
	for i := len(s.sizes) - 2; i >= 0; i-- {
		more, err := s.pollingOf(ctx, s.sizes[i], i == len(s.sizes)-2)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func (s settings) pollingOf(ctx context.Context, routers int, whole bool) (rows []bench.Row, err error) {
	devices, server, err := s.start(ctx, routers, small, s.intervalEnv(routers)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(server, devices)) }()
	alone, err := s.watched(ctx, server, s.intervalFor(routers))
	if err != nil || !whole {
		return []bench.Row{s.cpuRow(routers, "", alone, "")}, err
	}
	viewed, err := s.viewed(ctx, server, routers)
	if err != nil {
		return nil, err
	}
	var baselines []string
	for _, kind := range []string{bareKind, libraryKind} {
		cost, _, err := s.runBaseline(ctx, baseline{kind: kind, addrs: devices.Addrs, interval: s.intervalFor(routers)})
		if err != nil {
			return nil, err
		}
		baselines = append(baselines, kind+": "+bench.Micros(cost))
	}
	return []bench.Row{
		s.cpuRow(routers, "", alone, baselines[0]+", "+baselines[1]),
		s.cpuRow(routers, ", a viewer for each", viewed, "without viewers: "+bench.Micros(bench.Median(alone))),
	}, nil
}

// viewed measures polls with a viewer for each router, who takes everything.
func (s settings) viewed(ctx context.Context, server *bench.Server, routers int) ([]time.Duration, error) {
	var streams []net.Conn
	defer func() {
		for _, stream := range streams {
			_ = stream.Close()
		}
	}()
	for i := range routers {
		stream, err := server.Stream("/sse/" + bench.RouterID(i))
		if err != nil {
			return nil, err
		}
		streams = append(streams, stream)
		go func() { _, _ = io.Copy(io.Discard, stream) }() // ends with the stream
	}
	return s.cpu(ctx, server, s.intervalFor(routers))
}

// libraryMemory is what a connection of go-routeros needs, in a process that
// does nothing else.
func (s settings) libraryMemory(ctx context.Context, addrs []string) (string, error) {
	count := min(1000, len(addrs)-1)
	_, usage, err := s.runBaseline(ctx, baseline{kind: libraryKind, addrs: addrs[1 : 1+count]})
	if err != nil {
		return "", err
	}
	_, one, err := s.runBaseline(ctx, baseline{kind: libraryKind, addrs: addrs[1:2]})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("go-routeros, %d connections alone: %.1f KiB", count, kib(usage.RSS-one.RSS, count-1)), nil
}

// runBaseline runs a baseline in a process of its own and returns what a poll
// cost, and what the process used at the end.
func (s settings) runBaseline(ctx context.Context, b baseline) (cost time.Duration, usage bench.Usage, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, usage, err
	}
	list, err := os.CreateTemp("", "routers")
	if err != nil {
		return 0, usage, err
	}
	defer func() { err = errors.Join(err, os.Remove(list.Name())) }()
	_, err = list.WriteString(strings.Join(b.addrs, "\n"))
	if err := errors.Join(err, list.Close()); err != nil {
		return 0, usage, err
	}
	type sample struct {
		polls int
		cpu   time.Duration
	}
	samples := make(chan sample, 1000)
	p, err := bench.Start(nil, func(line string) {
		var x sample
		if _, err := fmt.Sscan(line, &x.polls, &x.cpu); err != nil {
			fmt.Fprintln(os.Stderr, "baseline:", line)
			return
		}
		select {
		case samples <- x:
		default: // more than are needed
		}
	}, self, "-baseline", b.kind, "-routers", list.Name(), "-interval", b.interval.String())
	if err != nil {
		return 0, usage, err
	}
	defer func() { err = errors.Join(err, p.Stop(syscall.SIGTERM)) }()
	seconds := 4
	if b.interval > 0 {
		seconds = int((warmUp(b.interval) + s.time) / time.Second)
	}
	var first, last sample
	for i := range seconds + 1 {
		select {
		case last = <-samples:
		case <-time.After(time.Minute):
			return 0, usage, errors.New("the baseline says nothing")
		case <-ctx.Done():
			return 0, usage, context.Cause(ctx)
		}
		if time.Duration(i)*time.Second <= warmUp(b.interval) {
			first = last
		}
	}
	usage, err = p.Usage()
	if b.interval > 0 && last.polls > first.polls {
		cost = (last.cpu - first.cpu) / time.Duration(last.polls-first.polls)
	}
	return cost, usage, err
}
