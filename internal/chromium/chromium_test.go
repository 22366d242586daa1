package chromium_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
)

const (
	waitTime = time.Minute
	pause    = 20 * time.Millisecond
)

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// page serves HTML on loopback and returns its address.
func page(t *testing.T, html string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,">`+html)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPageWithoutProblems(t *testing.T) {
	tab := chromium.Open(t)
	tab.Navigate(page(t, `<title>Users</title><script>
		console.log("hello"); console.warn("careful");
		setTimeout(() => { document.title = "Later"; }, 100);
	</script>`))
	tab.Wait("the title changes", `document.title === "Later"`)
	assert.Equal(t, 3, chromium.Eval[int](tab, `Promise.resolve(1 + 2)`))
	assert.Empty(t, tab.Problems())
}

func TestWhatAPageMustNotDo(t *testing.T) {
	for name, tt := range map[string]struct{ html, problem string }{
		"an error in the console": {`<script>console.error("no", 5)</script>`, `console.error: "no" 5`},
		"an assertion":            {`<script>console.assert(false, "wrong")</script>`, `console.assert: "wrong"`},
		"an exception":            {`<script>nowhere()</script>`, "nowhere is not defined"},
		"a promise rejected":      {`<script>Promise.reject(new Error("late"))</script>`, "Error: late"},
		"a file that is missing":  {`<img src="/none.png" alt="">`, "status of 404 (Not Found)"},
		"a script of another":     {`<script src="https://cdn.example/x.js"></script>`, "request to another host: https://cdn.example/x.js"},
		"a request to another":    {`<script>fetch("http://192.0.2.1/x").catch(() => {})</script>`, "request to another host: http://192.0.2.1/x"},
		"a socket to another":     {`<script>new WebSocket("ws://cdn.example/x")</script>`, "request to another host: ws://cdn.example/x"},
		"a forbidden style":       {`<meta http-equiv="Content-Security-Policy" content="style-src 'none'"><p style="color:red">x`, "Content Security Policy"},
	} {
		t.Run(name, func(t *testing.T) {
			tab := chromium.Open(t)
			tab.Navigate(page(t, tt.html))
			require.Eventually(t, func() bool { return len(tab.Problems()) > 0 }, waitTime, pause)
			assert.Contains(t, fmt.Sprint(tab.Problems()), tt.problem)
			tab.Allow(tt.problem, "net::ERR_") // what follows from the request that got nowhere
			assert.Empty(t, tab.Problems())
		})
	}
}

func TestWait(t *testing.T) {
	tab := chromium.Open(t)
	tab.Navigate(page(t, `<script>
		let asked = 0;
		const later = (at, yes) => () => { if (++asked < at) throw new Error("not yet"); return yes; };
		const thrice = later(3, true), promised = later(6, Promise.resolve(1)), after = later(40, "x");
	</script>`))
	tab.Wait("an exception is over", "thrice()")
	assert.Equal(t, 3, chromium.Eval[int](tab, "asked"))
	tab.Wait("a promise is kept", "promised()")
	assert.Equal(t, 6, chromium.Eval[int](tab, "asked"))
	tab.Wait("it takes longer than one evaluation", "after()")
	assert.Equal(t, 40, chromium.Eval[int](tab, "asked"))
	began := time.Now()
	tab.Wait("what a promise says counts, not that there is one", "new Promise((done) => setTimeout(() => done(asked++ > 40), 100))")
	assert.Greater(t, time.Since(began), 200*time.Millisecond)
}

// A tab knows nothing of another: neither problems nor, at a server of its own or for somebody
// else, storage.
func TestTabsAreApart(t *testing.T) {
	address := page(t, "")
	one, other, apart := chromium.Open(t), chromium.Open(t), chromium.OpenApart(t)
	one.Navigate(address)
	other.Navigate(page(t, ""))
	apart.Navigate(address)
	assert.Equal(t, "x", chromium.Eval[string](one, `localStorage.setItem("key", "x"), localStorage.getItem("key")`))
	assert.Nil(t, chromium.Eval[*string](other, `localStorage.getItem("key")`))
	assert.Nil(t, chromium.Eval[*string](apart, `localStorage.getItem("key")`))
	chromium.Eval[any](one, `console.error("one")`)
	require.Eventually(t, func() bool { return len(one.Problems()) == 1 }, waitTime, pause)
	chromium.Eval[int](other, "0")
	assert.Empty(t, other.Problems())
	one.Allow("one")
}

// What a tab has stored ends with its test.
func TestTabsForget(t *testing.T) {
	address := page(t, "")
	t.Run("one", func(t *testing.T) {
		tab := chromium.Open(t)
		tab.Navigate(address)
		chromium.Eval[any](tab, `localStorage.setItem("key", "x")`)
	})
	tab := chromium.Open(t)
	tab.Navigate(address)
	assert.Nil(t, chromium.Eval[*string](tab, `localStorage.getItem("key")`))
}

func TestTabsOfOneWindow(t *testing.T) {
	address := page(t, "")
	one := chromium.OpenWindow(t)
	one.Navigate(address)
	chromium.Eval[any](one, `localStorage.setItem("key", "x")`)
	other := one.Another()
	other.Navigate(address)
	assert.Equal(t, "x", chromium.Eval[string](other, `localStorage.getItem("key")`))
	one.Wait("the other hides it", "document.hidden")
	assert.False(t, chromium.Eval[bool](other, "document.hidden"))
	one.Front()
	one.Wait("it is seen again", "!document.hidden")
	other.Wait("and hides the other", "document.hidden")
}
