package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// demoAlerts is the receiver of the demo: a server that prints the messages that it gets,
// and a file with the rules that are built in.
type demoAlerts struct {
	file   string
	server http.Server
	served sync.WaitGroup
}

// demoAlerts starts the receiver. It speaks the protocol of ntfy.
func (p *Program) demoAlerts() (*demoAlerts, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "mikronec-demo-*.yml")
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	_, err = fmt.Fprintf(file, "alerts: default\nreceivers:\n  terminal: {ntfy: {url: \"http://%s\", topic: demo}}\n", listener.Addr())
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, listener.Close(), os.Remove(file.Name()))
	}
	d := &demoAlerts{file: file.Name()}
	d.server = http.Server{Handler: http.HandlerFunc(p.printAlert), ReadHeaderTimeout: time.Second, ReadTimeout: 5 * time.Second}
	d.served.Go(func() { _ = d.server.Serve(listener) }) // until close
	return d, nil
}

// printAlert prints a message.
func (p *Program) printAlert(w http.ResponseWriter, r *http.Request) {
	var message struct{ Title, Message string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&message); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = fmt.Fprintf(p.Stdout, "\n*** %s\n%s\n", message.Title, message.Message)
}

func (d *demoAlerts) close() {
	_ = d.server.Close()
	d.served.Wait()
	_ = os.Remove(d.file)
}
