// Mikronec connects MikroTik routers to dashboards and scripts: it keeps one session
// to each router, and offers a REST API and live streams.
//
//	@title						Mikronec API
//	@version					1.0
//	@description				One secure API for many MikroTik routers: run commands, read their status, watch live streams.
//	@license.name				MIT
//	@BasePath					/
//	@securityDefinitions.apikey	ApiKeyAuth
//	@in							header
//	@name						X-API-Key
//	@securityDefinitions.basic	BasicAuth
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/aprakasa/mikronec/internal/cli"
)

// version is set by the build.
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
