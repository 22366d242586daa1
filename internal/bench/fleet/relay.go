package main

import (
	"bufio"
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
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// The smallest programs that do what /run does: a handler of net/http that reads the
// request, exchanges one command with the router and answers. They parse and check nothing.
const (
	relayKind        = "relay"         // the handler reads the answer of the router itself
	sessionRelayKind = "session-relay" // the reader of a session reads it, so that commands can share the connection
)

// relays are, by kind, what connects to a router and returns what exchanges one command.
var relays = map[string]func(ctx context.Context, router string, words []string) (exchange func() error, closing func() error, err error){
	relayKind: func(_ context.Context, router string, words []string) (exchange, closing func() error, err error) {
		b, err := dialBare(router)
		if err != nil {
			return nil, nil, err
		}
		sentence := proto.AppendSentence(nil, words...)
		var mu sync.Mutex
		return func() error {
			mu.Lock()
			defer mu.Unlock()
			return b.exchange(sentence, 1)
		}, b.conn.Close, nil
	},
	sessionRelayKind: func(ctx context.Context, router string, words []string) (exchange, closing func() error, err error) {
		s, err := routeros.Dial(ctx, router, routeros.TLS{}, routeros.Credentials{User: bench.DeviceUser, Password: bench.DevicePassword}, routeros.Options{})
		if err != nil {
			return nil, nil, err
		}
		return func() error {
			reply, err := s.Run(context.Background(), words...)
			if err == nil {
				reply.Release()
			}
			return err
		}, s.Close, nil
	},
}

// serveRelay prints its address and serves until ctx ends.
func serveRelay(ctx context.Context, kind, router string, words []string) error {
	exchange, closing, err := relays[kind](ctx, router, words)
	if err != nil {
		return err
	}
	defer func() { _ = closing() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if err := exchange(); err != nil {
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

// relayed is a relay in a process of its own, and a connection to it.
type relayed struct {
	process *bench.Process
	conn    net.Conn
	answers *bufio.Reader
}

// startRelay starts a relay of a kind and connects to it.
func startRelay(kind, router string, env []string) (*relayed, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr := make(chan string, 1)
	p, err := bench.Start(env, func(line string) {
		if at, ok := strings.CutPrefix(line, "listening "); ok {
			addr <- at
		} else {
			fmt.Fprintln(os.Stderr, kind+":", line)
		}
	}, self, "-baseline", kind, "-routers", router)
	if err != nil {
		return nil, err
	}
	select {
	case at := <-addr:
		conn, err := net.Dial("tcp", at)
		if err != nil {
			return nil, errors.Join(err, p.Stop(syscall.SIGTERM))
		}
		return &relayed{p, conn, bufio.NewReader(conn)}, nil
	case <-time.After(10 * time.Second):
		return nil, errors.Join(fmt.Errorf("the %s does not listen", kind), p.Stop(syscall.SIGTERM))
	}
}

func (r *relayed) close() error {
	return errors.Join(r.conn.Close(), r.process.Stop(syscall.SIGTERM))
}
