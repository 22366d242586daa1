package browser_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A dashboard of which no router sends anything gets heart-beats as events: it is
// neither reconnected nor told so, and knows how old its data are.
func TestDashboardIdleIsSilent(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"SSE_HEARTBEAT": "1s"})
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("the stream is live", `document.body.dataset.stream === "live"`)
	d.do(`window.said = []; new MutationObserver(() => window.said.push(document.querySelector("#toast").textContent)).observe(document.querySelector("#toast"), { childList: true })`)
	last := func() float64 {
		return chromium.Eval[float64](d.Tab, `import("/assets/main.js").then((m) => m.feed.lastData())`)
	}
	for range 3 {
		before := last()
		require.Eventually(t, func() bool { return last() > before }, time.Minute, 50*time.Millisecond, "a heart-beat counts as a sign of the server")
	}
	// By the clock of the page, more than the minute of the watchdog passes, with a
	// heart-beat every 20 s.
	d.do(`const real = Date.now, began = real(); Date.now = () => began + 20 * (real() - began)`)
	d.do(`window.until = Date.now() + 100_000`)
	d.Wait("a minute is over", `Date.now() > window.until`)
	assert.Equal(t, "live", chromium.Eval[string](d.Tab, `document.body.dataset.stream`))
	assert.Zero(t, chromium.Eval[int](d.Tab, `performance.getEntriesByType("resource").filter((e) => e.name.includes("/sse")).length`), "no stream has ended")
	assert.Empty(t, chromium.Eval[[]string](d.Tab, `window.said`))
}

// frozen is the program as a process of its own, which can be stopped and continued.
type frozen struct {
	*program
	process *os.Process
}

func startProcess(t *testing.T) *frozen {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mikronec")
	require.NoError(t, engine.Build(file, "test"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, file)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "MY_API_KEY=" + apiKey, "LISTEN_HOST=127.0.0.1", "PORT=" + addr[strings.LastIndex(addr, ":")+1:],
		"POLL_INTERVAL=500ms", "RECONNECT_MIN=100ms",
	}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel() // kills it
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, time.Minute, 50*time.Millisecond, "the program listens")
	return &frozen{program: &program{t: t, base: "http://" + addr, key: apiKey}, process: cmd.Process}
}

func (f *frozen) signal(s os.Signal) {
	f.t.Helper()
	require.NoError(f.t, f.process.Signal(s))
}

// A server that stopped answering without closing a connection is shown within 20 s,
// with the time of the last data, and live again when it goes on.
func TestDashboardWhenTheServerFreezes(t *testing.T) {
	t.Parallel()
	f := startProcess(t)
	for _, routers := range []bool{false, true} {
		name := "no router"
		core, addr := device(t, sim.Options{PPPUsers: 3})
		if routers {
			name = "a router"
			f.connect("core", addr)
		}
		ok := t.Run(name, func(t *testing.T) {
			d := &dashboard{t: t, p: f.program, Tab: chromium.Open(t)}
			d.Navigate(f.base)
			d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
			d.signIn(apiKey)
			d.Wait("the stream is live", `document.body.dataset.stream === "live"`)
			if routers {
				d.Wait("with figures", `document.querySelector(".card [data-figure=online] .value")?.textContent === "3"`)
			}
			d.do(`window.loaded = "once"`)
			f.signal(syscall.SIGSTOP)
			t.Cleanup(func() { f.signal(syscall.SIGCONT) })
			stopped := time.Now()
			d.Wait("the silence is shown", `/has stopped answering.*Last update [\w: ]*\d\d:\d\d$/.test(document.querySelector("#banner").textContent)`)
			assert.Less(t, time.Since(stopped), 20*time.Second)
			assert.Equal(t, "rgb(253, 241, 216)", chromium.Eval[string](d.Tab, `getComputedStyle(document.querySelector("#banner .banner")).backgroundColor`), "amber")
			code := chromium.Eval[string](d.Tab, `import("/assets/main.js").then((m) => m.session.get("whoami", { limit: 300 })).catch((failure) => failure.code)`)
			assert.Equal(t, "no_answer", code, "a request is not waited for without end")
			if routers {
				core.AddPPP("aaa-meanwhile")
			}
			f.signal(syscall.SIGCONT)
			d.Wait("it is live again", `document.querySelector("#banner").textContent === "" && ["live", "resumed"].includes(document.body.dataset.stream)`)
			if routers {
				d.Wait("with the present figures", `document.querySelector(".card [data-figure=online] .value").textContent === "4"`)
			}
			assert.Equal(t, "once", chromium.Eval[string](d.Tab, `window.loaded`), "without a reload")
		})
		require.True(t, ok)
	}
}

// A cable that was cut shows like a server that stopped: no connection is closed.
func TestDashboardWhenTheCableIsCut(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	way := newProxy(t, d.p.base)
	d.Navigate(way.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.live()
	hole, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	require.NoError(t, err)
	t.Cleanup(func() { _ = hole.Close() })
	way.lead("http://" + hole.Addr().String())
	way.hold(true)
	d.Wait("the silence is shown", `/has stopped answering.*Last update [\w: ]*\d\d:\d\d$/.test(document.querySelector("#banner").textContent)`)
	d.Allow("net::ERR_")
	way.lead(d.p.base)
	way.hold(false)
	d.Wait("it is live again", `document.querySelector("#banner").textContent === "" && document.body.dataset.stream === "resumed"`)
	d.core.AddPPP("aaa-afterwards")
	d.Wait("with figures that go on", `[...document.querySelectorAll(".card [data-figure=online] .value")].some((v) => v.textContent === "61")`)
}
