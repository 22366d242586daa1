package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Work carries out a request that was taken and writes its answer. When ctx ends, nobody
// waits for more of it.
type Work func(ctx context.Context, out *Answer) error

// accept looks at a request and takes it, or refuses it with an error: nothing was done
// then. It is called by NATS and must not wait.
type accept func(body []byte) (Work, error)

// ServerOptions are those of a Server. Zero fields mean the defaults.
type ServerOptions struct {
	Instance string // the name of this one, whose requests it takes
	Timing   Timing
	// MaxCommands and MaxRequests limit the commands and the other requests at work. What
	// comes when there are so many is refused. 1,024 and 256.
	MaxCommands, MaxRequests int
	Log                      *slog.Logger // none
}

// Server takes the requests of other instances. Each request at work has a goroutine, the
// server one more, and NATS one.
type Server struct {
	bus    Bus
	opts   ServerOptions
	closed chan struct{}
	wg     sync.WaitGroup // requests at work and look; Add only under mu and while not stopping

	mu       sync.Mutex
	handlers map[string]handler // by name; guarded by mu
	work     map[string]*Answer // by id; guarded by mu
	busy     [2]int             // requests at work, by class; guarded by mu
	stopping bool               // guarded by mu
	sub      *nats.Subscription // of Serve and Close
}

// class is what requests of a kind are limited with.
type class int

const (
	others class = iota
	commands
)

type handler struct {
	class  class
	accept accept
}

// NewServer returns a server, which takes requests from Serve on and must be closed before
// the bus.
func NewServer(bus Bus, opts ServerOptions) *Server {
	opts.Timing = opts.Timing.withDefaults()
	opts.MaxCommands, opts.MaxRequests = cmp.Or(opts.MaxCommands, 1024), cmp.Or(opts.MaxRequests, 256)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{bus: bus, opts: opts, closed: make(chan struct{}), handlers: make(map[string]handler), work: make(map[string]*Answer)}
}

// Handle has requests of this name answered by h, see [Client.Ask]. The request must not
// be changed. When ctx ends, nobody waits for the answer.
func (s *Server) Handle(name string, h func(ctx context.Context, body []byte) ([]byte, error)) {
	s.handle(name, others, func(body []byte) (Work, error) {
		return func(ctx context.Context, out *Answer) error {
			answer, err := h(ctx, body)
			if err != nil {
				return err
			}
			_, err = out.Write(answer)
			return err
		}, nil
	})
}

func (s *Server) handle(name string, class class, accept accept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[name] = handler{class, accept}
}

// Serve begins to take requests.
func (s *Server) Serve() error {
	var err error
	if s.sub, err = s.bus.NATS().Subscribe(subject(s.bus, s.opts.Instance, "*"), s.arrived); err != nil {
		return fmt.Errorf("subscribe to requests of other instances: %w", err)
	}
	s.wg.Go(func() { every(s.opts.Timing.tick(), s.closed, s.look) })
	return nil
}

// Drain refuses new requests and waits for those at work, until ctx ends.
func (s *Server) Drain(ctx context.Context) {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		s.mu.Lock()
		left := len(s.work)
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Close refuses new requests, cancels those at work and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.stopping = true
	for _, a := range s.work {
		a.cancel(errStopping(s.opts.Instance))
	}
	s.mu.Unlock()
	select {
	case <-s.closed:
		return
	default:
	}
	close(s.closed)
	s.wg.Wait()
	if s.sub != nil {
		_ = s.sub.Unsubscribe()
	}
	_ = s.bus.NATS().FlushTimeout(time.Second) // the last answers; it fails where NATS is away
}

// errStopping ends the work of an instance that stops.
func errStopping(instance string) error {
	return errcode.New(errcode.Unreachable, fmt.Sprintf("the instance %q that was asked is stopping; what it was asked may have been carried out", instance))
}

// arrived takes a request, which names a subject for its answer, or another frame of a
// requester. It is called by NATS, one message at a time, and must not wait.
func (s *Server) arrived(m *nats.Msg) {
	id := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	if m.Reply != "" {
		s.request(id, m)
		return
	}
	s.mu.Lock()
	a := s.work[id]
	s.mu.Unlock()
	if a != nil {
		a.frame(m.Data)
	}
}

// request takes a request or refuses it.
func (s *Server) request(id string, m *nats.Msg) {
	r, err := decodeRequest(m.Data)
	if err == nil {
		err = s.begin(id, m.Reply, r)
	}
	if err == nil {
		return
	}
	s.opts.Log.LogAttrs(context.Background(), slog.LevelDebug, "request of another instance refused",
		slog.String("from", r.from), slog.String("name", r.name), slog.Any("error", err))
	elsewhere := false
	if e, ok := errors.AsType[*RefusedError](err); ok {
		elsewhere, err = e.Elsewhere, e.Err
	}
	_ = s.bus.NATS().Publish(m.Reply, appendText(appendFlag([]byte{frameRefused}, elsewhere), appendError(nil, err)))
}

// begin starts the work on a request. On an error nothing was done.
func (s *Server) begin(id, reply string, r request) error {
	s.mu.Lock()
	h, ok := s.handlers[r.name]
	s.mu.Unlock()
	if !ok {
		return errcode.New(errcode.Internal, fmt.Sprintf("the instance %q has no %q; is its version an older one?", s.opts.Instance, r.name))
	}
	work, err := h.accept(r.body)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return refused(fmt.Sprintf("the instance %q is stopping", s.opts.Instance), true)
	case s.work[id] != nil:
		return errcode.New(errcode.Internal, "a request with this id is at work")
	case s.busy[h.class] >= []int{s.opts.MaxRequests, s.opts.MaxCommands}[h.class]:
		return errcode.New(errcode.Busy, fmt.Sprintf("the instance %q works on as many requests of other instances as it may; nothing was sent", s.opts.Instance))
	}
	a := newAnswer(s.bus.NATS(), reply)
	s.work[id] = a
	s.busy[h.class]++
	s.wg.Go(func() {
		a.serve(work)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.work, id)
		s.busy[h.class]--
	})
	return nil
}

// look shows signs of life to the requesters, and cancels the work for those who are gone.
func (s *Server) look(now time.Time) {
	s.mu.Lock()
	work := make([]*Answer, 0, len(s.work))
	for _, a := range s.work {
		work = append(work, a)
	}
	s.mu.Unlock()
	for _, a := range work {
		a.look(now, s.opts.Timing)
	}
}

// Busy is the number of commands and of other requests at work.
func (s *Server) Busy() (atCommands, atOthers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[commands], s.busy[others]
}
