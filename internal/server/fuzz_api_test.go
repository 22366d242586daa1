package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

var (
	fuzzFor  = flag.Duration("fuzz-api", 5*time.Second, "how long TestFuzzTheAPI sends requests")
	fuzzSeed = flag.Uint64("fuzz-seed", 0, "seed of TestFuzzTheAPI; 0 for one of the moment")
)

// A router that only the owner's key sees, and keys that do not.
const (
	hiddenID   = "zz-out-of-sight"
	hiddenName = "OUT-OF-SIGHT"
)

var limitedKeys = map[string]string{
	"fuzz-viewer-key":   "role=viewer routers=r*",
	"fuzz-operator-key": "role=operator routers=r*,new-*",
	"fuzz-admin-key":    "role=admin routers=r*,new-*",
}

// Whatever is sent to any endpoint of the OpenAPI document, the answer comes, is
// of the documented form, has no status of 500 or more but the documented ones
// of routers, and tells no secret. A key for some routers learns nothing of
// another. Nothing stays behind.
func TestFuzzTheAPI(t *testing.T) {
	seed := *fuzzSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("to repeat: -fuzz-seed=%d", seed)
	resolve(t, "127.0.0.1") // no name of the fuzzer leaves this machine
	routers := make([]*sim.Device, 3)
	var hosts []string
	for i := range routers[:2] {
		var addr string
		routers[i], addr = device(t, sim.Options{PPPUsers: 3, HotspotUsers: 2})
		hosts = append(hosts, addr)
	}
	var hidden string
	routers[2], hidden = device(t, sim.Options{Identity: hiddenName})
	keys := filepath.Join(t.TempDir(), "keys")
	keyFile(t, keys, limitedKeys)
	_, before := resources(t)
	t.Run("run", func(t *testing.T) {
		p := start(t, map[string]string{
			"API_KEYS_FILE":   keys,
			"ROUTER_NETWORKS": "127.0.0.0/8", "DIAL_TIMEOUT": "500ms", "LOGIN_TIMEOUT": "500ms", "COMMAND_TIMEOUT": "1s",
			"RUN_TIMEOUT": "1s", "MAX_RUN_TIMEOUT": "1s", "BODY_TIMEOUT": "1s", "POLL_INTERVAL": "500ms", "LOG_LEVEL": "error",
			"ADDRESS_REQUESTS": "0", "KEY_REQUESTS": "0", "LOGIN_FAILURES": "0",
		})
		f := newFuzzer(t, p, append(hosts, "127.0.0.1:1", strings.TrimPrefix(p.base, "http://"), mutePort(t)))
		f.routers = routers[:2]
		for _, host := range hosts {
			f.p.connect(fmt.Sprint("r", len(f.ids)), host)
			f.ids = append(f.ids, fmt.Sprint("r", len(f.ids)))
		}
		f.p.connect(hiddenID, hidden)
		ctx, cancel := context.WithTimeout(t.Context(), *fuzzFor)
		defer cancel()
		// A machine that is busy gets few requests done in that time; the run goes on
		// until it has seen what report wants to see.
		last := time.Now().Add(*fuzzFor + time.Minute)
		more := func() bool { return ctx.Err() == nil || len(f.missing()) > 0 && time.Now().Before(last) }
		var wg sync.WaitGroup
		for worker := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, worker))
			wg.Go(func() {
				for more() && !t.Failed() {
					f.try(random, f.pick(random, ctx.Err() != nil))
				}
			})
		}
		wg.Wait()
		f.report(t)
		f.disconnectAll(t)
		for i, d := range routers {
			eventually(t, fmt.Sprintf("router %d has no session", i), func() bool { return d.Stats().Connections == 0 })
		}
		f.client.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
	})
	eventually(t, "no goroutine is left", func() bool {
		_, now := resources(t)
		return now <= before+2 // that of os/signal stays, and this runs in one
	})
}

// mutePort accepts connections and says nothing.
func mutePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		wg.Wait()
	})
	return listener.Addr().String()
}

