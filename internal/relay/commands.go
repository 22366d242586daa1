package relay

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Names of the handlers of commands; a grant is for one of them.
const (
	runHandler   = "run"
	startHandler = "start"
	infoHandler  = "info"
	retryHandler = "retry"
)

// Router is a session of this instance. [device.Device] documents the methods.
type Router interface {
	Run(ctx context.Context, owner string, args []string) (*routeros.Reply, error)
	Start(ctx context.Context, owner string, args []string) (device.Stream, error)
	Info(ctx context.Context, owner string) (device.Info, error)
	Retry(ctx context.Context) error
}

// CommandOptions are how a Server takes commands.
type CommandOptions struct {
	Keys  [][]byte     // those with which a grant may be signed
	Rules []*rules.Set // of the server; those of the key were checked where the command came in
	// Permit returns nil if this instance may send commands now. It must not wait.
	Permit func() error
	// Find returns the router of a router_id if this instance has its session, by the
	// claim with this epoch; else an error, and another instance may be asked. It must not
	// wait.
	Find func(routerID string, epoch uint64) (Router, error)
}

// HandleCommands takes commands of other instances, see [Remote].
func (s *Server) HandleCommands(opts CommandOptions) {
	c := &commander{CommandOptions: opts, instance: s.opts.Instance}
	for name, work := range map[string]func(g *grant, r Router) Work{
		runHandler: runCommand, startHandler: startCommand, infoHandler: readInfo, retryHandler: retry,
	} {
		s.handle(name, commands, func(body []byte) (Work, error) {
			g, router, err := c.accept(name, body)
			if err != nil {
				return nil, err
			}
			return work(g, router), nil
		})
	}
}

// commander checks commands before anything is sent.
type commander struct {
	CommandOptions

	instance string
	used     nonces
}

// accept returns a command that is granted and its router.
func (c *commander) accept(kind string, body []byte) (*grant, Router, error) {
	g, err := parseGrant(body, c.Keys)
	if err != nil {
		return nil, nil, err
	}
	if g.kind != kind || g.instance != c.instance {
		return nil, nil, errcode.New(errcode.Internal, fmt.Sprintf("the grant is for %s at the instance %q", g.kind, g.instance))
	}
	if err := c.used.use(&g, time.Now()); err != nil {
		return nil, nil, err
	}
	if kind == runHandler || kind == startHandler { // words of a client
		for _, set := range c.Rules {
			if err := set.Check(g.words); err != nil {
				return nil, nil, err
			}
		}
	}
	router, err := c.Find(g.router, g.epoch)
	if err == nil {
		err = c.Permit()
	}
	if err != nil {
		return nil, nil, &RefusedError{Err: err, Elsewhere: true}
	}
	return &g, router, nil
}

// runCommand answers with the reply as a whole, also where the command failed after rows.
func runCommand(g *grant, router Router) Work {
	return func(ctx context.Context, out *Answer) error {
		reply, err := router.Run(ctx, g.owner, g.words)
		defer reply.Release() // when the requester has taken all but the last frames
		return cmp.Or(err, writeReply(out, reply))
	}
}

// startCommand answers with rows as they arrive. While the requester takes none, they wait
// in the stream of the router, which limits them.
func startCommand(g *grant, router Router) Work {
	return func(ctx context.Context, out *Answer) error {
		stream, err := router.Start(ctx, g.owner, g.words)
		if err != nil {
			return err
		}
		defer func() { stream.Cancel(context.Cause(ctx)) }()
		if err := cmp.Or(writePage(out, stream.Page()), out.Flush()); err != nil {
			return err
		}
		return cmp.Or(sendRows(out, stream), writeDone(out, stream.Done(), time.Time{}))
	}
}

// sendRows sends the rows of a stream until its end.
func sendRows(out *Answer, stream device.Stream) error {
	for buf := (routeros.Reply{}).Rows; ; {
		rows, _, err := stream.Next(buf)
		if err == io.EOF { //nolint:errorlint // the end; an error may wrap it
			return nil
		}
		if err != nil {
			return err
		}
		if err := cmp.Or(writeRows(out, rows), out.Flush()); err != nil {
			return err
		}
		buf = rows
	}
}

// readInfo answers with the replies of several menus.
func readInfo(g *grant, router Router) Work {
	return func(ctx context.Context, out *Answer) error {
		info, err := router.Info(ctx, g.owner)
		if err != nil {
			return err
		}
		defer info.Release()
		for _, r := range info.Replies {
			if err := writeRecord(out, recordMenu, append(appendText(nil, r.Menu.Path), appendError(nil, r.Err)...)); err != nil {
				return err
			}
			if err := writeReply(out, r.Reply); err != nil {
				return err
			}
		}
		return nil
	}
}

// retry answers when the attempt to log in has ended.
func retry(_ *grant, router Router) Work {
	return func(ctx context.Context, _ *Answer) error { return router.Retry(ctx) }
}
