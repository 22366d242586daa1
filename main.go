// Mikronec stands between MikroTik routers and everything that wants to watch
// or steer them: one login at each router, a REST API and live streams for
// everybody else.
//
//	@title						Mikronec API
//	@version					1.0
//	@description				One secure API for many MikroTik routers: run commands, read their state, watch them live.
//	@license.name				MIT
//	@BasePath					/
//	@securityDefinitions.apikey	ApiKeyAuth
//	@in							header
//	@name						X-API-Key
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/aprakasa/mikronec/internal/cli"
)

// version is stamped by the build.
var version = "dev"

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := cli.Program{
		Version: version,
		Args:    os.Args[1:],
		Lookup:  os.LookupEnv,
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
	}
	return p.Main(ctx)
}
