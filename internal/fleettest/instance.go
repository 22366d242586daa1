package fleettest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// readyPatience is how long an instance may take to be ready.
const readyPatience = 120 * time.Second

// Instance is a process of the program. Its methods are for one goroutine at a time, but
// for requests to it.
type Instance struct {
	Name string
	Base string // URL, the same after a restart
	NATS *Proxy // before NATS; nil with several nodes, whose addresses NATS tells

	binary string
	env    []string
	log    io.Writer // nil for none

	process *bench.Process
	exited  chan struct{} // closed when the process has ended

	mu   sync.Mutex
	said []string // lines of the log; guarded by mu
}

func newInstance(name string, shared []string, nodes []*natsserver.Node, o Options) (*Instance, error) {
	addr, err := bench.FreeAddr()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	in := &Instance{Name: name, Base: "http://" + addr, binary: o.Binary, log: o.Log}
	url := natsserver.URLs(nodes)
	if len(nodes) == 1 {
		if in.NATS, err = NewProxy(strings.TrimPrefix(url, "nats://")); err != nil {
			return nil, err
		}
		url = "nats://" + in.NATS.Addr()
	}
	in.env = append([]string{"PORT=" + port, "NATS_URL=" + url, "INSTANCE=" + name}, shared...)
	return in, nil
}

// Start starts the process and waits until it is ready.
func (in *Instance) Start(ctx context.Context) error {
	var err error
	in.process, err = bench.Start(in.env, in.heard, in.binary)
	if err != nil {
		return err
	}
	in.exited = make(chan struct{})
	go func(p *bench.Process, exited chan struct{}) { // ends with the process
		_ = p.Wait()
		close(exited)
	}(in.process, in.exited)
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for {
		if status, _, err := in.Do(ctx, http.MethodGet, "/readyz", nil); err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-in.exited:
			return fmt.Errorf("the instance %s has ended: %s", in.Name, in.Log())
		case <-ctx.Done():
			return fmt.Errorf("the instance %s is not ready: %s", in.Name, in.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (in *Instance) heard(line string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.said = append(in.said, line)
	if in.log != nil {
		_, _ = fmt.Fprintf(in.log, "%s %s\n", in.Name, line)
	}
}

// Log is what the instance has logged, also before a restart.
func (in *Instance) Log() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return strings.Join(in.said, "\n")
}

// Alive reports whether the process runs, or stands still.
func (in *Instance) Alive() bool {
	if in.exited == nil {
		return false
	}
	select {
	case <-in.exited:
		return false
	default:
		return true
	}
}

// PID is the number of the process.
func (in *Instance) PID() int { return in.process.PID() }

// Signal sends a signal to the process.
func (in *Instance) Signal(s os.Signal) error { return in.process.Signal(s) }

// Exited is closed when the process has ended.
func (in *Instance) Exited() <-chan struct{} { return in.exited }

// Kill ends the process at once, and waits for its end.
func (in *Instance) Kill() {
	if in.Alive() {
		_ = in.Signal(syscall.SIGKILL)
		<-in.exited
	}
}

func (in *Instance) close() {
	if in.NATS != nil {
		in.NATS.Close()
	}
}

// httpClient keeps no connections: instances are killed.
var httpClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

// Do sends a request with the key; a body is sent as JSON, nil for none.
func (in *Instance) Do(ctx context.Context, method, path string, body any) (status int, answer []byte, err error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, in.Base+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-API-Key", Key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, errors.Join(err, resp.Body.Close())
}

// Get reads an answer into a value.
func (in *Instance) Get(ctx context.Context, path string, into any) error {
	status, answer, err := in.Do(ctx, http.MethodGet, path, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s at the instance %s: status %d: %s", path, in.Name, status, answer)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// connectPatience is how long Connect tries again where the fleet is not settled.
const connectPatience = 60 * time.Second

// Connect registers a router, whose session is at whichever instance. It tries again where
// the answer is to do so.
func (in *Instance) Connect(ctx context.Context, r *Router) error {
	for late := time.Now().Add(connectPatience); ; {
		status, answer, err := in.Do(ctx, http.MethodPost, "/connect", map[string]string{"router_id": r.ID, "host": r.Addr, "user": User, "pass": Password})
		switch {
		case err != nil:
			return fmt.Errorf("connect %s at the instance %s: %w", r.ID, in.Name, err)
		case status == http.StatusOK:
			return nil
		case status != http.StatusServiceUnavailable || time.Now().After(late):
			return fmt.Errorf("connect %s at the instance %s: status %d: %s", r.ID, in.Name, status, answer)
		}
		if err := bench.Pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// Run runs a command.
func (in *Instance) Run(ctx context.Context, routerID string, args ...string) (status int, answer []byte, err error) {
	return in.Do(ctx, http.MethodPost, "/run", map[string]any{"router_id": routerID, "args": args})
}

// Owner returns the name of the instance that has the session of a router.
func (in *Instance) Owner(ctx context.Context, routerID string) (string, error) {
	status, answer, err := in.Do(ctx, http.MethodGet, "/routers/"+routerID, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, answer)
	}
	if err != nil {
		return "", err
	}
	var router struct{ Data struct{ Instance string } }
	err = json.Unmarshal(answer, &router)
	return router.Data.Instance, err
}
