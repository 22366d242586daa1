package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/sim"
)

var boards = map[string]func() sim.Personality{
	"hap":     sim.HAP,
	"hex":     sim.HEX,
	"ccr2004": sim.CCR2004,
	"chr":     sim.CHR,
}

const simUsage = `mikronec sim [flags]

Runs simulated RouterOS devices until it is interrupted.

`

// simFlags are the flags of mikronec sim.
type simFlags struct {
	listen  string
	devices int
	board   string
	options sim.Options
}

func parseSimFlags(args []string, f *flag.FlagSet) (simFlags, error) {
	var s simFlags
	f.StringVar(&s.listen, "listen", "127.0.0.1:8728", "`address` of the first device; port 0 for any free port")
	f.IntVar(&s.devices, "devices", 1, "number of devices; the others listen on the following addresses, same port")
	f.StringVar(&s.board, "board", "ccr2004", "hap (RouterOS 6), hex, ccr2004 or chr (RouterOS 7)")
	f.StringVar(&s.options.User, "user", "admin", "user that may log in")
	f.StringVar(&s.options.Password, "password", "", "password of that user")
	f.StringVar(&s.options.Identity, "identity", "MikroTik", "name of the router")
	f.IntVar(&s.options.PPPUsers, "ppp", 50, "PPP users at the start")
	f.IntVar(&s.options.HotspotUsers, "hotspot", 10, "hotspot users at the start")
	f.Float64Var(&s.options.Churn, "churn", 0.1, "share of the users that are replaced per minute")
	f.DurationVar(&s.options.Latency, "latency", 0, "latency added to each reply")
	f.Uint64Var(&s.options.Seed, "seed", 1, "seed of the random users; same seed, same users")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	board, ok := boards[s.board]
	switch {
	case !ok:
		return s, fmt.Errorf("unknown board %q; use hap, hex, ccr2004 or chr", s.board)
	case f.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case s.devices < 1 || s.devices > 60000:
		return s, fmt.Errorf("-devices must be from 1 to 60000")
	case s.options.PPPUsers < 0 || s.options.HotspotUsers < 0 || s.options.Churn < 0 || s.options.Latency < 0:
		return s, errors.New("-ppp, -hotspot, -churn and -latency must not be negative")
	}
	s.options.Personality = board()
	return s, nil
}

// sim runs simulated routers without the server, for developing frontends and for
// measurements with the routers in a separate process.
func (p *Program) sim(ctx context.Context, args []string) error {
	flags, err := parseSimFlags(args, p.flags("mikronec sim", simUsage))
	if err != nil {
		return err
	}
	var devices simulated
	defer devices.close()
	addr := flags.listen
	for i := range flags.devices {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		options := flags.options
		options.Seed += uint64(i)
		if flags.devices > 1 {
			options.Identity = fmt.Sprintf("%s-%d", options.Identity, i+1)
		}
		devices.serve(listener, options)
		if i == 0 {
			_, _ = fmt.Fprintf(p.Stdout, "simulated %s on %s, user %q\n", strings.ToUpper(flags.board), listener.Addr(), options.User)
			addr = listener.Addr().String() // the port that the system chose
		}
		if addr, err = nextAddr(addr); err != nil && i < flags.devices-1 {
			return err
		}
	}
	_, _ = fmt.Fprintf(p.Stdout, "%d device(s), started %s\n", flags.devices, time.Now().Format(time.TimeOnly))
	<-ctx.Done()
	return nil
}

// simulated are simulated routers that serve until close. The zero value has none.
type simulated struct {
	devices []*sim.Device
	serving sync.WaitGroup
}

// serve starts a router on the listener, which it closes in the end.
func (s *simulated) serve(l net.Listener, o sim.Options) {
	d := sim.New(o)
	s.devices = append(s.devices, d)
	s.serving.Go(func() { _ = d.Serve(l) }) // until close
}

// close ends the routers and waits for them.
func (s *simulated) close() {
	for _, d := range s.devices {
		d.Close()
	}
	s.serving.Wait()
}

// nextAddr is the next IP address with the same port.
func nextAddr(addr string) (string, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return "", fmt.Errorf("-listen must be an IP address for more than one device: %w", err)
	}
	return netip.AddrPortFrom(ap.Addr().Next(), ap.Port()).String(), nil
}
