package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// audited are commands that the server never sends by itself.
var audited = []string{"/ip/address/print", "/ppp/secret/print", "/ping", "/no/such/menu/print"}

// checkAudit checks that every command that a router saw has its line in the audit log. There
// may be more lines: of commands that were queued and never sent.
func (t *trial) checkAudit() error {
	lines, err := auditLines(t.audit, t.book)
	if err != nil {
		return err
	}
	for _, d := range t.fleet {
		t.book.compareAudit(d.id, d.Stats().Commands, lines)
	}
	return nil
}

// compareAudit compares the commands that a router saw, by path, with the lines.
func (b *book) compareAudit(router string, saw, lines map[string]int) {
	for _, path := range audited {
		n := lines[router+" "+path]
		b.add("audit: commands that routers saw", saw[path])
		b.add("audit: their lines", n)
		if saw[path] > n {
			b.violate("audit", "%s saw %s %d times, the log has %d lines", router, path, saw[path], n)
		}
	}
}

// auditLines counts the lines of commands by router and path.
func auditLines(path string, b *book) (map[string]int, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	count := make(map[string]int)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Action, Router, Outcome string
			Command                 []string
			Lines                   int
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("a line of the audit log: %w: %.200q", err, lines.Text())
		}
		b.add("audit: lines", 1)
		b.add("audit: lines lost of what was not sent", e.Lines)
		if len(e.Command) > 0 && !strings.Contains(e.Router, ",") && e.Outcome != "denied" {
			count[e.Router+" "+e.Command[0]]++
		}
	}
	return count, lines.Err()
}
