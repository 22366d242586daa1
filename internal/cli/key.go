package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
)

const keyUsage = `mikronec key new -name NAME -role ROLE [flags]
mikronec key check FILE
mikronec key add -name NAME -role ROLE [flags]
mikronec key list
mikronec key revoke NAME

new prints a new API key, which is not stored anywhere, and the line to add to the
file in API_KEYS_FILE. check lists the keys of such a file, or its mistakes.

add, list and revoke are for the keys that POST /keys makes, in a fleet (NATS_URL, with
the variables of its instances) or in DATA_DIR, while no server uses that. A key that is
revoked ends at all instances of a fleet within a second. See docs/access.md.

`

var errKeyUsage = errors.New("use mikronec key new -name NAME -role ROLE, key check FILE, key add -name NAME -role ROLE, key list, or key revoke NAME")

// key creates API keys and checks files of API keys.
func (p *Program) key(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "new":
			return p.keyNew(args[1:])
		case "check":
			return p.keyCheck(args[1:])
		case "add":
			return p.keyAdd(ctx, args[1:])
		case "list":
			return p.keyList(ctx, args[1:])
		case "revoke":
			return p.keyRevoke(ctx, args[1:])
		case "-h", "-help", "--help":
			_, _ = io.WriteString(p.Stderr, keyUsage)
			return flag.ErrHelp
		}
	}
	_, _ = io.WriteString(p.Stderr, keyUsage)
	return errKeyUsage
}

func (p *Program) keyNew(args []string) error {
	var fields access.Fields
	f := p.flags("mikronec key new", keyUsage)
	keyFlags(f, &fields)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	secret := access.NewSecret()
	key, err := fields.Key(access.HashOf(secret))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "API key for the header X-API-Key; it is not shown again:\n\n  %s\n\nLine for the file in API_KEYS_FILE; send SIGHUP to the server after adding it:\n\n  %s\n",
		secret, key.Line())
	return err
}

// keyFlags are the flags that say what a new key permits.
func keyFlags(f *flag.FlagSet, fields *access.Fields) {
	fields.Routers = []string{"*"}
	f.StringVar(&fields.Name, "name", "", "unique `name` of the key for logs; letters, digits and . _ -")
	f.StringVar(&fields.Role, "role", "", "viewer, operator or admin")
	f.Func("routers", "`router_ids` or patterns such as branch-*, comma-separated; default *", func(text string) error {
		fields.Routers = strings.Split(text, ",")
		return nil
	})
	f.StringVar(&fields.Expires, "expires", "", "last `day` of the key, such as 2027-01-31, or a time of RFC 3339; default never")
	f.Func("rule", "`rule` for its commands; may be repeated", func(rule string) error {
		fields.Rules = append(fields.Rules, rule)
		return nil
	})
}

func (p *Program) keyCheck(args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errKeyUsage
	}
	keys, err := access.ReadFile(args[0])
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := fmt.Fprintf(p.Stdout, "%-20s %-8s %s, %s\n", k.Name, k.Role, strings.Join(k.Routers, ","), expiryOf(k)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.Stdout, "The file is valid: %d keys.\n", len(keys))
	return err
}

// expiryOf says when a key expires.
func expiryOf(k *access.Key) string {
	switch {
	case k.Expires.IsZero():
		return "never expires"
	case time.Now().Before(k.Expires):
		return "expires " + k.Expires.UTC().Format(time.RFC3339)
	}
	return "expired " + k.Expires.UTC().Format(time.RFC3339)
}
