package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"

	"github.com/aprakasa/mikronec/internal/bench"
)

// startServer starts a server, connects the routers and opens the streams of the view.
func startServer(ctx context.Context, binary string, v view, addrs []string) (client, error) {
	server, err := bench.Serve(binary)
	if err != nil {
		return client{}, err
	}
	w := &watching{server: server}
	if err := w.open(ctx, v, addrs); err != nil {
		return client{}, errors.Join(err, w.stop())
	}
	return client{server.Usage, w.leave, w.stop}, nil
}

// watching is a server with its streams, which are read until stop.
type watching struct {
	server  *bench.Server
	streams []net.Conn
	read    sync.WaitGroup

	mu     sync.Mutex
	failed []error // streams that were refused or had no event; guarded by mu
}

func (w *watching) open(ctx context.Context, v view, addrs []string) error {
	if err := w.server.ConnectAll(ctx, addrs, 0); err != nil {
		return err
	}
	targets, err := v.targets(w.server, len(addrs))
	if err != nil {
		return err
	}
	for _, target := range targets {
		stream, err := w.server.Stream(target)
		if err != nil {
			return err
		}
		w.streams = append(w.streams, stream)
		w.read.Go(func() {
			if err := drain(stream); err != nil {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.failed = append(w.failed, fmt.Errorf("GET %s: %w", target, err))
			}
		})
	}
	return nil
}

// leave closes the streams. It may be called twice.
func (w *watching) leave() {
	for _, s := range w.streams {
		_ = s.Close()
	}
	w.read.Wait()
}

func (w *watching) stop() error {
	w.leave()
	err := w.server.Stop(syscall.SIGTERM)
	for _, line := range w.server.Log() {
		fmt.Fprintln(os.Stderr, "server:", line)
	}
	return errors.Join(errors.Join(w.failed...), err)
}

// drain reads the answer until the stream is closed. It is an error if there was no event.
func drain(stream net.Conn) error {
	resp, err := http.ReadResponse(bufio.NewReader(stream), nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		return &bench.StatusError{Status: resp.StatusCode, Body: string(body)}
	}
	events := 0
	lines := bufio.NewReaderSize(resp.Body, 64<<10)
	for first := true; ; {
		part, more, err := lines.ReadLine()
		if first && bytes.HasPrefix(part, []byte("data:")) {
			events++
		}
		if err != nil {
			break
		}
		first = !more
	}
	if events == 0 {
		return errors.New("no event")
	}
	return nil
}
