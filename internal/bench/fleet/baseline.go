package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-routeros/routeros/v3"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// baseline is a program without a server that polls the same routers: the minimum cost
// of a poll, or the cost with the library go-routeros.
type baseline struct {
	kind     string   // bare or go-routeros
	addrs    []string // of the routers
	file     string   // with the addresses, for the process of the baseline
	interval time.Duration
}

// The kinds of baselines.
const (
	bareKind    = "bare"        // the three commands in one write, sentences counted and discarded
	libraryKind = "go-routeros" // one command after the other, rows to maps to JSON
)

// run polls until ctx ends, with one goroutine for each router. Each second it prints
// the number of polls and the CPU time of the process so far.
func (b baseline) run(ctx context.Context) error {
	dial, ok := map[string]func(addr string) (func() error, error){bareKind: barePolls, libraryKind: libraryPolls}[b.kind]
	text, err := os.ReadFile(b.file)
	if err != nil || !ok {
		return fmt.Errorf("-baseline %s: %w", b.kind, cmp.Or(err, errors.ErrUnsupported))
	}
	var polls []func() error
	for addr := range strings.FieldsSeq(string(text)) {
		poll, err := dial(addr)
		if err != nil {
			return err
		}
		polls = append(polls, poll)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	if b.interval > 0 {
		for _, poll := range polls {
			wg.Go(func() { b.repeat(ctx, cancel, poll, &done) })
		}
	}
	for {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			return err
		}
		fmt.Println(done.Load(), u.Utime.Nano()+u.Stime.Nano())
		if bench.Pause(ctx, time.Second) != nil {
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}
	}
}

// repeat polls at the interval, after a random part of it.
func (b baseline) repeat(ctx context.Context, cancel context.CancelCauseFunc, poll func() error, done *atomic.Int64) {
	if bench.Pause(ctx, rand.N(b.interval)) != nil {
		return
	}
	ticker := time.NewTicker(b.interval)
	defer ticker.Stop()
	for {
		if err := poll(); err != nil {
			cancel(err)
			return
		}
		done.Add(1)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// pollWords are the commands of a poll, as the server sends them.
func pollWords() [][]string {
	var list [][]string
	for _, m := range []*menu.Menu{menu.Resource, menu.HotspotActive, menu.PPPActive} {
		list = append(list, []string{m.Print(), "=.proplist=" + strings.Join(m.Fields, ",")})
	}
	return list
}

func libraryPolls(addr string) (func() error, error) {
	client, err := routeros.DialTimeout(addr, bench.DeviceUser, bench.DevicePassword, 10*time.Second)
	if err != nil {
		return nil, err
	}
	words := pollWords()
	return func() error {
		var event [][]map[string]string
		for _, w := range words {
			reply, err := client.RunArgs(w)
			if err != nil {
				return err
			}
			var rows []map[string]string
			for _, s := range reply.Re {
				rows = append(rows, s.Map)
			}
			event = append(event, rows)
		}
		_, err := json.Marshal(event)
		return err
	}, nil
}

func barePolls(addr string) (func() error, error) {
	c, err := dialBare(addr)
	if err != nil {
		return nil, err
	}
	var commands []byte
	for _, w := range pollWords() {
		commands = proto.AppendSentence(commands, w...)
	}
	return func() error { return c.exchange(commands, len(pollWords())) }, nil
}

// bare is a plain connection.
type bare struct {
	conn net.Conn
	r    *proto.Reader
}

func dialBare(addr string) (*bare, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	b := &bare{conn: conn, r: proto.NewReader(conn, proto.Limits{})}
	login := proto.AppendSentence(nil, "/login", "=name="+bench.DeviceUser, "=password="+bench.DevicePassword)
	if err := b.exchange(login, 1); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return b, nil
}

// exchange sends encoded sentences and reads n complete replies.
func (b *bare) exchange(sentences []byte, answers int) error {
	if _, err := b.conn.Write(sentences); err != nil {
		return err
	}
	for answers > 0 {
		s, err := b.r.Next()
		if err != nil {
			return err
		}
		switch string(s.Name()) {
		case "!done":
			answers--
		case "!trap", "!fatal":
			return fmt.Errorf("the router refused: %q", s)
		}
	}
	return nil
}
