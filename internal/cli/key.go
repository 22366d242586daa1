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

new prints a new API key, which is not stored anywhere, and the line to add to the
file in API_KEYS_FILE. check lists the keys of such a file, or its mistakes.
See docs/access.md.

`

var errKeyUsage = errors.New("use mikronec key new -name NAME -role ROLE, or mikronec key check FILE")

// key creates API keys and checks files of API keys.
func (p *Program) key(_ context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "new":
			return p.keyNew(args[1:])
		case "check":
			return p.keyCheck(args[1:])
		case "-h", "-help", "--help":
			_, _ = io.WriteString(p.Stderr, keyUsage)
			return flag.ErrHelp
		}
	}
	_, _ = io.WriteString(p.Stderr, keyUsage)
	return errKeyUsage
}

func (p *Program) keyNew(args []string) error {
	var key access.Key
	var rules []string
	f := p.flags("mikronec key new", keyUsage)
	f.StringVar(&key.Name, "name", "", "unique `name` of the key for logs; letters, digits and . _ -")
	role := f.String("role", "", "viewer, operator or admin")
	routers := f.String("routers", "*", "router_ids or patterns such as branch-*, comma-separated")
	expires := f.String("expires", "", "last `day` of the key, such as 2027-01-31, or a time of RFC 3339; default never")
	f.Func("rule", "`rule` for its commands; may be repeated", func(rule string) error {
		rules = append(rules, rule)
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	secret := access.NewSecret()
	line := []string{"name=" + key.Name, "role=" + *role, "routers=" + *routers, "hash=" + access.HashOf(secret).String()}
	if *expires != "" {
		line = append(line, "expires="+*expires)
	}
	for _, rule := range rules {
		line = append(line, "rule="+rule)
	}
	// The parser checks the line, so that the server accepts what is printed.
	keys, err := access.Parse(strings.Join(line, " "))
	if err != nil {
		return err
	}
	if len(keys) != 1 {
		return errors.New("a value must not begin with #")
	}
	_, err = fmt.Fprintf(p.Stdout, "API key for the header X-API-Key; it is not shown again:\n\n  %s\n\nLine for the file in API_KEYS_FILE; send SIGHUP to the server after adding it:\n\n  %s\n",
		secret, keys[0].Line())
	return err
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
		expires := "never expires"
		if !k.Expires.IsZero() {
			expires = "expires " + k.Expires.UTC().Format(time.RFC3339)
			if !time.Now().Before(k.Expires) {
				expires = strings.Replace(expires, "expires", "expired", 1)
			}
		}
		if _, err := fmt.Fprintf(p.Stdout, "%-20s %-8s %s, %s\n", k.Name, k.Role, strings.Join(k.Routers, ","), expires); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.Stdout, "The file is valid: %d keys.\n", len(keys))
	return err
}
