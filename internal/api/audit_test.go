package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/sim"
)

// slowDisk takes a line in its time; while it hangs, none.
type slowDisk struct {
	each time.Duration
	hang chan struct{} // nil, or closed to go on
	mu   sync.Mutex
	text bytes.Buffer    // guarded by mu
	seen int             // how much of text is in ids; guarded by mu
	ids  map[string]bool // guarded by mu
}

// has reports whether there is a line of a request. It looks at each line once.
func (d *slowDisk) has(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for line := range bytes.Lines(d.text.Bytes()[d.seen:]) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		d.seen += len(line)
		_, rest, _ := bytes.Cut(line, []byte(`"request_id":"`))
		of, _, _ := bytes.Cut(rest, []byte(`"`))
		if d.ids == nil {
			d.ids = make(map[string]bool)
		}
		d.ids[string(of)] = true
	}
	return d.ids[id]
}

func (d *slowDisk) Write(b []byte) (int, error) {
	if d.hang != nil {
		<-d.hang
	}
	time.Sleep(d.each)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *slowDisk) entries(t *testing.T) (list []audit.Entry) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for line := range strings.Lines(d.text.String()) {
		var e audit.Entry
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		list = append(list, e)
	}
	return list
}

// recorded has the audit log of s written to a disk.
func (s *site) recorded(disk *slowDisk, refuse bool, change ...func(*api.Options)) *audit.Log {
	s.t.Helper()
	log, err := audit.Open("stdout", disk, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	s.rebuild(append(change, func(o *api.Options) { o.Audit, o.AuditRefuse = log, refuse })...)
	return log
}

// seen counts a command on all routers.
func (s *site) seen(command string) (n int) {
	for _, d := range s.devices {
		n += d.Stats().Commands[command]
	}
	return n
}

// Unknown ids of a batch are one line, which tells how many they were; the lines of
// commands that were sent are all there.
func TestABatchOfInventedIDs(t *testing.T) {
	const invented = 30_000
	disk := &slowDisk{}
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	for i := range 20 {
		s.connect(fmt.Sprintf("branch-%02d", i), "r.test")
	}
	s.connect("zz-not-of-this-key", "r.test")
	keys, err := access.Parse("name=shop role=operator routers=branch-*,x* hash=" + access.HashOf("shop").String())
	require.NoError(t, err)
	set := access.NewKeySet(keys)
	defer set.Close()
	log := s.recorded(disk, false, func(o *api.Options) { o.Keys = set })
	ids := []string{"zz-not-of-this-key"}
	for i := range 20 {
		ids = append(ids, fmt.Sprintf("branch-%02d", i))
	}
	for i := range invented {
		ids = append(ids, fmt.Sprintf("x%d", i))
	}
	body := marshal(t, map[string]any{
		"routers": ids, "args": []string{"/system/identity/set", "=name=" + strings.Repeat("x", 3000)}, "concurrency": 64,
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.unchecked = true
	got := s.send(http.MethodPost, "/run/batch", body, "X-API-Key", "shop")
	runtime.ReadMemStats(&after)
	log.Close(t.Context())
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(170<<20), "all that was allocated, of which little is held")
	assert.Equal(t, invented+20+1+1, strings.Count(got.Body.String(), "\n"), "the client is told of each, and the summary")
	assert.Equal(t, invented+1, strings.Count(got.Body.String(), `"code":"unknown_router"`))
	assert.Contains(t, got.Body.String(), `{"summary":{"routers":30021,"ok":20,"failed":30001,"skipped":0,`)
	entries := disk.entries(t)
	require.Equal(t, 21, len(entries), "one for each command, and one for the rest")
	assert.Less(t, disk.text.Len(), 40<<10)
	assert.Equal(t, 20, s.seen("/system/identity/set"))
	var unknown []audit.Entry
	for _, e := range entries {
		assert.Equal(t, audit.Batch, e.Action)
		if e.Code == "unknown_router" {
			unknown = append(unknown, e)
			continue
		}
		assert.Equal(t, audit.OK, e.Outcome)
		assert.Zero(t, e.Routers)
	}
	require.Len(t, unknown, 1)
	assert.Equal(t, invented+1, unknown[0].Routers)
	assert.True(t, strings.HasPrefix(unknown[0].Router, "x0,x1,x10,"), unknown[0].Router)
	assert.Less(t, len(unknown[0].Router), 300)
	assert.Equal(t, audit.Failed, unknown[0].Outcome)
}

// A slow disk delays commands and loses no line: every command that the router saw has
// one before the client is told.
func TestASlowAuditLogLosesNoCommand(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("refuse=%v", refuse), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := &slowDisk{each: 20 * time.Millisecond}
				s := newSite(t, map[string]sim.Options{"r.test": {}})
				s.connect("in-1", "r.test")
				log := s.recorded(disk, refuse)
				const commands = 1200 // more lines than may wait
				var clients sync.WaitGroup
				var mu sync.Mutex
				answers := map[int]int{} // by status; guarded by mu
				for i := range commands {
					clients.Go(func() {
						r := s.send(http.MethodPost, "/run", `{"router_id":"in-1","args":["/system/identity/set","=name=x"]}`, "X-Request-Id", fmt.Sprint("r", i))
						mu.Lock()
						defer mu.Unlock()
						answers[r.Code]++
						if r.Code == http.StatusOK {
							assert.True(t, disk.has(fmt.Sprint("r", i)), "the line comes before the answer")
						}
					})
				}
				clients.Wait()
				log.Close(t.Context())
				ran := 0
				for _, e := range disk.entries(t) {
					if e.Outcome == audit.OK {
						ran++
					}
				}
				assert.Equal(t, answers[http.StatusOK], ran)
				assert.Equal(t, s.seen("/system/identity/set"), ran, "every command that the router saw has its line")
				assert.Positive(t, ran)
			})
		})
	}
}

