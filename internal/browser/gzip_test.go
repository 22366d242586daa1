package browser_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// wire is what the browser received for the streams of a tab.
type wire struct {
	mu        sync.Mutex                    // guards the fields below
	answers   map[network.RequestID]string  // Content-Encoding
	encoded   map[network.RequestID]int64   // bytes received
	decoded   map[network.RequestID][]int64 // of each piece
	urls      map[network.RequestID]string  // of the requests
	protocols map[string]bool               // of the responses
}

func listen(t *testing.T, tab *chromium.Tab) *wire {
	t.Helper()
	w := &wire{
		answers: make(map[network.RequestID]string), encoded: make(map[network.RequestID]int64),
		decoded: make(map[network.RequestID][]int64), urls: make(map[network.RequestID]string),
		protocols: make(map[string]bool),
	}
	require.NoError(t, chromedp.Listen(tab.Context(), w.note))
	return w
}

func (w *wire) note(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventResponseReceived:
		w.urls[e.RequestID] = e.Response.URL
		w.protocols[e.Response.Protocol] = true
		for name, value := range e.Response.Headers {
			if strings.EqualFold(name, "Content-Encoding") {
				w.answers[e.RequestID] = fmt.Sprint(value)
			}
		}
	case *network.EventDataReceived:
		w.encoded[e.RequestID] += e.EncodedDataLength
		w.decoded[e.RequestID] = append(w.decoded[e.RequestID], e.DataLength)
	}
}

// stream finds the response whose URL contains the text.
func (w *wire) stream(t *testing.T, text string) (encoding string, encoded, decoded int64, heartbeats int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, url := range w.urls {
		if !strings.Contains(url, text) {
			continue
		}
		for _, n := range w.decoded[id] {
			decoded += n
			if n == int64(len(":\n")) {
				heartbeats++
			}
		}
		return w.answers[id], w.encoded[id], decoded, heartbeats
	}
	t.Fatal("no stream " + text)
	return "", 0, 0, 0
}

// Chromium decodes each event of an open gzip stream at once: snapshots and changes
// with heartbeats between them, for the first viewer of a topic and for later ones.
// The page reads the same events as from a plain stream.
func TestChromiumDecodesEachEventOfACompressedStream(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	p := start(t, origin, map[string]string{"SSE_HEARTBEAT": "200ms"})
	d, addr := device(t, sim.Options{PPPUsers: 300})
	p.connect("r", addr)
	plain := collect(t, p.stream("/sse/r?topics=ppp_active"), "identity")
	changes := collect(t, p.stream("/sse/r?topics=ppp_active&mode=delta"), "identity")
	tab := page(t, origin)
	w := listen(t, tab)
	watch(tab, "whole", p.stream("/sse/r?topics=ppp_active&n=whole"))
	watch(tab, "delta", p.stream("/sse/r?topics=ppp_active&mode=delta&n=delta"))
	tab.Wait("both are live", `came("whole", "message", "id").length > 1 && came("delta", "message", "id").length > 0`)
	for i := range 20 {
		collect(t, p.stream(fmt.Sprint("/sse/r?topics=ppp_active&mode=delta&i=", i)), "gzip")
	}
	watch(tab, "late", p.stream("/sse/r?topics=ppp_active&n=late"))
	watch(tab, "latedelta", p.stream("/sse/r?topics=ppp_active&mode=delta&n=latedelta"))
	for i := range 5 {
		name := fmt.Sprint("budi-", i)
		d.AddPPP(name)
		for _, stream := range []string{"whole", "late"} {
			tab.Wait(name+" is in a snapshot", fmt.Sprintf(`came(%q, "message", "rows").at(-1).some((row) => row.name === %q)`, stream, name))
		}
		for _, stream := range []string{"delta", "latedelta"} {
			tab.Wait(name+" is in a change", fmt.Sprintf(`[...came(%q, "message", "added"), ...came(%q, "message", "rows")].flat().some((row) => row?.name === %q)`, stream, stream, name))
		}
		chromium.Eval[any](tab, "new Promise((done) => setTimeout(done, 1000))") // time for heartbeats
	}
	assert.Equal(t, []int{1, 1, 1, 1}, chromium.Eval[[]int](tab, `Object.values(streams).map((s) => s.source.readyState)`), "all are open")
	assert.Equal(t, []int{0, 0, 0, 0}, chromium.Eval[[]int](tab, `Object.values(streams).map((s) => s.happened.filter((h) => h.type === "error").length)`))

	for name, reference := range map[string]*collection{"whole": plain, "late": plain, "delta": changes, "latedelta": changes} {
		read := chromium.Eval[map[string]string](tab, fmt.Sprintf("streams.%s.raw", name))
		same := 0
		for id, data := range reference.events() {
			// The first snapshot of a stream of changes has a time of its own.
			if reference == changes && !strings.Contains(data, `"type":"delta"`) {
				continue
			}
			// That of a stream that came later may have the id of a change.
			if got, ok := read[id]; ok && (reference != changes || strings.Contains(got, `"type":"delta"`)) {
				assert.True(t, data == got, "%s, event %s", name, id)
				same++
			}
		}
		assert.Greater(t, same, 3, name)
		encoding, encoded, decoded, heartbeats := w.stream(t, "n="+name+"&")
		assert.Equal(t, "gzip", encoding, name)
		assert.Positive(t, encoded, name)
		t.Logf("%s: %d bytes came, %d were read (%.1f %%), %d heart-beats", name, encoded, decoded, 100*float64(encoded)/float64(decoded), heartbeats)
		if strings.Contains(name, "delta") {
			assert.Positive(t, heartbeats, name)
		} else {
			assert.Less(t, encoded*4, decoded, name)
		}
	}
}

// collection holds the events of a stream outside the browser, until the test ends.
type collection struct {
	mu   sync.Mutex
	data map[string]string // by id; guarded by mu
}

func (c *collection) events() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.data)
}

// collect reads a stream with an Accept-Encoding; gzip is received but not decoded.
func collect(t *testing.T, address, coding string) *collection {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	req.Header.Set("Accept-Encoding", coding)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, coding == "gzip", slices.Contains(resp.Header.Values("Content-Encoding"), "gzip"))
	c := &collection{data: make(map[string]string)}
	var wg sync.WaitGroup
	wg.Go(func() {
		if coding == "gzip" {
			_, _ = io.Copy(io.Discard, resp.Body)
			return
		}
		c.read(resp.Body)
	})
	t.Cleanup(func() {
		_ = resp.Body.Close()
		wg.Wait()
	})
	return c
}

func (c *collection) read(body io.Reader) {
	var id string
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "data":
			c.mu.Lock()
			c.data[id] = value
			c.mu.Unlock()
		}
	}
}
