package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// measure compares a server without rules, with those that are built in, and with 20 rules
// for every router. Nobody watches.
func (s settings) measure(ctx context.Context) error {
	devices, err := bench.Play(s.binary, netip.MustParseAddr("127.44.0.1"), s.routers, "-ppp", "50", "-hotspot", "0", "-board", "hex")
	if err != nil {
		return err
	}
	defer func() { _ = devices.Close() }()
	dir, err := os.MkdirTemp("", "mikronec-alerts-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Printf("%d routers with 50 PPP users, nobody watches, over %v\n", s.routers, s.time)
	for _, c := range []struct{ name, text string }{
		{"no rules", ""}, {"10 rules (alerts: default)", "alerts: default\n"}, {"20 rules", "rules:\n" + twenty()}, {"no rules", ""},
	} {
		var env []string
		if c.text != "" {
			path := filepath.Join(dir, "alerts.yml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				return err
			}
			env = []string{"ALERTS_FILE=" + path}
		}
		if err := s.one(ctx, c.name, devices, env); err != nil {
			return err
		}
	}
	return nil
}

// twenty are 20 rules that need all that the rules of a router usually need.
func twenty() string {
	var b strings.Builder
	add := func(when string) {
		fmt.Fprintf(&b, "  - {name: rule-%d, when: %s}\n", strings.Count(b.String(), "\n"), when)
	}
	for _, when := range []string{
		"router.down", "router.flapping", "router.rebooted", "router.login_refused", "router.certificate_refused",
		"cpu > 90", "cpu > 99", "memory > 90", "disk > 95", "temperature > 70", "voltage < 10",
		"users drops 30% in 1m", "users.ppp < 1", "users.hotspot > 500", "interface.down", "interface.rx > 1G", "interface.errors > 100 in 5m",
		"pool > 90", "poll.stretched", "login.failed > 5 in 10m",
	} {
		add(when)
	}
	return b.String()
}

func (s settings) one(ctx context.Context, name string, devices *bench.Devices, env []string) (err error) {
	server, err := bench.Serve(s.binary, env...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM)) }()
	if err := server.ConnectAll(ctx, devices.Addrs, 0); err != nil {
		return err
	}
	time.Sleep(time.Minute) // the first readings are whole ones
	before, err := server.Usage()
	if err != nil {
		return err
	}
	select {
	case <-time.After(s.time):
	case <-ctx.Done():
		return ctx.Err()
	}
	after, err := server.Usage()
	if err != nil {
		return err
	}
	cpu := (after.CPU - before.CPU).Seconds() / s.time.Seconds()
	fmt.Printf("%-28s CPU %.2f %% of a processor, memory %.1f MiB, %.1f KiB a router\n",
		name, 100*cpu, float64(after.RSS)/(1<<20), float64(after.RSS)/1024/float64(s.routers))
	return nil
}
