package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

const rules = `alerts: default
rules:
  - {name: users-drop, when: users.ppp drops 30%% in 1m from 20, clear_for: 20s}
  - {name: router-flapping, when: router.flapping > 4 in 3m}
receivers:
  bus: {webhook: {url: %q}}
  chat: {telegram: {token_env: SOAK_TOKEN, chat: "-100", url: %q}}
`

// settle is the time after the last misbehavior, in which everything ends.
const settle = 4 * time.Minute

func (s settings) soak(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "mikronec-alerts-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	book := newBook()
	hook, chat := httptest.NewServer(http.HandlerFunc(book.webhook)), httptest.NewServer(http.HandlerFunc(book.telegram))
	defer hook.Close()
	defer chat.Close()
	file := filepath.Join(dir, "alerts.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, rules, hook.URL, chat.URL), 0o600); err != nil {
		return err
	}
	var serving sync.WaitGroup
	list, err := routers(s.routers, &serving)
	if err != nil {
		return err
	}
	defer func() {
		for _, r := range list {
			r.device.Close()
		}
		serving.Wait()
	}()
	start := func() (*bench.Server, error) {
		return bench.Serve(s.binary, "ALERTS_FILE="+file, "DATA_DIR="+filepath.Join(dir, "data"), "SOAK_TOKEN=1:abc", "RECONNECT_MAX=5s")
	}
	server, err := start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(syscall.SIGTERM)) }()
	addrs := make([]string, len(list))
	for i, r := range list {
		addrs[i] = r.addr
	}
	if err := server.ConnectAll(ctx, addrs, 0); err != nil {
		return err
	}
	begun := time.Now()
	p := &plan{book: book, kill: begun.Add(calm + s.time/2), until: begun.Add(s.time - settle)}
	fmt.Printf("%d routers for %v, the server is killed after %v\n", len(list), s.time, p.kill.Sub(begun).Round(time.Second))
	time.Sleep(calm) // what happens before is not told
	var living sync.WaitGroup
	for i, r := range list {
		living.Go(func() { p.live(ctx, r, i) })
	}
	living.Go(func() { p.together(list[len(list)/2:]) })
	time.Sleep(time.Until(p.kill))
	book.mu.Lock()
	book.kill, book.refused = time.Now(), 0
	if book.again > 0 {
		book.wrong("%d messages came twice before the kill", book.again)
	}
	book.again = 0
	book.mu.Unlock()
	_ = server.Stop(syscall.SIGKILL) // its status is that it was killed
	time.Sleep(3 * time.Second)
	if server, err = start(); err != nil {
		return err
	}
	living.Wait()
	time.Sleep(time.Until(begun.Add(s.time)))
	return errors.Join(s.end(ctx, server, book), told(book.check()))
}

// together takes many routers away at the same time.
func (p *plan) together(list []*router) {
	time.Sleep(3 * time.Minute)
	if p.near(5*time.Minute, calm+time.Minute) {
		return
	}
	var wg sync.WaitGroup
	for _, r := range list[:len(list)/2] {
		if r.mu.TryLock() {
			wg.Go(func() {
				defer r.mu.Unlock()
				p.outage(r, 100*time.Second)
				time.Sleep(recovery)
			})
		}
	}
	wg.Wait()
}

// end checks that nothing fires and nothing waits.
func (s settings) end(ctx context.Context, server *bench.Server, book *book) error {
	var firing []struct {
		Rule     string `json:"rule"`
		RouterID string `json:"router_id"`
	}
	var receivers []struct {
		Name   string `json:"name"`
		Queued int    `json:"queued"`
		Failed int    `json:"failed"`
	}
	if err := errors.Join(server.Get(ctx, "/alerts", &firing), server.Get(ctx, "/alerts/receivers", &receivers)); err != nil {
		return err
	}
	var problems []string
	for _, f := range firing {
		problems = append(problems, f.Rule+" of "+f.RouterID+" fires")
	}
	for _, r := range receivers {
		if r.Name == "bus" {
			book.missed(r.Failed)
		}
		if r.Queued > 0 {
			problems = append(problems, fmt.Sprintf("%d alerts wait for %s", r.Queued, r.Name))
		}
	}
	usage, err := server.Usage()
	if err == nil {
		fmt.Printf("the server took %.0f s of CPU since it was started again, and %.0f MiB\n", usage.CPU.Seconds(), float64(usage.RSS)/(1<<20))
	}
	return errors.Join(told(problems), err)
}

func told(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%d problems:\n  %s", len(problems), strings.Join(problems, "\n  "))
}
