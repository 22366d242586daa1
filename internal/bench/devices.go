package bench

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The account of all simulated routers.
const (
	DeviceUser     = "admin"
	DevicePassword = "measured"
)

// devicesPerProcess keeps a process with a listener and a connection for each
// device below 20,000 descriptors.
const devicesPerProcess = 5000

// Devices are simulated routers in separate processes.
type Devices struct {
	Addrs     []string // host:port, one for each
	processes []*Process
}

// Play starts count simulated routers with the command sim of the program; args are its
// flags. They listen on consecutive loopback addresses from first on, on one port.
func Play(binary string, first netip.Addr, count int, args ...string) (*Devices, error) {
	d := &Devices{}
	for count > 0 {
		n := min(count, devicesPerProcess)
		if err := d.start(binary, first, n, args); err != nil {
			return nil, errors.Join(err, d.Close())
		}
		count -= n
		for range n {
			first = first.Next()
		}
	}
	return d, nil
}

func (d *Devices) start(binary string, first netip.Addr, count int, args []string) error {
	said := make(chan string, 16)
	args = append([]string{
		"sim", "-devices", strconv.Itoa(count), "-listen", netip.AddrPortFrom(first, 0).String(),
		"-user", DeviceUser, "-password", DevicePassword,
	}, args...)
	p, err := Start(nil, func(line string) {
		select {
		case said <- line:
		default: // nobody listens any more
		}
	}, binary, args...)
	if err != nil {
		return err
	}
	d.processes = append(d.processes, p)
	port := ""
	for patience := time.After(30 * time.Second); ; {
		select {
		case line := <-said:
			if _, rest, ok := strings.Cut(line, " on "); ok {
				addr, _, _ := strings.Cut(rest, ",")
				_, port, _ = net.SplitHostPort(addr)
			}
			if !strings.Contains(line, "device(s), started") {
				continue
			}
			for range count {
				d.Addrs = append(d.Addrs, net.JoinHostPort(first.String(), port))
				first = first.Next()
			}
			return nil
		case <-patience:
			return fmt.Errorf("the simulated routers did not start")
		}
	}
}

// Close ends the devices.
func (d *Devices) Close() error {
	var errs []error
	for _, p := range d.processes {
		errs = append(errs, p.Stop(syscall.SIGTERM))
	}
	return errors.Join(errs...)
}
