package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/secret"
)

const secretsUsage = `mikronec secrets new
mikronec secrets rotate

new prints a new key for the file in SECRETS_KEY_FILE, or for SECRETS_KEY. rotate seals
the passwords in DATA_DIR again: with a new key, or with SECRETS_KEY_FILE or SECRETS_KEY with
the first key there. The server must not be running. See docs/operation.md.

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
	variable := func(name string) string { value, _ := p.Lookup(name); return strings.TrimSpace(value) }
	dir := variable("DATA_DIR")
	if dir == "" {
		return errors.New("DATA_DIR is not set; it names the folder whose passwords are to be sealed again")
	}
	keys := datadir.Keys{File: variable("SECRETS_KEY_FILE"), Text: variable("SECRETS_KEY")}
	done, err := datadir.Rotate(ctx, dir, keys)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "Passwords sealed again: %d. All are sealed with the key %s now.\n", done.Passwords, done.Key)
	if err == nil && !done.Made {
		_, err = fmt.Fprintln(p.Stdout, "The other keys are not needed any more.")
	}
	return err
}
