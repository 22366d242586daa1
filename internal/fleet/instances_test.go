package fleet_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/fleet"
)

// quick is the timing of most tests, a quarter of the standard, with moves at once.
func quick() fleet.Timing { return divided(4) }

// patient is that of tests in which no lease may lapse, however busy the machine is.
func patient() fleet.Timing { return divided(2) }

func divided(n time.Duration) fleet.Timing {
	t := fleet.Standard.Divided(n)
	t.Young, t.Move = 300*time.Millisecond, 50*time.Millisecond
	return t
}

// patiently gives an instance that timing.
func patiently(o *fleet.Options) { o.Timing = patient() }

// held is a set of shards.
type held [fleet.Shards / 64]uint64

func (h *held) add(shard int)      { h[shard/64] |= 1 << (shard % 64) }
func (h *held) has(shard int) bool { return h[shard/64]&(1<<(shard%64)) != 0 }

func (h *held) count() (n int) {
	for i := range fleet.Shards {
		if h.has(i) {
			n++
		}
	}
	return n
}

// look returns the shards at which an instance may work now.
func look(f *fleet.Fleet) (one sample) {
	one.at = f.Mine(one.add)
	return one
}

// every is how often samples are taken. One that is missing for lost, of an instance that
// was gone, stood still, or had no processor, says nothing of that time.
const (
	every = 5 * time.Millisecond
	lost  = 100 * time.Millisecond
)

// sample is what an instance had at a time.
type sample struct {
	at time.Time
	held
}

// samples are those of one instance, the newest last.
type samples struct {
	mu  sync.Mutex
	all []sample
}

func (s *samples) add(one sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, one)
}

func (s *samples) now() held {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 || time.Since(s.all[len(s.all)-1].at) > time.Second {
		return held{}
	}
	return s.all[len(s.all)-1].held
}

// stretch is a time for which an instance had a shard: it had at both ends, and at all
// samples between.
type stretch struct{ from, to time.Time }

func (s *samples) stretches(shard int) (list []stretch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var before time.Time // of the last sample, if it had the shard
	for _, one := range s.all {
		switch {
		case !one.has(shard):
			before = time.Time{}
			continue
		case before.IsZero() || one.at.Sub(before) > lost:
			list = append(list, stretch{one.at, one.at})
		default:
			list[len(list)-1].to = one.at
		}
		before = one.at
	}
	return list
}

// overlap returns for how long one shard was worked at by two instances at a time, at
// most, and at least.
func overlap(a, b *samples) (longest time.Duration) {
	for shard := range fleet.Shards {
		others := b.stretches(shard)
		for _, one := range a.stretches(shard) {
			for _, other := range others {
				from, to := one.from, one.to
				if other.from.After(from) {
					from = other.from
				}
				if other.to.Before(to) {
					to = other.to
				}
				longest = max(longest, to.Sub(from))
			}
		}
	}
	return longest
}

// instance is one in this process.
type instance struct {
	*fleet.Fleet
	samples
	conn *bus.Conn

	callbacks sync.Map // shard → true while one is under way
	taken     sync.Map // shard → epoch
	given     chan int
}

func openBus(t *testing.T, url, name string, replicas int) *bus.Conn {
	t.Helper()
	conn, err := bus.Open(t.Context(), bus.Options{
		URL: url, Prefix: "test", Replicas: replicas, Instance: name, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// join starts an instance, which drains at the end of the test.
func join(t *testing.T, url, name string, change ...func(*fleet.Options)) *instance {
	t.Helper()
	return joinOver(t, openBus(t, url, name, 1), name, change...)
}

func joinOver(t *testing.T, conn *bus.Conn, name string, change ...func(*fleet.Options)) *instance {
	t.Helper()
	in := &instance{conn: conn, given: make(chan int, 10*fleet.Shards)}
	alone := func(shard int, call func()) {
		_, other := in.callbacks.LoadOrStore(shard, true)
		assert.False(t, other, "two callbacks of shard %d at a time", shard)
		call()
		in.callbacks.Delete(shard)
	}
	o := fleet.Options{
		Instance: name, Version: "v1", Partition: fleet.Keep, Timing: quick(), Log: slog.New(slog.DiscardHandler),
		Take: func(shard int, epoch uint64) {
			alone(shard, func() {
				_, twice := in.taken.Swap(shard, epoch)
				assert.False(t, twice, "shard %d was taken twice", shard)
			})
		},
		Give: func(_ context.Context, shard int) {
			alone(shard, func() {
				_, had := in.taken.LoadAndDelete(shard)
				assert.True(t, had, "shard %d was given and not taken", shard)
				in.given <- shard
			})
		},
		Changed: func(shard int) { alone(shard, func() {}) },
	}
	for _, c := range change {
		c(&o)
	}
	f, err := fleet.Join(t.Context(), conn, o)
	require.NoError(t, err)
	in.Fleet = f
	in.watch(t)
	return in
}

// now returns the shards at which the instance may work.
func (in *instance) now() held { return look(in.Fleet).held }

// watch takes samples until the end of the test.
func (in *instance) watch(t *testing.T) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				in.add(look(in.Fleet))
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		wg.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		in.Drain(ctx)
	})
}

