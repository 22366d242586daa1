package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/server"
)

const secretsUsage = `mikronec secrets new
mikronec secrets rotate

new prints a new key for the file in SECRETS_KEY_FILE, or for SECRETS_KEY.

rotate seals passwords and API keys again. In a fleet (NATS_URL, with the variables of its
instances, which may run) it takes the first key of SECRETS_KEY_FILE or SECRETS_KEY, which
all instances must have: see docs/fleet.md. In DATA_DIR, while no server uses that, it takes
the same, or makes a new key where neither is set: see docs/operation.md.

`

var errSecretsUsage = errors.New("use mikronec secrets new, or mikronec secrets rotate")

// secrets makes keys of the register, and rotates them.
func (p *Program) secrets(ctx context.Context, args []string) error {
	if len(args) == 1 {
		switch args[0] {
		case "new":
			_, err := fmt.Fprintln(p.Stdout, secret.NewKey(time.Now()))
			return err
		case "rotate":
			return p.rotate(ctx)
		case "-h", "-help", "--help":
			_, _ = io.WriteString(p.Stderr, secretsUsage)
			return flag.ErrHelp
		}
	}
	_, _ = io.WriteString(p.Stderr, secretsUsage)
	return errSecretsUsage
}

func (p *Program) rotate(ctx context.Context) error {
	cfg, log, err := p.settings()
	if err != nil {
		return err
	}
	done, err := server.Rotate(ctx, cfg, log)
	if err != nil {
		return err
	}
	where, hint := "DATA_DIR", "The other keys are not needed any more.\n"
	switch {
	case cfg.NATSURL != "":
		where, hint = "NATS", "The other keys are not needed any more: remove them from the ring of all instances.\n"
	case done.Made:
		hint = ""
	}
	_, err = fmt.Fprintf(p.Stdout, "Passwords sealed again: %d. API keys and invitations sealed again: %d.\nAll of them in %s are sealed with the key %s now.\n%s",
		done.Passwords, done.APIKeys, where, done.Key, hint)
	return err
}
