package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Target is the instance that has the session of a router, and the epoch of the claim with
// which it has it. The zero value is none.
type Target struct {
	Instance string
	Epoch    uint64
}

// State is what is known here of a router whose session is at another instance. Its
// methods send nothing.
type State interface {
	Status() device.Status
	Facts() poller.Facts
}

// RemoteOptions are those of a Remote.
type RemoteOptions struct {
	Client *Client
	Key    []byte // signs grants; one of those in [CommandOptions] of all instances
	// RouterID is the router_id for which commands are sent.
	RouterID string
	// Owner returns the instance that has the session. After a refusal it is called again,
	// with the target that has refused: it waits a moment for another one, but not where
	// ctx has ended, and may return the same, which may just be taking the session over.
	// Its error is that of the command, of which nothing was sent.
	Owner func(ctx context.Context, refused Target) (Target, error)
	State State
}

// Remote is a router whose session is at another instance. It implements what
// manager.Device has of commands and of states.
//
// A command is sent to one instance; once more, for a while, only if that has refused it.
// If one gives no sign of life, the command may have been carried out.
type Remote struct {
	State

	opts RemoteOptions

	paths device.PathMemory

	mu      sync.Mutex
	seen    sessionAt // guarded by mu
	session int       // number of seen; guarded by mu
}

// sessionAt is one session of a router at an instance.
type sessionAt struct {
	Target

	logins int
}

// NewRemote returns a router at another instance. It has nothing to close.
func NewRemote(opts RemoteOptions) *Remote { return &Remote{State: opts.State, opts: opts} }

// Run sends a command and waits for its reply; see [device.Device.Run].
func (r *Remote) Run(ctx context.Context, owner string, args []string) (reply *routeros.Reply, err error) {
	err = r.send(ctx, runHandler, owner, args, func(in *incoming) error {
		defer in.discard(errTaken)
		reader := r.opts.Client.replyReader(in, owner)
		err := reader.all(nil)
		reply = reader.take()
		return err
	})
	return reply, err
}

// Start sends a command and returns its stream; see [device.Device.Start].
func (r *Remote) Start(ctx context.Context, owner string, args []string) (out device.Stream, err error) {
	err = r.send(ctx, startHandler, owner, args, func(in *incoming) error {
		s := &stream{in: in, records: records{next: in.next}}
		if err := s.begin(); err != nil {
			in.discard(err)
			return err
		}
		out = s
		return nil
	})
	return out, err
}

// Info reads model, version, resources and identity; see [device.Device.Info].
func (r *Remote) Info(ctx context.Context, owner string) (info device.Info, err error) {
	err = r.send(ctx, infoHandler, owner, nil, func(in *incoming) error {
		defer in.discard(errTaken)
		reader := r.opts.Client.replyReader(in, owner)
		err := reader.all(func(content []byte) error {
			f := fields{rest: content}
			part := device.InfoReply{Menu: device.InfoMenu(f.text())}
			part.Err = decodeError(f.rest, nil)
			if part.Menu == nil {
				return fmt.Errorf("%w: a menu", errMalformed)
			}
			if n := len(info.Replies); n > 0 {
				info.Replies[n-1].Reply = reader.take()
			}
			info.Replies = append(info.Replies, part)
			return nil
		})
		if n := len(info.Replies); n > 0 {
			info.Replies[n-1].Reply = reader.take()
		}
		return err
	})
	if err != nil {
		info.Release()
		return device.Info{}, err
	}
	return info, nil
}

// Retry has the instance that has the session dial the router; see [device.Device.Retry].
func (r *Remote) Retry(ctx context.Context) error {
	return r.send(ctx, retryHandler, "", nil, func(in *incoming) error {
		defer in.discard(errTaken)
		reader := r.opts.Client.replyReader(in, "")
		return reader.all(nil)
	})
}

// movePatience is for how long a command is sent again that is refused where the session
// should be: it is on the move.
const movePatience = 3 * time.Second

// send sends a command to the instance that has the session, and while that refuses it, to
// the one that has it then. read takes the answer; its error is a refusal only if nothing
// has come before it.
func (r *Remote) send(ctx context.Context, kind, owner string, words []string, read func(*incoming) error) error {
	to, err := r.opts.Owner(ctx, Target{})
	if err != nil {
		return notSent(err)
	}
	for late := time.Now().Add(movePatience); ; {
		err = r.sendTo(ctx, to, kind, owner, words, read)
		refused, ok := errors.AsType[*RefusedError](err)
		if !ok || !refused.Elsewhere || time.Now().After(late) {
			return err
		}
		next, missing := r.opts.Owner(ctx, to)
		if missing != nil {
			return err
		}
		to = next
	}
}

