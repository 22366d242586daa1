package main

import (
	"context"
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
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// relayKind is the smallest program that does what /run does: a handler of net/http that
// reads the request, exchanges one command with the router and answers. It parses and
// checks nothing.
const relayKind = "relay"

// serveRelay prints its address and serves until ctx ends.
func serveRelay(ctx context.Context, router string, words []string) error {
	b, err := dialBare(router)
	if err != nil {
		return err
	}
	defer func() { _ = b.conn.Close() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	sentence := proto.AppendSentence(nil, words...)
	var mu sync.Mutex
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		err := b.exchange(sentence, 1)
		mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"success":true,"data":[{"name":"router"}]}`)
	})}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	fmt.Println("listening", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// startRelay starts a relay in a process of its own and connects to it.
func startRelay(router string, env []string) (*bench.Process, net.Conn, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	addr := make(chan string, 1)
	p, err := bench.Start(env, func(line string) {
		if at, ok := strings.CutPrefix(line, "listening "); ok {
			addr <- at
		} else {
			fmt.Fprintln(os.Stderr, "relay:", line)
		}
	}, self, "-baseline", relayKind, "-routers", router)
	if err != nil {
		return nil, nil, err
	}
	select {
	case at := <-addr:
		conn, err := net.Dial("tcp", at)
		if err != nil {
			return nil, nil, errors.Join(err, p.Stop(syscall.SIGTERM))
		}
		return p, conn, nil
	case <-time.After(10 * time.Second):
		return nil, nil, errors.Join(errors.New("the relay does not listen"), p.Stop(syscall.SIGTERM))
	}
}
