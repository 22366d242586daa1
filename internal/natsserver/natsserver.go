// Package natsserver starts real NATS servers for tests and for the demo: one node, or a
// cluster, each a process of its own on loopback, with JetStream in a folder that goes
// with it. The server is built from the module that .tools/go.mod pins.
package natsserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/engine"
)

// Limits of a start and a stop. The first build on a machine takes up to a minute.
const (
	buildPatience = 5 * time.Minute
	readyPatience = 30 * time.Second
	stopPatience  = 15 * time.Second
)

// Path builds the server unless Go's build cache has it, and returns its path.
var Path = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildPatience)
	defer cancel()
	gomod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(gomod))), ".tools", "go.mod")
	// With -n, go builds the tool and prints where it is.
	tool := exec.CommandContext(ctx, "go", "tool", "-modfile="+tools, "-n", "nats-server") // #nosec G204 -- the file of this repository
	tool.Env = engine.Static()
	out, err := tool.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build nats-server: %w: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n") // those before the last tell of downloads
	return lines[len(lines)-1], nil
})

// Node is one server. Its methods are for one goroutine at a time.
type Node struct {
	URL  string // nats://127.0.0.1:port, the same after a restart
	path string
	dir  string // of its configuration and its data
	http string // base address of its monitoring

	cmd    *exec.Cmd     // nil while it is not running
	exited chan struct{} // closed when cmd has ended
	log    *bytes.Buffer // of cmd; complete when exited is closed
}

// Options of a node or a cluster.
type Options struct {
	Dir    string // for data; it must exist
	Nodes  int    // 0 is 1
	Config string // lines of configuration in addition, such as users or TLS
	Scheme string // of URL; "" is nats
}

// portTries is how often Run chooses ports: between the choice and the start of a node,
// somebody else may take one.
const portTries = 3

// inUse is what a node says of a port that somebody else has.
const inUse = "address already in use"

// Run starts the nodes and waits until all of them are ready. When it fails, none runs.
func Run(o Options) (nodes []*Node, err error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	for range portTries {
		var ports []int
		if ports, err = freePorts(3 * max(o.Nodes, 1)); err != nil {
			return nil, err
		}
		if nodes, err = start(path, o, ports); err == nil || !strings.Contains(err.Error(), inUse) {
			break
		}
	}
	return nodes, err
}

func start(path string, o Options, ports []int) (nodes []*Node, err error) {
	defer func() {
		if err != nil {
			for _, n := range nodes {
				n.Kill()
			}
			nodes = nil
		}
	}()
	for i := range len(ports) / 3 {
		n, err := configure(o, path, i, ports)
		if err != nil {
			return nodes, err
		}
		if err := n.launch(); err != nil {
			return nodes, err
		}
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		if err := n.waitReady(); err != nil {
			return nodes, err
		}
	}
	return nodes, nil
}

// configure writes the configuration of node i, which has three of the ports: for clients,
// for monitoring and for the other nodes.
func configure(o Options, path string, i int, ports []int) (*Node, error) {
	scheme := o.Scheme
	if scheme == "" {
		scheme = "nats"
	}
	mine := ports[3*i : 3*i+3]
	n := &Node{
		URL:  fmt.Sprintf("%s://127.0.0.1:%d", scheme, mine[0]),
		http: fmt.Sprintf("http://127.0.0.1:%d", mine[1]),
		path: path, dir: filepath.Join(o.Dir, fmt.Sprint("node", i)),
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "server_name: node%d\nlisten: 127.0.0.1:%d\nhttp: 127.0.0.1:%d\nlame_duck_grace_period: 100ms\nlame_duck_duration: 30s\n", i, mine[0], mine[1])
	fmt.Fprintf(&b, "jetstream { store_dir: %q, max_memory_store: 256M, max_file_store: 1G }\n", n.dir)
	if len(ports) > 3 {
		var routes []string
		for j := 2; j < len(ports); j += 3 {
			routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[j]))
		}
		fmt.Fprintf(&b, "cluster { name: test, listen: \"127.0.0.1:%d\", routes: [%s] }\n", mine[2], strings.Join(routes, ", "))
	}
	b.WriteString(o.Config)
	return n, os.WriteFile(filepath.Join(n.dir, "nats.conf"), []byte(b.String()), 0o600)
}

// freePorts returns ports of loopback that were free a moment ago.
func freePorts(n int) (ports []int, err error) {
	for len(ports) < n {
		free, err := bench.FreeAddr()
		if err != nil {
			return nil, err
		}
		addr, err := netip.ParseAddrPort(free)
		if err != nil {
			return nil, err
		}
		if port := int(addr.Port()); !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports, nil
}

// Restart starts a node that was killed or stopped, with the data that it had, and waits
// until it is ready.
func (n *Node) Restart() error {
	if err := n.launch(); err != nil {
		return err
	}
	return n.waitReady()
}

func (n *Node) launch() error {
	n.log, n.exited = new(bytes.Buffer), make(chan struct{})
	cmd := exec.Command(n.path, "-c", filepath.Join(n.dir, "nats.conf")) // #nosec G204 -- the server that was built
	cmd.Stdout, cmd.Stderr = n.log, n.log
	cmd.SysProcAttr = childAttributes()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start nats-server: %w", err)
	}
	n.cmd = cmd
	go func(exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(n.exited)
	return nil
}

// waitReady waits until the node says that JetStream takes requests.
func (n *Node) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), readyPatience)
	defer cancel()
	for {
		if n.healthy(ctx) {
			return nil
		}
		select {
		case <-n.exited:
			return fmt.Errorf("nats-server ended: %s", n.log)
		case <-ctx.Done():
			n.Kill()
			return fmt.Errorf("nats-server is not ready after %v: %s", readyPatience, n.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (n *Node) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.http+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Kill ends the node as a power cut would, and waits for its end. Its data stays.
func (n *Node) Kill() {
	if n.cmd != nil {
		_ = n.cmd.Process.Kill()
		<-n.exited
		n.cmd = nil
	}
}

// Stop ends the node in order, and waits for its end.
func (n *Node) Stop() error {
	if n.cmd == nil {
		return nil
	}
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.exited:
		n.cmd = nil
		return nil
	case <-time.After(stopPatience):
		n.Kill()
		return errors.New("nats-server did not stop, and was killed")
	}
}

// Store is the folder of the data, which may be changed while the node is not running.
func (n *Node) Store() string { return filepath.Join(n.dir, "jetstream") }

// PID is the process of a node that runs.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Log returns what a node has written that is not running any more.
func (n *Node) Log() string {
	if n.cmd != nil {
		return "the node is running"
	}
	return n.log.String()
}