// schema is what the fuzzer reads of a schema of the OpenAPI document.
type schema struct {
	Ref        string            `json:"$ref"`
	AllOf      []schema          `json:"allOf"`
	Type       string            `json:"type"`
	Enum       []any             `json:"enum"`
	Example    any               `json:"example"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
}

// operation is one method of one path.
type operation struct {
	method, path string

	Parameters []struct {
		schema

		Name, In string
		Schema   schema
	}
	Responses map[string]any
}

type fuzzer struct {
	t           *testing.T
	p           *program
	client      *http.Client
	operations  []operation
	definitions map[string]schema
	codes       []string // of docs/errors.md
	ids, hosts  []string
	routers     []*sim.Device

	mu    sync.Mutex
	seen  map[string]map[int]int // statuses of each operation; guarded by mu
	total int                    // guarded by mu

	ticket, token, invited string // issued last, and the name of that invitation; guarded by mu

	ofLimited atomic.Int64 // answers that were searched for what is hidden
}

func newFuzzer(t *testing.T, p *program, hosts []string) *fuzzer {
	t.Helper()
	var doc struct {
		Paths       map[string]map[string]operation
		Definitions map[string]schema
	}
	require.NoError(t, json.Unmarshal([]byte(document(t, "docs/swagger.json")), &doc))
	f := &fuzzer{
		t: t, p: p, hosts: hosts, definitions: doc.Definitions, seen: map[string]map[int]int{},
		// A request that is not over by then hangs: every step of it has a limit of a second or less.
		client: &http.Client{Transport: inDocument(http.DefaultTransport), Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if strings.Contains(path, "/rest/") { // has errors of another form; see FuzzREST of package api
			continue
		}
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			o := doc.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			f.operations = append(f.operations, o)
		}
	}
	require.NotEmpty(t, f.operations)
	for line := range strings.Lines(document(t, "docs/errors.md")) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.HasPrefix(line, "| `") {
			f.codes = append(f.codes, strings.Trim(cells[1], " `"))
		}
	}
	return f
}

// pick returns any operation, and late in a run every other time one that was not reached:
// what is left is rare, such as a stream whose parameters all fit.
func (f *fuzzer) pick(random *rand.Rand, late bool) operation {
	if late && random.IntN(2) == 0 {
		if missing := f.missing(); len(missing) > 0 {
			return missing[random.IntN(len(missing))].operation
		}
	}
	return f.operations[random.IntN(len(f.operations))]
}

// try sends one request and judges the answer.
func (f *fuzzer) try(random *rand.Rand, o operation) {
	g := generator{Rand: random, f: f, wild: []int{0, 0, 0, 1, 2, 4, 10}[random.IntN(7)]}
	req, describe := g.request(o)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream := strings.HasPrefix(o.path, "/sse")
	resp, err := f.client.Do(req.WithContext(ctx))
	if err != nil {
		if !refusedEarly(err, req) && !strings.Contains(err.Error(), "invalid") { // what the client itself does not send
			assert.NoError(f.t, err, describe)
		}
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if stream && resp.StatusCode == http.StatusOK {
		stop := time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, cancel)
		defer stop.Stop()
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil && !(stream && errors.Is(err, context.Canceled)) && !refusedEarly(err, req) {
		assert.NoError(f.t, err, describe)
	}
	f.note(o, resp.StatusCode, body)
	f.judge(o, resp, body, describe)
}

// refusedEarly reports whether a request was so large, or so malformed, that the
// server hung up before all of it was sent.
func refusedEarly(err error, req *http.Request) bool {
	large := req.ContentLength > 100<<10 || len(fmt.Sprint(req.Header, req.URL)) > 1000
	return large && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF))
}

func (f *fuzzer) note(o operation, status int, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var issued struct {
		Data struct{ Ticket, Token, Name string }
	}
	if o.path == "/tickets" && status == http.StatusOK && json.Unmarshal(body, &issued) == nil {
		f.ticket = issued.Data.Ticket
	}
	if o.path == "/invitations" && o.method == http.MethodPost && status == http.StatusOK && json.Unmarshal(body, &issued) == nil {
		f.token, f.invited = issued.Data.Token, issued.Data.Name
	}
	name := o.method + " " + o.path
	if f.seen[name] == nil {
		f.seen[name] = map[int]int{}
	}
	f.seen[name][status]++
	f.total++
}

