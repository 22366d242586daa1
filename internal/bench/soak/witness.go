package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// witness watches a router without faults, at which hostile clients are busy, and checks
// that no event is late by more than one interval.
func (t *trial) witness(ctx context.Context, d *device) {
	for ctx.Err() == nil {
		if err := t.attend(ctx, d); err != nil && ctx.Err() == nil {
			t.book.violate("witness", "%s: %v", d, err)
			_ = bench.Pause(ctx, time.Second)
		}
	}
}

// attend reads one stream until it ends as announced, or with an error.
func (t *trial) attend(ctx context.Context, d *device) error {
	conn, err := t.server.Stream("/sse/" + d.id)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	r := bufio.NewReaderSize(conn, 64<<10)
	head, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if head.StatusCode != http.StatusOK {
		return &bench.StatusError{Status: head.StatusCode}
	}
	body := bufio.NewReaderSize(head.Body, 64<<10)
	var last time.Time
	var interval time.Duration
	named := false // the event that is coming: a status or the end
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.HasPrefix(line, "event: end") {
			return nil
		}
		data, ok := strings.CutPrefix(line, "data: ")
		var m message
		if !ok || named || json.Unmarshal([]byte(data), &m) != nil {
			named = strings.HasPrefix(line, "event: ") || named && line != "\n"
			continue
		}
		now, next := time.Now(), max(pollInterval, time.Duration(m.IntervalMS)*time.Millisecond)
		if !last.IsZero() {
			t.book.gap(now.Sub(last))
			if allowed := 2 * max(interval, next); now.Sub(last) > allowed {
				t.book.violate("late", "%s: %v between two events, which is more than %v", d, now.Sub(last).Round(time.Millisecond), allowed)
			}
		}
		last, interval = now, next
	}
}
