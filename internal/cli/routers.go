package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/aprakasa/mikronec/internal/routerfile"
)

const routersUsage = `mikronec routers check FILE

check lists the routers of a file for ROUTERS_FILE, or its mistakes. It reads the
passwords that the file names and shows none of them; nothing is connected.
See docs/operation.md.

`

var errRoutersUsage = errors.New("use mikronec routers check FILE")

// routers checks files of declared routers.
func (p *Program) routers(_ context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "check" && args[1] != "":
		return p.routersCheck(args[1])
	case len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help"):
		_, _ = io.WriteString(p.Stderr, routersUsage)
		return flag.ErrHelp
	}
	_, _ = io.WriteString(p.Stderr, routersUsage)
	return errRoutersUsage
}

func (p *Program) routersCheck(path string) error {
	declared, err := routerfile.Read(path, p.Lookup)
	if err != nil {
		return err
	}
	for _, r := range declared.Routers {
		if _, err := fmt.Fprintf(p.Stdout, "%-20s %s\n", r.ID, r.Key); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.Stdout, "The file is valid: %d routers.\n", len(declared.Routers))
	return err
}