// holder is an instance of either kind.
type holder interface{ now() held }

// eventually waits until the instances work at all shards, each at one of them, and at
// least least each. It returns how long that took.
func eventually(t *testing.T, least int, all ...holder) time.Duration {
	t.Helper()
	start := time.Now()
	require.Eventually(t, func() bool {
		var sum int
		var together held
		for _, in := range all {
			h := in.now()
			n := h.count()
			if n < least {
				return false
			}
			sum += n
			for i := range together {
				together[i] |= h[i]
			}
		}
		return sum == fleet.Shards && together.count() == fleet.Shards
	}, 90*time.Second, 10*time.Millisecond)
	return time.Since(start)
}

// processEnv makes the test program an instance: address, name and partition rule.
const processEnv = "MIKRONEC_TEST_FLEET"

func TestMain(m *testing.M) {
	if args := strings.Fields(os.Getenv(processEnv)); len(args) == 3 {
		if err := instanceMain(args[0], args[1], fleet.Partition(args[2])); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "12") // they wait most of the time
	os.Exit(m.Run())
}

// instanceMain prints a sample every few milliseconds until it is told to stop.
func instanceMain(url, name string, partition fleet.Partition) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	conn, err := bus.Open(ctx, bus.Options{URL: url, Prefix: "test", Replicas: 1, Instance: name, Log: slog.Default()})
	if err != nil {
		return err
	}
	defer conn.Close()
	f, err := fleet.Join(ctx, conn, fleet.Options{
		Instance: name, Partition: partition, Timing: quick(), Log: slog.Default(),
		Take: func(int, uint64) {}, Give: func(context.Context, int) {}, Changed: func(int) {},
	})
	if err != nil {
		return err
	}
	show := func() {
		one := look(f)
		line := strconv.AppendInt(nil, one.at.UnixNano(), 10)
		for _, word := range one.held {
			line = strconv.AppendUint(append(line, ' '), word, 16)
		}
		_, _ = os.Stdout.Write(append(line, '\n'))
	}
	for ctx.Err() == nil {
		show()
		time.Sleep(every)
	}
	drained, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	go f.Drain(drained)
	for {
		select {
		case <-f.Done():
			show()
			return nil
		default:
			show()
			time.Sleep(every)
		}
	}
}

// process is an instance in a process of its own.
type process struct {
	samples
	cmd  *exec.Cmd
	done chan error
	log  strings.Builder // complete when done has a value
}

func start(t *testing.T, url, name string, partition fleet.Partition) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), done: make(chan error, 1)} // #nosec G204 G702 -- this test program
	p.cmd.Env = append(os.Environ(), processEnv+"="+strings.Join([]string{url, name, string(partition)}, " "))
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.parse(lines.Text())
		}
		p.done <- p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("the log of %s:\n%s", name, &p.log)
		}
	})
	return p
}

func (p *process) parse(line string) {
	parts := strings.Fields(line)
	var one sample
	nanos, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts) != len(one.held)+1 {
		return // cut off by a kill
	}
	one.at = time.Unix(0, nanos)
	for i := range one.held {
		one.held[i], _ = strconv.ParseUint(parts[i+1], 16, 64)
	}
	p.add(one)
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(s))
}

// ended waits for the end of the process, and returns its error.
func (p *process) ended() error {
	err := <-p.done
	p.done <- nil
	return err
}
