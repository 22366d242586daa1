package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Run sends one command and waits for the answer. When ctx ends, so does the
// command on the router. A router that hangs up because it was told to go down
// has done what it was told: the reply is empty then.
func (d *Device) Run(ctx context.Context, args []string) (*routeros.Reply, error) {
	args, err := d.encode(args)
	if err != nil {
		return nil, err
	}
	reply, err := d.link.Run(ctx, args...)
	if err != nil && endsTheSession(args[0]) && hungUp(err) {
		return &routeros.Reply{}, nil
	}
	return reply, err
}

// Stream is one command whose rows are taken as they come; see [routeros.Call]
// for what its methods do.
type Stream interface {
	Next(buf proto.Sentences) (rows proto.Sentences, n int, err error)
	Done() proto.Sentence
	Page() charset.Page
	Cancel(cause error)
}

// streamLimit is how many bytes of rows may wait for a client that takes them
// more slowly than the router gives them; beyond, the command is ended.
const streamLimit = 4 << 20

// Start sends one command; its rows are taken as they come. When ctx ends, so
// does the command on the router.
func (d *Device) Start(ctx context.Context, args []string) (Stream, error) {
	args, err := d.encode(args)
	if err != nil {
		return nil, err
	}
	call, err := d.link.Stream(ctx, streamLimit, args...)
	if err != nil {
		return nil, err // not a nil call in an interface
	}
	return call, nil
}

// encode turns text into the bytes that the router's own tools write, where a
// code page was asked for; without one the router gets UTF-8.
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

// endings are commands after which a router goes down without a word, or with
// one that does not arrive.
var endings = map[string]bool{
	"system/reboot": true, "system/shutdown": true, "system/reset-configuration": true,
	"system/package/downgrade": true, "system/package/update/install": true,
	"system/backup/load": true,
}

func endsTheSession(path string) bool {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) })
	return endings[strings.ToLower(strings.Join(words, "/"))]
}

// hungUp tells the end of a connection that had carried the command from one
// that never did.
func hungUp(err error) bool {
	if routeros.SafeToRetry(err) {
		return false
	}
	_, fatal := errors.AsType[*routeros.FatalError](err)
	link, broken := errors.AsType[*routeros.LinkError](err)
	return fatal || broken && link.Step == "read"
}

// Info is what a router says about itself.
type Info struct {
	Replies []InfoReply // in the order of infoMenus
}

// InfoReply is the answer of one menu: a row, or why there is none.
type InfoReply struct {
	Menu  *menu.Menu
	Reply *routeros.Reply // nil where Err is set
	Err   error
}

// infoMenus are those of Info.
var infoMenus = []*menu.Menu{menu.Resource, menu.Routerboard, menu.Identity}

// Info asks for /system/resource, /system/routerboard and /system/identity in
// one round trip. A menu that fails has its error; the error of the whole is
// that of the first one, where all failed.
func (d *Device) Info(ctx context.Context) (Info, error) {
	commands := make([]routeros.Command, len(infoMenus))
	for i, mn := range infoMenus {
		commands[i].Words = []string{mn.Print()}
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
