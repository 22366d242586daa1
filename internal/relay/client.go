package relay

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// RefusedError means that a request was not taken: nothing was done, and nothing was sent
// to a router.
type RefusedError struct {
	Err error // why
	// Elsewhere says that another instance may take it: this one is gone, is stopping, or
	// does not have the router.
	Elsewhere bool
}

func (e *RefusedError) Error() string { return e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }

// SafeToRetry is always true, see [routeros.SafeToRetry].
func (e *RefusedError) SafeToRetry() bool { return true }

// ClientOptions are those of a Client.
type ClientOptions struct {
	Instance string // the name of this one, for the logs of others
	Timing   Timing
	// Budget counts what answers hold in memory until they are used; nil for no limit.
	Budget routeros.Budget
	// MaxReply limits the rows of a reply, in bytes. 64 MiB.
	MaxReply int
}

// Client asks other instances. It has one goroutine, which looks at the requests at work,
// and one of NATS.
type Client struct {
	bus    Bus
	opts   ClientOptions
	inbox  string // subject of answers, without the id
	sub    *nats.Subscription
	closed chan struct{}
	wg     sync.WaitGroup

	mu   sync.Mutex
	open map[string]*incoming // requests at work, by id; nil when closed; guarded by mu
}

// NewClient returns a client, which must be closed before the bus.
func NewClient(bus Bus, opts ClientOptions) (*Client, error) {
	opts.Timing = opts.Timing.withDefaults()
	opts.MaxReply = cmp.Or(opts.MaxReply, 64<<20)
	c := &Client{bus: bus, opts: opts, inbox: bus.NATS().NewInbox(), closed: make(chan struct{}), open: make(map[string]*incoming)}
	var err error
	if c.sub, err = bus.NATS().Subscribe(c.inbox+".*", c.arrived); err != nil {
		return nil, fmt.Errorf("subscribe to answers of other instances: %w", err)
	}
	c.wg.Go(func() { every(opts.Timing.tick(), c.closed, c.look) })
	return c, nil
}

// errClosing ends requests when this instance stops.
var errClosing = errcode.New(errcode.Closing, "the server is shutting down")

// Close ends all requests.
func (c *Client) Close() {
	c.mu.Lock()
	open := c.open
	c.open = nil
	c.mu.Unlock()
	if open == nil {
		return
	}
	for _, in := range open {
		in.discard(errClosing)
	}
	close(c.closed)
	c.wg.Wait()
	_ = c.sub.Unsubscribe()
}

// maxAnswer limits what Ask returns, in bytes.
const maxAnswer = 64 << 20

// Ask sends a request to the handler of this name at another instance, see
// [Server.Handle], and returns its answer. An error of the handler comes as it was, as far
// as its type is known, see appendError. The error is a [*RefusedError] if the instance
// did not take the request; else it may have been carried out.
func (c *Client) Ask(ctx context.Context, instance, name string, body []byte) ([]byte, error) {
	in, err := c.send(ctx, instance, request{name: name, body: body}, "request", "")
	if err != nil {
		return nil, err
	}
	defer in.discard(errTaken)
	var answer []byte
	for {
		piece, err := in.next()
		if errors.Is(err, errEnd) {
			return answer, nil
		}
		if err != nil {
			return nil, err
		}
		if len(answer)+len(piece) > maxAnswer {
			return nil, routeros.ErrReplyTooLarge
		}
		answer = append(answer, piece...)
	}
}

// errTaken is why an answer is discarded of which everything was taken.
var errTaken = errors.New("the answer was taken")

// send publishes a request. What names it in errors; owner is who pays for what its answer
// holds in memory. The caller must discard what is returned.
func (c *Client) send(ctx context.Context, instance string, r request, what, owner string) (*incoming, error) {
	if ctx.Err() != nil {
		return nil, &routeros.NotSentError{Err: context.Cause(ctx)}
	}
	nc := c.bus.NATS()
	if !nc.IsConnected() { // what is published now would be sent some time later
		return nil, refused("this instance is not connected to NATS", true)
	}
	id := rand.Text()
	in := &incoming{
		client: c, id: id, instance: instance, what: what, control: subject(c.bus, instance, id),
		spoke: time.Now(), wake: make(chan struct{}, 1),
		held: held{budget: c.opts.Budget, owner: owner},
	}
	c.mu.Lock()
	if c.open == nil {
		c.mu.Unlock()
		return nil, &RefusedError{Err: errClosing}
	}
	c.open[id] = in
	c.mu.Unlock()
	r.from = c.opts.Instance
	if err := nc.PublishRequest(in.control, c.inbox+"."+id, r.encode()); err != nil {
		in.fail(err)
		if errors.Is(err, nats.ErrMaxPayload) {
			return nil, &RefusedError{Err: errcode.New(errcode.BodyTooLarge, fmt.Sprintf(
				"the %s is too large to be sent to the instance %q (max_payload of the NATS server, %d bytes)", what, instance, nc.MaxPayload()))}
		}
		return nil, refused("NATS: "+err.Error(), true)
	}
	in.follow(ctx)
	return in, nil
}

// refused is the error of a request that no instance has seen.
func refused(why string, elsewhere bool) error {
	return &RefusedError{Err: errcode.New(errcode.Unreachable, why+"; nothing was sent"), Elsewhere: elsewhere}
}

// arrived takes a frame of an answer. It is called by NATS, one message at a time, and
// must not wait.
func (c *Client) arrived(m *nats.Msg) {
	id := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	c.mu.Lock()
	in := c.open[id]
	c.mu.Unlock()
	if in == nil {
		return // of a request that was given up
	}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		in.fail(refused(fmt.Sprintf("the instance %q is gone", in.instance), true))
		return
	}
	in.frame(m.Data)
}

// look ends the requests whose instance is silent, and shows signs of life to the others.
func (c *Client) look(now time.Time) {
	c.mu.Lock()
	open := make([]*incoming, 0, len(c.open))
	for _, in := range c.open {
		open = append(open, in)
	}
	c.mu.Unlock()
	for _, in := range open {
		in.look(now, c.opts.Timing)
	}
}

// forget removes a request that is over.
func (c *Client) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}
