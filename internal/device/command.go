package device

import (
	"context"
	"fmt"
	"slices"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Run sends a command of an owner, see [routeros.Command], and waits for its
// reply, which the caller must release, also that which comes with an error. When ctx ends, the command is cancelled
// on the router. A router that closes the connection because the command says so, see
// [endsTheSession], has succeeded, with the rows that it sent before.
func (d *Device) Run(ctx context.Context, owner string, args []string) (*routeros.Reply, error) {
	args, err := d.encode(args)
	if err != nil {
		return nil, err
	}
	reply, err := d.link.Run(ctx, routeros.Command{Words: args, Owner: owner})
	if reply != nil && hungUp(err) && endsTheSession(args) {
		err = nil
	}
	return reply, err
}

// Retry has a router that is not connected be dialed at once, and waits for the end of the
// attempt. It returns nil when the router is connected, also if it was; else the error of
// the login.
func (d *Device) Retry(ctx context.Context) error { return d.link.Retry(ctx) }

// Stream is a command whose rows are read as they arrive; [routeros.Call] documents the
// methods.
type Stream interface {
	Next(buf proto.Sentences) (rows proto.Sentences, n int, err error)
	Done() proto.Sentence
	Page() charset.Page
	Cancel(cause error)
}

// streamLimit limits the rows that wait for a slow client, in bytes; beyond it the
// command is cancelled.
const streamLimit = 4 << 20

// Start sends a command and returns its stream. When ctx ends, the command is cancelled
// on the router.
func (d *Device) Start(ctx context.Context, owner string, args []string) (Stream, error) {
	args, err := d.encode(args)
	if err != nil {
		return nil, err
	}
	call, err := d.link.Stream(ctx, routeros.Command{Words: args, Owner: owner, Limit: streamLimit})
	if err != nil {
		return nil, err // not an interface with a nil *Call
	}
	if endsTheSession(args) {
		return lastStream{call}, nil
	}
	return call, nil
}

// encode converts the words to the code page of the router. Without a code page the
// router gets UTF-8.
func (d *Device) encode(args []string) ([]string, error) {
	codePage := d.link.Key().CodePage
	if codePage == "" {
		return args, nil
	}
	page, err := charset.Lookup(codePage)
	if err != nil {
		return nil, errcode.Field("code_page", err.Error())
	}
	out := make([]string, len(args))
	for i, word := range args {
		if out[i], err = page.Encode(word); err != nil {
			return nil, errcode.Field(fmt.Sprintf("args[%d]", i), "cannot be sent: "+err.Error())
		}
	}
	return out, nil
}

// Info is model, version, resources and identity of a router.
type Info struct {
	Replies []InfoReply // in the order of infoMenus
}

// InfoReply is the reply of one menu, or its error.
type InfoReply struct {
	Menu  *menu.Menu
	Reply *routeros.Reply // nil if Err is set
	Err   error
}

// Release releases the replies.
func (i Info) Release() {
	for _, r := range i.Replies {
		r.Reply.Release()
	}
}

// infoMenus are the menus that Info reads.
var infoMenus = []*menu.Menu{menu.Resource, menu.Routerboard, menu.Identity}

// InfoMenu returns the menu with this path that Info reads; nil if it reads no such menu.
func InfoMenu(path string) *menu.Menu {
	i := slices.IndexFunc(infoMenus, func(m *menu.Menu) bool { return m.Path == path })
	if i < 0 {
		return nil
	}
	return infoMenus[i]
}

// Info reads /system/resource, /system/routerboard and /system/identity in one round
// trip. If all of them fail, it returns the error of the first one. The caller must
// release the Info.
func (d *Device) Info(ctx context.Context, owner string) (Info, error) {
	commands := make([]routeros.Command, len(infoMenus))
	for i, mn := range infoMenus {
		commands[i] = routeros.Command{Words: []string{mn.Print()}, Owner: owner}
	}
	calls, err := d.link.StartAll(ctx, commands...)
	if err != nil {
		return Info{}, err
	}
	var info Info
	var first error
	failed := 0
	for i, mn := range infoMenus {
		reply, err := calls[i].Wait()
		if err != nil {
			failed++
			reply.Release()
			reply = nil
			if first == nil {
				first = err
			}
		}
		info.Replies = append(info.Replies, InfoReply{mn, reply, err})
	}
	if failed == len(infoMenus) {
		return Info{}, first
	}
	return info, nil
}
