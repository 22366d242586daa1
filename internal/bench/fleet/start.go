package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

const starts = 10

// starting measures the size of the program, the time from its start to its first
// answer, and its memory with ten routers connected.
func (s settings) starting(ctx context.Context) ([]bench.Row, error) {
	info, err := os.Stat(s.binary)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for range starts {
		began := time.Now()
		server, err := bench.Serve(s.binary)
		if err != nil {
			return nil, err
		}
		err = server.Get(ctx, "/readyz", nil)
		took = append(took, time.Since(began))
		if err := errors.Join(err, server.Stop(syscall.SIGTERM)); err != nil {
			return nil, err
		}
	}
	resident, err := s.resident(ctx)
	if err != nil {
		return nil, err
	}
	return []bench.Row{
		{Name: "size of the program", Measured: fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20)), Goal: "20 MiB"},
		{
			Name:     "from the start to the first answer, median of " + fmt.Sprint(starts),
			Measured: fmt.Sprintf("%s (%s to %s)", bench.Millis(bench.Median(took)), bench.Millis(bench.Quantile(took, 0)), bench.Millis(bench.Quantile(took, 1))),
			Goal:     "100 ms",
		},
		{Name: "resident memory with 10 routers connected", Measured: fmt.Sprintf("%.1f MiB", float64(resident)/(1<<20)), Goal: "25 MiB"},
	}, nil
}

func (s settings) resident(ctx context.Context) (bytes int64, err error) {
	devices, server, err := s.start(ctx, 10, small)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop(server, devices)) }()
	if err := bench.Pause(ctx, 5*time.Second); err != nil {
		return 0, err
	}
	usage, err := server.Usage()
	return usage.RSS, err
}