// While the disk hangs, no command is sent but those under way: others wait for a time,
// or are refused, and their error says so.
func TestCommandsWhileTheAuditLogHangs(t *testing.T) {
	for name, tc := range map[string]struct {
		refuse bool
		within time.Duration
	}{"wait": {false, time.Minute}, "refuse": {true, audit.Patience}} {
		for door, d := range frontDoors {
			t.Run(name+", "+door, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					disk := &slowDisk{hang: make(chan struct{})}
					s := newSite(t, map[string]sim.Options{"r.test": {}})
					s.connect("in-1", "r.test")
					log := s.recorded(disk, tc.refuse)
					body := marshal(t, d.body("in-1", []string{"/system/identity/set", "=name=x"}))
					var clients sync.WaitGroup
					clients.Go(func() { // is sent, and waits for its line
						assert.Equal(t, http.StatusOK, s.run("in-1", "/system/identity/set", "=name=first").Code)
					})
					synctest.Wait()
					begin := time.Now()
					for range 300 {
						clients.Go(func() {
							got := s.json(http.MethodPost, d.path, body, "Accept", d.accept)
							assert.Equal(t, http.StatusServiceUnavailable, got.Code)
							assert.Equal(t, "audit_log_full", got.body.Code)
							assert.Contains(t, got.body.Error, "nothing was sent")
							assert.Less(t, time.Since(begin), tc.within+2*audit.Patience)
						})
					}
					for path, body := range map[string]string{"/connect": `{"router_id":"b","host":"r.test","user":"api","pass":"x"}`, "/disconnect": `{"router_id":"in-1"}`, "/tickets": `{"routers":"all"}`} {
						clients.Go(func() { assert.Equal(t, "audit_log_full", s.json(http.MethodPost, path, body).body.Code, path) })
					}
					time.Sleep(tc.within + 5*time.Second)
					synctest.Wait()
					assert.Equal(t, 1, s.seen("/system/identity/set"))
					close(disk.hang)
					clients.Wait()
					assert.Equal(t, http.StatusOK, s.run("in-1", "/system/identity/set", "=name=later").Code)
					log.Close(t.Context())
					var ran int
					for _, e := range disk.entries(t) {
						if e.Outcome == audit.OK {
							ran++
						}
					}
					assert.Equal(t, 2, ran)
					assert.Contains(t, disk.text.String(), `"action":"lost"`, "those that were refused are counted")
				})
			})
		}
	}
}

// Commands that wait go on when the disk does.
func TestCommandsThatWaitedForTheAuditLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{hang: make(chan struct{})}
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("in-1", "r.test")
		log := s.recorded(disk, false)
		var clients sync.WaitGroup
		for i := range 100 { // one key may have no more in the queue of a router
			if i == 1 {
				synctest.Wait()
			}
			clients.Go(func() { assert.Equal(t, http.StatusOK, s.run("in-1", "/system/identity/set", "=name=x").Code) })
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		assert.Equal(t, 1, s.seen("/system/identity/set"))
		close(disk.hang)
		clients.Wait()
		log.Close(t.Context())
		assert.Equal(t, 100, len(disk.entries(t)))
		assert.Equal(t, 100, s.seen("/system/identity/set"))
	})
}
