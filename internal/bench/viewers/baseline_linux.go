package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// rate is how often the baselines send, as the server does with the shortest
// interval that it allows.
const rate = 500 * time.Millisecond

const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

// frame is an event of that many bytes.
func frame(seq, size int) []byte {
	b := fmt.Appendf(nil, "id: baseline-%d\ndata: ", seq)
	return append(append(b, bytes.Repeat([]byte{'x'}, max(0, size-len(b)-2))...), "\n\n"...)
}

// serveRaw takes the viewers, then sends events: one write for each viewer, from
// one loop, the same bytes for all. There is no cheaper way to have as many
// connections; what a viewer does not take at once is lost.
func serveRaw(ctx context.Context, count, size int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	var files []int
	for range count {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			return err
		}
		if _, err := conn.Write([]byte(head)); err != nil {
			return err
		}
		file, err := conn.(*net.TCPConn).File() // a descriptor that the runtime does not watch
		if err != nil {
			return err
		}
		_ = conn.Close()
		fd, err := syscall.Dup(int(file.Fd()))
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		if err := syscall.SetNonblock(fd, true); err != nil {
			return err
		}
		files = append(files, fd)
	}
	ticker := time.NewTicker(rate)
	defer ticker.Stop()
	for seq := 1; ; seq++ {
		event := frame(seq, size)
		for _, fd := range files {
			_, _ = syscall.Write(fd, event)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// serveHandler is what most Go programs do: a handler for each viewer that waits
// for the next event, writes it and flushes.
func serveHandler(ctx context.Context, size int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	var mu sync.Mutex
	next, event := make(chan struct{}), []byte(nil) // guarded by mu; next is closed when event is new
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w)
		mu.Lock()
		wait := next
		mu.Unlock()
		_ = flush.Flush()
		for {
			select {
			case <-wait:
			case <-r.Context().Done():
				return
			}
			mu.Lock()
			b := event
			wait = next
			mu.Unlock()
			if _, err := w.Write(b); err != nil || flush.Flush() != nil {
				return
			}
		}
	})}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	ticker := time.NewTicker(rate)
	defer ticker.Stop()
	for seq := 1; ; seq++ {
		mu.Lock()
		event = frame(seq, size)
		close(next)
		next = make(chan struct{})
		mu.Unlock()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}
