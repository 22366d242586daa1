// Package bus connects the instances of a fleet through NATS: one connection, the names
// that one fleet uses on a server which others may share, buckets of values, and the
// [register.Store] over such a bucket.
//
// Nothing is kept to be sent later: what is published while NATS is away fails at once,
// so that no command and no claim arrives when nobody expects it any more.
package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A connection that answers no ping is given up after pingEvery × (maxPings + 1), and
// then made again.
const (
	pingEvery      = 3 * time.Second
	maxPings       = 2
	reconnectEvery = 250 * time.Millisecond
	requestTimeout = 5 * time.Second // of one request to JetStream without a deadline of its own
)

// Options of a connection.
type Options struct {
	URL         string // of one or more servers, separated by commas
	Credentials string // file with a JWT and its key; "" for none
	CAFile      string // authorities of the server's certificate; "" for those of the system
	CertFile    string // certificate and key of this client; "" for none
	KeyFile     string
	Prefix      string // first part of every name; letters, digits, - and _
	Replicas    int    // of streams and buckets: 1, 3 or 5
	Instance    string // name of this instance, which NATS shows for the connection
	Log         *slog.Logger
}

var validPrefix = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Conn is a connection to NATS, which is made again whenever it is lost.
type Conn struct {
	nc   *nats.Conn
	js   jetstream.JetStream
	o    Options
	wake chan struct{} // capacity 1: the connection was lost or made
	stop context.CancelFunc
	wg   sync.WaitGroup // the goroutine that tells listeners

	mu        sync.Mutex
	streams   map[string]jetstream.StreamConfig // that were made or opened, by name; guarded by mu
	listeners []*listener                       // guarded by mu; replaced, never changed in place but by append
}

type listener struct{ call func(connected bool) }

// Open connects and checks that the server can do what a fleet needs: JetStream, version
// 2.11 or newer. It tries until ctx ends; an error that does not pass by itself, such as
// refused credentials, is returned at once. The caller closes the connection.
func Open(ctx context.Context, o Options) (*Conn, error) {
	if !validPrefix.MatchString(o.Prefix) {
		return nil, fmt.Errorf("the prefix %q of names in NATS: letters, digits, - and _, 32 at most", o.Prefix)
	}
	c := &Conn{o: o, wake: make(chan struct{}, 1), streams: make(map[string]jetstream.StreamConfig)}
	for {
		err := c.connect(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil || !passing(err) {
			return nil, fmt.Errorf("connect to NATS: %w", err)
		}
		o.Log.Warn("NATS is not available yet", "error", err)
		select {
		case <-time.After(reconnectEvery):
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to NATS: %w", err)
		}
	}
	run, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.wg.Go(func() { c.tell(run) })
	return c, nil
}

var errUnfit = errors.New("this server cannot serve a fleet")

// passing tells whether an error of a connect may be gone at the next attempt: nobody
// listens, or what listens is not ready.
func passing(err error) bool {
	if errors.Is(err, errUnfit) {
		return false
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return api.Code == http.StatusServiceUnavailable // no leader yet
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, io.EOF) || errors.Is(err, nats.ErrConnectionClosed)
}

func (c *Conn) connect(ctx context.Context) error {
	opts := []nats.Option{
		nats.Name("mikronec " + c.o.Instance),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery), nats.ReconnectJitter(reconnectEvery, reconnectEvery),
		nats.ReconnectBufSize(-1), // nothing is sent later
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(maxPings),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.disconnected(err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { c.reconnected(nc) }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { c.failed(sub, err) }),
	}
	if c.o.Credentials != "" {
		opts = append(opts, nats.UserCredentials(c.o.Credentials))
	}
	if c.o.CAFile != "" {
		opts = append(opts, nats.RootCAs(c.o.CAFile))
	}
	if c.o.CertFile != "" {
		opts = append(opts, nats.ClientCert(c.o.CertFile, c.o.KeyFile))
	}
	nc, err := nats.Connect(c.o.URL, opts...)
	if err != nil {
		return err
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err == nil {
		err = fit(ctx, nc, js)
	}
	if err != nil {
		nc.Close()
		return err
	}
	c.nc, c.js = nc, js
	return nil
}

// fit checks that the server is new enough and has JetStream.
func fit(ctx context.Context, nc *nats.Conn, js jetstream.JetStream) error {
	var major, minor int
	if _, err := fmt.Sscanf(nc.ConnectedServerVersion(), "%d.%d", &major, &minor); err != nil || major < 2 || major == 2 && minor < 11 {
		return fmt.Errorf("%w: it is NATS %q; 2.11 or newer is needed", errUnfit, nc.ConnectedServerVersion())
	}
	_, err := js.AccountInfo(ctx)
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return err
}

// Close ends the connection, and all that is built on it.
func (c *Conn) Close() {
	c.nc.Close()
	c.stop()
	c.wg.Wait()
}

// NATS returns the connection for plain subjects.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// JetStream returns the client of streams.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// Instance returns the name of this instance.
func (c *Conn) Instance() string { return c.o.Instance }

// Replicas returns how many replicas streams of this fleet have.
func (c *Conn) Replicas() int { return c.o.Replicas }

// Subject returns the subject of these parts under the prefix.
func (c *Conn) Subject(parts ...string) string {
	return c.o.Prefix + "." + strings.Join(parts, ".")
}

// Connected tells whether there is a connection now. One that died without a word counts
// as connected for up to nine seconds.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// OnChange has f called after the connection was lost and after it was made again, until
// end is called, after which one call may still be under way. Calls come one at a time
// from one goroutine, with no lock held; of changes that follow each other quickly, some
// may be told as one. A call that takes long delays the others.
func (c *Conn) OnChange(f func(connected bool)) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &listener{f}
	c.listeners = append(c.listeners, l)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.listeners = slices.DeleteFunc(slices.Clone(c.listeners), func(other *listener) bool { return other == l })
	}
}

// tell calls the listeners until ctx ends.
func (c *Conn) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		connected := c.Connected()
		c.mu.Lock()
		listeners := c.listeners[:len(c.listeners):len(c.listeners)]
		c.mu.Unlock()
		for _, l := range listeners {
			l.call(connected)
		}
	}
}

func (c *Conn) changed() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Conn) disconnected(err error) {
	if err != nil { // nil after Close
		c.o.Log.Warn("the connection to NATS is lost", "error", err)
	}
	c.changed()
}

func (c *Conn) reconnected(nc *nats.Conn) {
	c.o.Log.Info("connected to NATS again", "server", nc.ConnectedServerName())
	c.changed()
}

func (c *Conn) failed(sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	c.o.Log.Warn("error of the connection to NATS", "subject", subject, "error", err)
}