func (r *Remote) sendTo(ctx context.Context, to Target, kind, owner string, words []string, read func(*incoming) error) error {
	g := newGrant(kind, to, r.opts.RouterID, owner, words)
	in, err := r.opts.Client.send(ctx, to.Instance, request{name: kind, body: g.sign(r.opts.Key)}, "command", owner)
	if err != nil {
		return err
	}
	return read(in)
}

// notSent makes an error say that nothing was sent.
func notSent(err error) error {
	if routeros.SafeToRetry(err) {
		return err
	}
	return &RefusedError{Err: err}
}

// Paths is what was learned about the menus of the router in this session. The present
// owner of the session is looked up without waiting.
func (r *Remote) Paths() device.Paths {
	now := sessionAt{logins: r.Status().Link.Logins}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if to, err := r.opts.Owner(ended, Target{}); err == nil {
		now.Target = to
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now != r.seen {
		r.seen = now
		r.session++
	}
	return r.paths.In(r.session)
}

// replyReader puts a reply together from its records.
type replyReader struct {
	records

	held  held
	limit int             // of the rows of a reply, in bytes
	size  int             // of the rows, as announced; 0 if it is not known
	reply *routeros.Reply // nil before the first record
}

func (c *Client) replyReader(in *incoming, owner string) *replyReader {
	return &replyReader{records: records{next: in.next}, held: held{budget: c.opts.Budget, owner: owner}, limit: c.opts.MaxReply}
}

// all reads until the end of the answer, whose error it returns; nil for success. menu is
// called with records that begin another reply, nil if there are none.
func (r *replyReader) all(menu func(content []byte) error) error {
	for {
		kind, content, err := r.read()
		if errors.Is(err, errEnd) {
			return nil
		}
		if err != nil {
			return err
		}
		if kind == recordMenu && menu != nil {
			err = menu(content)
		} else {
			err = r.add(kind, content)
		}
		if err != nil {
			return err
		}
	}
}

// add adds a record to the reply.
func (r *replyReader) add(kind byte, content []byte) (err error) {
	if r.reply == nil {
		r.reply = &routeros.Reply{}
	}
	switch kind {
	case recordPage:
		r.reply.Page, err = readPage(content)
	case recordSize:
		f := fields{rest: content}
		r.size, err = int(min(f.number(), maxAnnounced)), f.err() //nolint:gosec // small
	case recordRows:
		err = r.rows(content)
	case recordDone:
		r.reply.Done, r.reply.Answered, err = readDone(content)
	default:
		err = fmt.Errorf("%w: a record of kind %q", errMalformed, kind)
	}
	return err
}

// maxAnnounced limits what is made for rows before they arrive, in bytes.
const maxAnnounced = 4 << 20

func (r *replyReader) rows(content []byte) error {
	rows, n, err := readRows(content)
	if err != nil {
		return err
	}
	if len(r.reply.Rows)+len(rows) > r.limit {
		return routeros.ErrReplyTooLarge
	}
	switch {
	case len(r.reply.Rows) == 0 && r.size <= len(rows):
		r.reply.Rows = rows
	case cap(r.reply.Rows) == 0:
		r.reply.Rows = append(make(proto.Sentences, 0, r.size), rows...)
	default:
		r.reply.Rows = append(r.reply.Rows, rows...)
	}
	r.reply.Len += n
	if !r.held.add(cap(r.reply.Rows) - r.held.bytes) {
		r.reply.Rows, r.reply.Len = nil, 0
		r.held.add(-r.held.bytes)
		return errNoMemory
	}
	return nil
}

// take returns the reply, which the caller must release; nil if there was none. The next
// record begins another one.
func (r *replyReader) take() *routeros.Reply {
	reply := r.reply
	if reply != nil && r.held.counted > 0 {
		reply.Hold(r.held.budget, r.held.owner, r.held.counted)
	}
	r.reply, r.held.bytes, r.held.counted = nil, 0, 0
	return reply
}
