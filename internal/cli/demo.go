package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

// demoRouter is one of the simulated routers of the demo.
type demoRouter struct {
	id      string
	about   string
	options sim.Options
}

const (
	demoUser     = "api"
	demoPassword = "demo-password" // of simulated routers that listen on loopback only
	demoOff      = 2 * time.Minute // how long one stays off
)

func demoRouters() []demoRouter {
	return []demoRouter{
		{"hotspot-lobby", "hAP, RouterOS 6, hotspot", sim.Options{
			Personality: sim.HAP(), Identity: "hotspot-lobby", User: demoUser, Password: demoPassword,
			HotspotUsers: 24, Churn: 0.5, Seed: 1, OffTime: demoOff,
		}},
		{"pppoe-core", "CCR2004, RouterOS 7, PPPoE with 500 users", sim.Options{
			Personality: sim.CCR2004(), Identity: "pppoe-core", User: demoUser, Password: demoPassword,
			PPPUsers: 500, Churn: 0.2, Seed: 2, OffTime: demoOff,
		}},
	}
}

// demo runs the server on loopback and connects simulated routers to it. To the server
// they are routers like any other.
func (p *Program) demo(ctx context.Context, args []string) error {
	if err := none(args); err != nil {
		return err
	}
	cfg, err := p.demoConfig()
	if err != nil {
		return err
	}
	if cfg.AlertsFile == "" {
		alerts, err := p.demoAlerts()
		if err != nil {
			return err
		}
		defer alerts.close()
		cfg.AlertsFile = alerts.file
	}
	s, err := server.Start(cfg, p.Version, p.logger(cfg))
	if errors.Is(err, syscall.EADDRINUSE) {
		cfg.Port = 0 // the port is in use; any other will do
		s, err = server.Start(cfg, p.Version, p.logger(cfg))
	}
	if err != nil {
		return err
	}
	var devices simulated
	defer devices.close() // after Wait, so that sessions are closed properly
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hosts, err := connectDemo(ctx, s, &devices)
	if err == nil {
		_, own := p.Lookup("MY_API_KEY")
		writeGuide(p.Stdout, guide{base: s.URL(), key: cfg.APIKey.Reveal(), own: own, hosts: hosts})
	} else {
		cancel()
	}
	return errors.Join(err, s.Wait(ctx))
}

// demoConfig loads the configuration with defaults for a demo: a random key, loopback
// only, and warnings only in the log.
func (p *Program) demoConfig() (config.Config, error) {
	key := "demo-" + strings.ToLower(rand.Text()[:12])
	return config.Load(func(name string) (string, bool) {
		value, ok := p.Lookup(name)
		switch {
		case name == "LISTEN_HOST":
			return "127.0.0.1", true
		case name == "DATA_DIR" || name == "NATS_URL" || name == "ROUTERS_FILE" || name == "SECRETS_KEY" || name == "SECRETS_KEY_FILE":
			return "", false // the simulated routers end with the demo
		case name == "MY_API_KEY" && !ok:
			return key, true
		case name == config.AlertNetworks && strings.TrimSpace(value) != "":
			return value + ",127.0.0.0/8", true // where the demo prints alerts
		case name == dialpolicy.Variable && strings.TrimSpace(value) != "":
			return value + ",127.0.0.0/8", true // where the simulated routers are
		case name == "HISTORY" && !ok:
			return "24h", true
		case name == "LOG_LEVEL" && !ok:
			return slog.LevelWarn.String(), true
		}
		return value, ok
	})
}

