package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/go-routeros/routeros/v3"

	"github.com/aprakasa/mikronec/internal/bench"
)

// scriptInterval is that of the default stream.
const scriptInterval = 2 * time.Second

// script reads each router every two seconds until ctx ends, as scripts do: it logs in,
// reads what the default stream has, in full, and logs out. An error ends nothing; it is
// printed.
func script(ctx context.Context, addrs []string) error {
	var wg sync.WaitGroup
	for _, addr := range addrs {
		wg.Go(func() {
			if bench.Pause(ctx, rand.N(scriptInterval)) != nil {
				return
			}
			ticker := time.NewTicker(scriptInterval)
			defer ticker.Stop()
			for {
				if err := readOnce(addr); err != nil {
					fmt.Fprintln(os.Stderr, addr, err)
				}
				select {
				case <-ticker.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Wait()
	return nil
}

func readOnce(addr string) error {
	client, err := routeros.DialTimeout(addr, bench.DeviceUser, bench.DevicePassword, 10*time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for _, command := range []string{"/system/resource/print", "/ip/hotspot/active/print", "/ppp/active/print"} {
		if _, err := client.Run(command); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	return nil
}
