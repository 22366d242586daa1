package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/server"
)

// settings returns those of servers with the same variables, for a command that uses what
// they keep, and a log of warnings.
func (p *Program) settings() (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(func(name string) (string, bool) {
		if value, ok := p.Lookup(name); ok || name != "MY_API_KEY" {
			return value, ok
		}
		return "not needed for this", true
	})
	return cfg, slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), err
}

// withKeys opens the keys that servers with the same variables have, and uses them on
// behalf of the owner: who can set these variables has what the owner has.
func (p *Program) withKeys(ctx context.Context, use func(k *keys.Keys) error) error {
	cfg, log, err := p.settings()
	if err != nil {
		return err
	}
	k, end, err := server.Keys(ctx, cfg, log)
	if err != nil {
		return err
	}
	err = use(k)
	return errors.Join(err, end())
}

func (p *Program) keyAdd(ctx context.Context, args []string) error {
	var fields access.Fields
	f := p.flags("mikronec key add", keyUsage)
	keyFlags(f, &fields)
	invite := f.Duration("invite", 0, "print the link of an invitation that can be exchanged for this `time`, such as 24h, instead of the key")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return p.withKeys(ctx, func(k *keys.Keys) error {
		if *invite != 0 {
			made, token, err := k.Invite(ctx, access.Owner, fields, *invite)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Stdout, "Link of the dashboard that gives the key %s, once, until %s; put the address of the server before it:\n\n  /#invite=%s\n",
				made.Name, made.Until.UTC().Format(time.RFC3339), token)
			return err
		}
		made, text, err := k.Create(ctx, access.Owner, fields)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "API key %s for the header X-API-Key; it is not shown again:\n\n  %s\n", made.Name, text)
		return err
	})
}

func (p *Program) keyList(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errKeyUsage
	}
	return p.withKeys(ctx, func(k *keys.Keys) error {
		for _, i := range append(k.List(access.Owner), k.Invitations(access.Owner)...) {
			what := string(i.Source)
			if i.By != "" {
				what += " by " + i.By
			}
			if !i.Until.IsZero() {
				what = "invitation until " + i.Until.UTC().Format(time.RFC3339)
			}
			if _, err := fmt.Fprintf(p.Stdout, "%-20s %-8s %s, %s, %s\n", i.Name, i.Role, strings.Join(i.Routers, ","), expiryOf(i.Key), what); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *Program) keyRevoke(ctx context.Context, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errKeyUsage
	}
	return p.withKeys(ctx, func(k *keys.Keys) error {
		what := "key"
		_, err := k.Revoke(ctx, access.Owner, args[0])
		if errors.Is(err, keys.ErrNoKey) {
			if _, withdrawn := k.Withdraw(ctx, access.Owner, args[0]); withdrawn == nil {
				what, err = "invitation", nil
			}
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "The %s %s was taken back.\n", what, args[0])
		return err
	})
}
