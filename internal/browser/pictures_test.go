//go:build measure

package browser_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// branch is a router shown in the pictures.
type branch struct {
	id, host, identity string
	kind               sim.Personality
	ppp, hotspot       int
}

func branches() []branch {
	return []branch{
		{"hotspot-alun-alun", "127.0.4.1", "hotspot-kafe-1", sim.HAP(), 0, 34},
		{"hotspot-pantai", "127.0.4.2", "hotspot-kafe-2", sim.HAP(), 0, 27},
		{"hotspot-stasiun", "127.0.4.3", "hotspot-kafe-3", sim.HAP(), 0, 51},
		{"kantor-bandung", "127.0.5.1", "kantor-1", sim.HEX(), 84, 0},
		{"kantor-medan", "127.0.5.2", "kantor-2", sim.HEX(), 62, 9},
		{"pppoe-denpasar", "127.0.7.1", "chr-dc", sim.CHR(), 160, 0},
		{"pppoe-jakarta", "127.0.6.1", "core-1", sim.CCR2004(), 480, 0},
		{"pppoe-surabaya", "127.0.6.2", "core-2", sim.CCR2004(), 395, 0},
	}
}

// play runs the router on its own address and the API port; stop ends it and refuses
// new connections.
func (b branch) play(t *testing.T, p *program, seed uint64) (stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(b.host, "8728"))
	require.NoError(t, err)
	d := sim.New(sim.Options{
		User: user, Password: password, Personality: b.kind, Identity: b.identity,
		PPPUsers: b.ppp, HotspotUsers: b.hotspot, Churn: 0.5, Seed: seed,
	})
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	p.connect(b.id, b.host)
	return func() { d.Close(); <-served }
}

func (d *dashboard) picture(name string) {
	d.t.Helper()
	d.pictureIn(filepath.Join("..", "..", "docs", "images", name+".webp"), cdppage.CaptureScreenshotParams{Format: cdppage.CaptureScreenshotFormatWebp, Quality: new(int64(80))})
}

func (d *dashboard) pictureIn(file string, params cdppage.CaptureScreenshotParams) {
	d.t.Helper()
	d.Do("take a picture", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		got, err := cdp.Call(ctx, target, cdppage.CaptureScreenshot, params)
		if err != nil {
			return err
		}
		return os.WriteFile(file, got.Data, 0o644)
	}))
}

// The pictures of the READMEs, in the language of each. They take some minutes, to fill the
// graphs.
//
//	go test -tags measure -run 'Pictures$' ./internal/browser
func TestPictures(t *testing.T) {
	p := start(t, "", map[string]string{"POLL_INTERVAL": "2s"})
	stops := map[string]func(){}
	for i, b := range branches() {
		stops[b.id] = b.play(t, p, uint64(i))
	}
	desk, phone := chromedp.EmulateViewport(1280, 860), chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	d := &dashboard{t: t, p: p, Tab: chromium.OpenWindow(t)}
	d.Do("sit at a desk", desk)
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("all are there", `document.querySelectorAll(".card[data-state=up]").length === 8`)
	time.Sleep(50 * time.Second)
	stops["pppoe-denpasar"]()
	delete(stops, "pppoe-denpasar")
	time.Sleep(100 * time.Second)
	for _, language := range []string{"en", "id"} {
		d.fill("#language", language)
		for _, view := range []struct {
			name, hash, shown, theme string
			shape                    chromedp.Action[chromedp.Void]
		}{
			{"fleet", "#/", `document.querySelectorAll(".card").length === 8`, "light", desk},
			{"fleet-phone", "#/", `document.querySelectorAll(".card").length === 8`, "dark", phone},
			{"router-phone", "#/router/pppoe-jakarta", `document.querySelector("#panel-users .body .line")`, "dark", phone},
		} {
			d.Do("take the shape", view.shape)
			d.do(fmt.Sprintf(`location.hash = %q; document.activeElement.blur()`, view.hash))
			d.Wait(view.name+" is shown", view.shown)
			if chromium.Eval[string](d.Tab, `document.documentElement.dataset.theme`) != view.theme {
				d.click("#theme")
			}
			time.Sleep(12 * time.Second) // rates, and the lines of the figures
			d.picture(view.name + "-" + language)
		}
	}
	d.Allow("net::ERR_") // the page is still open
	p.stop()
	for _, stop := range stops {
		stop()
	}
}

// TestPicturesOfEveryView takes pictures for people to look at: every view on a phone and on
// a desk, light and dark, in both languages.
//
//	go test -tags measure -run PicturesOfEveryView -artifacts -outputdir dist ./internal/browser
func TestPicturesOfEveryView(t *testing.T) {
	server := start(t, "", map[string]string{"POLL_INTERVAL": "2s"})
	concentrator := sim.CCR2004()
	concentrator.Wireless = true
	core, addr := device(t, sim.Options{PPPUsers: 480, Personality: concentrator, Identity: "core-1", Churn: 0.5})
	server.connect("pppoe-core", addr)
	_, addr = device(t, sim.Options{HotspotUsers: 34, Personality: sim.HAP(), Identity: "hotspot-kafe-1", Seed: 3})
	server.connect("hotspot-lobby", addr)
	for _, id := range []string{"pppoe-bandung", "pppoe-denpasar", "kantor-medan", "kantor-jakarta-selatan-lantai-2"} {
		d, addr := device(t, sim.Options{PPPUsers: 40 + 7*len(id), HotspotUsers: 3, Personality: sim.HEX(), Identity: "gw-" + id, Seed: uint64(len(id))})
		server.connect(id, addr)
		if id == "pppoe-denpasar" {
			d.Close()
		}
	}
	firing := &alarms{}
	firing.set(alarm("c1", "pppoe-core", "interface.down", "critical", map[string]any{"subject": "ether1", "reason": "no link"}),
		alarm("c2", "hotspot-lobby", "cpu", "warning", map[string]any{"value": 96.2}))
	p := withHistory(t, firing.before(t, server), evening)
	busy(t, core)
	for _, shape := range []struct {
		name string
		as   chromedp.Action[chromedp.Void]
	}{
		{"phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)},
		{"desk", chromedp.EmulateViewport(1280, 860)},
	} {
		for _, language := range []string{"en", "id"} {
			d := &dashboard{t: t, p: p, Tab: chromium.OpenWindow(t)}
			d.Allow("422 (Unprocessable Entity)")
			d.Do("take the shape", shape.as)
			d.Navigate(p.base)
			d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
			d.fill("#language", language)
			look := func(n int, view string) {
				time.Sleep(time.Second)
				for range 2 {
					theme := map[bool]string{true: "dark", false: "light"}[chromium.Eval[bool](d.Tab, `document.documentElement.dataset.theme === "dark"`)]
					d.pictureIn(filepath.Join(t.ArtifactDir(), fmt.Sprintf("%s-%02d-%s-%s-%s.png", shape.name, n, view, language, theme)), cdppage.CaptureScreenshotParams{})
					d.click("#theme")
					time.Sleep(300 * time.Millisecond)
				}
			}
			look(0, "signin")
			d.signIn(apiKey)
			d.Wait("routers are shown", `document.querySelector(".card[data-state=up]")`)
			time.Sleep(6 * time.Second)
			for n, view := range views {
				d.do(view.open)
				d.Wait(view.name+" is shown", view.shown)
				look(n+1, view.name)
			}
		}
	}
}