func (f *fuzzer) judge(o operation, resp *http.Response, body []byte, describe string) {
	describe = fmt.Sprintf("%s\n%d %.2000s", describe, resp.StatusCode, body)
	if resp.StatusCode >= http.StatusInternalServerError {
		assert.Contains(f.t, []int{502, 503, 504}, resp.StatusCode, describe)
		assert.Contains(f.t, o.Responses, strconv.Itoa(resp.StatusCode), describe)
	}
	secrets := []string{testKey, testPass}
	if key := resp.Request.Header.Get("X-Api-Key"); limitedKeys[key] != "" && !resp.Request.URL.Query().Has("ticket") {
		secrets = append(secrets, hiddenID, hiddenName)
		f.ofLimited.Add(1)
	}
	for _, secret := range secrets {
		assert.NotContains(f.t, string(body), secret, describe)
	}
	if resp.Header.Get("X-Request-Id") == "" { // net/http itself refused it
		assert.Contains(f.t, []int{400, 417, 431}, resp.StatusCode, describe)
		return
	}
	if resp.StatusCode < http.StatusBadRequest || resp.Request.Method == http.MethodHead || resp.Request.Method == http.MethodOptions {
		return
	}
	var failed struct {
		Success     *bool
		Error, Code string
	}
	if assert.NoError(f.t, json.Unmarshal(body, &failed), describe) {
		assert.Equal(f.t, new(false), failed.Success, describe)
		assert.NotEmpty(f.t, failed.Error, describe)
		assert.Contains(f.t, f.codes, failed.Code, describe)
	}
}

// unreachable are the operations that cannot succeed here, and why. They are sent all the
// same.
var unreachable = map[string]string{
	"GET /fleet":                         "a single instance",
	"POST /alerts/{id}/silence":          "no alert",
	"POST /alerts/receivers/{name}/test": "no receiver",
	"GET /routers/{id}/history":          "without HISTORY",
}

// lack is what a run has not seen of an operation.
type lack struct {
	operation

	what string
}

func (l lack) String() string { return l.method + " " + l.path + " never " + l.what }

// missing is what a run has not reached yet: good and bad requests for every
// operation.
func (f *fuzzer) missing() (list []lack) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.operations {
		name := o.method + " " + o.path
		if _, cannot := unreachable[name]; f.seen[name][http.StatusOK] == 0 && !cannot {
			list = append(list, lack{o, "succeeded"})
		}
		if _, refuses := o.Responses["400"]; refuses && f.seen[name][http.StatusBadRequest] == 0 {
			list = append(list, lack{o, "refused"})
		}
	}
	return list
}

// report holds the run to having reached every operation.
func (f *fuzzer) report(t *testing.T) {
	missing := f.missing()
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Logf("%d requests, %d of keys for some routers", f.total, f.ofLimited.Load())
	assert.Positive(t, f.ofLimited.Load())
	for _, o := range f.operations {
		name := o.method + " " + o.path
		t.Logf("%-24s %v", name, f.seen[name])
	}
	if !t.Failed() { // else it ended early
		assert.Empty(t, missing)
	}
}

func (f *fuzzer) disconnectAll(t *testing.T) {
	t.Helper()
	var list []struct {
		ID string `json:"router_id"`
	}
	f.p.get("/routers").data(t, &list)
	for _, r := range list {
		body, err := json.Marshal(map[string]string{"router_id": r.ID})
		require.NoError(t, err)
		a := f.p.post("/disconnect", string(body))
		assert.Equal(t, http.StatusOK, a.status, "an id that could be connected can be disconnected: %q %s", r.ID, a.raw)
	}
	assert.JSONEq(t, `[]`, string(f.p.get("/routers").body.Data))
}
