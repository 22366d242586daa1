package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// growth connects more and more routers to one server and measures its memory, and then
// polls of all of them.
func (s settings) growth(ctx context.Context) (rows []bench.Row, err error) {
	most := s.sizes[len(s.sizes)-1]
	devices, server, err := s.start(ctx, 1, small, s.intervalEnv(most)...)
	if err != nil {
		return nil, err
	}
	var more *bench.Devices
	defer func() { // the server first: it has something to say of every router that goes
		err = errors.Join(err, stop(server, devices))
		if more != nil {
			err = errors.Join(err, more.Close())
		}
	}()
	base, err := settled(ctx, server) // with one router: the code for all of them is in memory
	if err != nil {
		return nil, err
	}
	if more, err = bench.Play(s.binary, firstAddr.Next(), most-1, small...); err != nil {
		return nil, err
	}
	addrs := append(devices.Addrs, more.Addrs...)
	library, err := s.libraryMemory(ctx, addrs)
	if err != nil {
		return nil, err
	}
	connected := 1
	for _, n := range s.sizes {
		if err := server.ConnectAll(ctx, addrs[:n], connected); err != nil {
			return nil, err
		}
		connected = n
		now, err := settled(ctx, server)
		if err != nil {
			return nil, err
		}
		rows = append(rows, bench.Row{
			Name:     fmt.Sprintf("memory of a connected, unwatched router, %d of them", n),
			Measured: fmt.Sprintf("%.1f KiB (server %.0f MiB)", kib(now.RSS-base.RSS, n-1), float64(now.RSS)/(1<<20)),
			Baseline: library, Goal: "24 KiB",
		})
	}
	cost, err := s.watched(ctx, server, s.intervalFor(most))
	if err != nil {
		return nil, err
	}
	bare, _, err := s.runBaseline(ctx, baseline{kind: bareKind, addrs: addrs[:most], interval: s.intervalFor(most)})
	if err != nil {
		return nil, err
	}
	return append(rows, s.cpuRow(most, "", cost, bareKind+": "+bench.Micros(bare))), nil
}

func kib(bytes int64, routers int) float64 { return float64(bytes) / 1024 / float64(routers) }

// settled returns the usage of the server some time after connecting has ended.
func settled(ctx context.Context, server *bench.Server) (bench.Usage, error) {
	if err := bench.Pause(ctx, 3*time.Second); err != nil {
		return bench.Usage{}, err
	}
	return server.Usage()
}
