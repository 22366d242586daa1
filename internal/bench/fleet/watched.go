package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// sixteen is a router with 16 rows in the three topics that are watched.
var sixteen = []string{"-board", "hex", "-ppp", "11", "-hotspot", "4", "-churn", "0.1"}

const watchedRouters = 1000

// watchedTime is how long routers are watched before memory is measured: histories
// of changes have filled up, and tables have settled on their columns.
const watchedTime = 75 * time.Second

// memoryWatched measures the live heap and the goroutines for each router that is polled
// for one viewer of the changes of all routers.
func (s settings) memoryWatched(ctx context.Context) (rows []bench.Row, err error) {
	admin, err := bench.FreeAddr()
	if err != nil {
		return nil, err
	}
	devices, server, err := s.start(ctx, 1, sixteen, "ADMIN_ADDR="+admin)
	if err != nil {
		return nil, err
	}
	var more *bench.Devices
	defer func() { // the server first, as in growth
		err = errors.Join(err, stop(server, devices))
		if more != nil {
			err = errors.Join(err, more.Close())
		}
	}()
	if more, err = bench.Play(s.binary, firstAddr.Next(), watchedRouters, sixteen...); err != nil {
		return nil, err
	}
	stream, err := server.Stream("/sse?router=*&topics=hardware,hotspot_active,ppp_active&mode=delta")
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	go func() { _, _ = io.Copy(io.Discard, stream) }() // ends with the stream
	before, err := levelAfter(ctx, 5*time.Second, server, admin)
	if err != nil {
		return nil, err
	}
	if err := server.ConnectAll(ctx, append(devices.Addrs, more.Addrs...), 1); err != nil {
		return nil, err
	}
	after, err := levelAfter(ctx, watchedTime, server, admin)
	if err != nil {
		return nil, err
	}
	each := func(before, after int64) float64 { return float64(after-before) / watchedRouters }
	return []bench.Row{{
		Name:     fmt.Sprintf("live heap of a watched router, 16 rows, three topics as deltas, %d of them", watchedRouters),
		Measured: fmt.Sprintf("%.1f KiB (resident %.1f KiB)", each(before.heap, after.heap)/1024, each(before.RSS, after.RSS)/1024),
		Goal:     "32 KiB",
	}, {
		Name:     "goroutines of a watched router, its reader included",
		Measured: fmt.Sprintf("%.2f", each(before.goroutines, after.goroutines)),
		Goal:     "2",
	}}, nil
}

// level is what the server holds at one time.
type level struct {
	bench.Usage
	heap       int64 // bytes that live after a collection
	goroutines int64
}

func levelAfter(ctx context.Context, pause time.Duration, server *bench.Server, admin string) (l level, err error) {
	if err := bench.Pause(ctx, pause); err != nil {
		return l, err
	}
	if l.Usage, err = server.Usage(); err != nil {
		return l, err
	}
	if _, err = number(admin, "heap?gc=1&debug=1", "# HeapAlloc = "); err != nil { // pools keep things for one collection
		return l, err
	}
	if l.heap, err = number(admin, "heap?gc=1&debug=1", "# HeapAlloc = "); err != nil {
		return l, err
	}
	l.goroutines, err = number(admin, "goroutine?debug=1", "goroutine profile: total ")
	return l, err
}

// number returns the number in the line of a profile that begins with prefix.
func number(admin, profile, prefix string) (int64, error) {
	resp, err := (&http.Client{Timeout: time.Minute}).Get("http://" + admin + "/debug/pprof/" + profile)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
			return strconv.ParseInt(value, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no line %q", profile, prefix)
}