// connectDemo starts the simulated routers, connects them to the server, and returns
// their addresses.
func connectDemo(ctx context.Context, s *server.Server, devices *simulated) (addrs []string, err error) {
	for _, r := range demoRouters() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		devices.serve(listener, r.options)
		addr := listener.Addr().String()
		if err := s.Connect(ctx, r.id, addr, demoUser, demoPassword); err != nil {
			return nil, fmt.Errorf("connect the simulated router %s: %w", r.id, err)
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

// guide is the text that the demo prints.
type guide struct {
	base  string
	key   string
	own   bool     // the key comes from MY_API_KEY
	hosts []string // of the simulated routers, in their order
}

// dashboard is the URL of the page. A key that was made for this demo is part of it:
// after the # it never leaves the browser, and it is not valid after the demo. A key
// from MY_API_KEY has to be typed in.
func (g guide) dashboard() string {
	if g.own {
		return g.base + "/"
	}
	return g.base + "/#key=" + g.key
}

func writeGuide(w io.Writer, g guide) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nMikronec demo with two simulated routers.\n\n")
	for i, r := range demoRouters() {
		fmt.Fprintf(&b, "  %-14s %s (RouterOS API on %s, user %s)\n", r.id, r.about, g.hosts[i], demoUser)
	}
	fmt.Fprintf(&b, "\n  Dashboard  %s\n  API key    %s\n  Swagger    %s/swagger/index.html\n", g.dashboard(), g.key, g.base)
	fmt.Fprintf(&b, "\nRun in another terminal:\n")
	for _, step := range g.steps() {
		fmt.Fprintf(&b, "\n# %s\n%s\n", step.about, step.curl)
	}
	fmt.Fprintf(&b, "\nAlerts are printed here. Switch a router off, and on again after %v, and wait for a minute:\n\n  %s\n", demoOff, g.switchOff())
	fmt.Fprintf(&b, "\nPress Ctrl-C to stop the demo.\n")
	_, _ = io.WriteString(w, b.String())
}

// switchOff is a command that switches a router off.
func (g guide) switchOff() string {
	return fmt.Sprintf(`curl -sS -X POST '%s/run' -H 'X-API-Key: %s' -H 'Content-Type: application/json' -d '{"router_id":"pppoe-core","args":["/system/shutdown"]}'`, g.base, g.key)
}

type step struct{ about, curl string }

// steps are curl commands for the endpoints. They work in this order, repeatedly.
func (g guide) steps() []step {
	key := "-H 'X-API-Key: " + g.key + "'"
	post := func(path, body string) string {
		return fmt.Sprintf("curl -sS -X POST '%s%s' %s -H 'Content-Type: application/json' -d '%s'", g.base, path, key, body)
	}
	get := func(path string) string {
		return fmt.Sprintf("curl -sS '%s%s' %s", g.base, path, key)
	}
	return []step{
		{"All routers, with their status", get("/routers")},
		{"One router", get("/routers/pppoe-core")},
		{"Alerts that fire", get("/alerts")},
		{"Model, version and resources of a router", get("/system-info?router=hotspot-lobby")},
		{"Live stream: resources, hotspot and PPP users, every 2 s (stop with Ctrl-C)",
			fmt.Sprintf("curl -sSN '%s/sse/hotspot-lobby' %s", g.base, key)},
		{"Run any RouterOS command", post("/run", `{"router_id":"pppoe-core","args":["/ip/address/print"]}`)},
		{"... with attributes and queries", post("/run", `{"router_id":"pppoe-core","args":["/interface/print","=.proplist=name,type,running","?type=ether"]}`)},
		{"... or count rows; the number is in \"ret\"", post("/run", `{"router_id":"pppoe-core","args":["/ppp/active/print","=count-only="]}`)},
		{"Connect a router: here the first one again under a second id, which shares the session",
			post("/connect", fmt.Sprintf(`{"router_id":"second-name","host":"%s","user":"%s","pass":"%s"}`, g.hosts[0], demoUser, demoPassword))},
		{"Disconnect it", post("/disconnect", `{"router_id":"second-name"}`)},
		{"Is the server alive and ready (no key needed)", fmt.Sprintf("curl -sS '%s/healthz'; curl -sS '%s/readyz'", g.base, g.base)},
	}
}
