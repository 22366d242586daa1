// Package cli is the command line: a file for each command of the program.
package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
)

// Program is one run of the program, with what the operating system passes to it.
type Program struct {
	Version string
	Args    []string // without the program's name
	Lookup  func(name string) (string, bool)
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

const usage = `mikronec connects MikroTik routers to dashboards and scripts.

  mikronec               run the server; MY_API_KEY must be set
  mikronec demo          run the server with two simulated routers; no setup needed
  mikronec sim           run a simulated router; -h lists the flags
  mikronec doctor ADDR   check whether a router can be monitored; -h lists the flags
  mikronec key           create, list and take back API keys; check key files; see -h
  mikronec routers       check files of declared routers; see -h
  mikronec alerts        check files of alert rules and send test messages; see -h
  mikronec secrets       make and rotate the keys that seal passwords; see -h
  mikronec healthcheck   exit with status 0 if the server on PORT is ready
  mikronec version       print the version

The server is configured by environment variables; see docs/configuration.md.
`

// withHelp are the commands that print a help of their own.
var withHelp = []string{"sim", "doctor", "key", "routers", "alerts", "secrets"}

// Main runs the command in Args until it is done or ctx ends, and returns the exit
// status: 0, 1 after an error, which is printed, or 2 for an unknown command.
func (p *Program) Main(ctx context.Context) int {
	name, args := "serve", p.Args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	commands := map[string]func(context.Context, []string) error{
		"serve":       p.serve,
		"demo":        p.demo,
		"sim":         p.sim,
		"doctor":      p.doctor,
		"key":         p.key,
		"routers":     p.routers,
		"alerts":      p.alerts,
		"secrets":     p.secrets,
		"healthcheck": p.healthcheck,
		"version":     p.version,
	}
	run, ok := commands[name]
	if !ok || len(args) > 0 && (args[0] == "-h" || args[0] == "--help" || args[0] == "-help") && !slices.Contains(withHelp, name) {
		_, _ = io.WriteString(p.Stderr, usage)
		if ok {
			return 0
		}
		return 2
	}
	if err := run(ctx, args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // never wrapped
			return 0
		}
		_, _ = fmt.Fprintln(p.Stderr, "mikronec:", err)
		return 1
	}
	return 0
}

// flags returns a set of flags that prints the usage and itself for -h and mistakes.
func (p *Program) flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(p.Stderr)
	f.Usage = func() {
		_, _ = io.WriteString(p.Stderr, usage)
		f.PrintDefaults()
	}
	return f
}

// none returns an error if there are arguments.
func none(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q; use environment variables for settings", args[0])
	}
	return nil
}

func (p *Program) serve(ctx context.Context, args []string) error {
	if err := none(args); err != nil {
		return err
	}
	cfg, err := config.Load(p.Lookup)
	if err != nil {
		return err
	}
	log := p.logger(cfg)
	s, err := server.Start(cfg, p.Version, log)
	if err != nil {
		return err
	}
	log.LogAttrs(ctx, slog.LevelInfo, "server started",
		slog.String("addr", s.Addr().String()), slog.String("version", p.Version))
	return s.Wait(ctx)
}

func (p *Program) version(_ context.Context, args []string) error {
	if err := none(args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.Stdout, "mikronec", p.Version)
	return err
}

// logger returns the logger for LOG_FORMAT and LOG_LEVEL.
func (p *Program) logger(cfg config.Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogText || cfg.LogFormat == config.LogAuto && isTerminal(p.Stderr) {
		return slog.New(slog.NewTextHandler(p.Stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(p.Stderr, opts))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
