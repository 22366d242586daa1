package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// memory is what viewers hold of the server's memory while nothing is sent.
func (s settings) memory(ctx context.Context) (rows []bench.Row, err error) {
	devices, server, err := s.start(ctx, 1, smallEvents, "POLL_INTERVAL=10m", "SSE_HEARTBEAT=10m")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM), devices.Close()) }()
	before, err := server.Usage()
	if err != nil {
		return nil, err
	}
	crowd, accounts, err := s.crowdOf(server.Addr, "/sse?router=*", s.idle)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, crowd.Stop(syscall.SIGTERM)) }()
	a, err := next(ctx, accounts, 2*time.Minute)
	if err == nil && a.Open != s.idle {
		err = fmt.Errorf("%d of %d viewers are left", a.Open, s.idle)
	}
	if err = errors.Join(err, bench.Pause(ctx, 10*time.Second)); err != nil {
		return nil, err
	}
	after, err := server.Usage()
	if err != nil {
		return nil, err
	}
	return []bench.Row{{
		Name:     fmt.Sprintf("resident memory of an idle viewer, %d of them", s.idle),
		Measured: fmt.Sprintf("%.1f KiB (server %d MiB)", float64(after.RSS-before.RSS)/1024/float64(s.idle), after.RSS>>20),
		Goal:     "4 KiB",
	}}, nil
}

// lost sends ten events a second, from five routers at two polls a second, and
// compares what is missing with what the server says that it left out.
func (s settings) lost(ctx context.Context) (rows []bench.Row, err error) {
	devices, server, err := s.start(ctx, 5, smallEvents, "POLL_INTERVAL="+rate.String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM), devices.Close()) }()
	f, err := s.viewed(ctx, server.Process, server.Addr, "/sse?router=*", s.long)
	if err != nil {
		return nil, err
	}
	counts, err := counters(ctx, server.Addr)
	if err != nil {
		return nil, err
	}
	return []bench.Row{{
		Name:     fmt.Sprintf("deliveries missing, %d viewers, %d events in %v", s.viewers, f.events, s.long),
		Measured: fmt.Sprintf("%d of %d; the server counts %.0f conflated and %.0f dropped of all it ever had", f.lost, f.events*s.viewers, counts["conflated"], counts["dropped"]),
		Goal:     "0, or conflated and counted",
	}}, nil
}

// counters reads what the server counts of events; labels are summed up.
func counters(ctx context.Context, addr string) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-API-Key", bench.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	counts := make(map[string]float64)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		name, _, _ = strings.Cut(name, "{")
		what, ok := strings.CutPrefix(name, "mikronec_events_")
		n, err := strconv.ParseFloat(value, 64)
		if ok && err == nil {
			counts[strings.TrimSuffix(what, "_total")] += n
		}
	}
	if _, ok := counts["conflated"]; !ok {
		return nil, errors.New("the server does not count what it conflates")
	}
	return counts, nil
}
