package poller

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// state is what a poller knows from poll to poll. The running loop owns it; it
// outlives the loop for a while, so that viewers who return find the thread.
type state struct {
	topics   []*topic
	memory   time.Duration
	left     map[Form]time.Time // when forms that nobody wants any more were wanted last; no longer ago than memory
	pace     pace
	sessions *sessions
	log      *logLines
	size     int   // of the last combined body, a hint for the next one
	list     []int // of the topics that are due, made anew for each poll
}

func newState(opts Options) *state {
	s := &state{memory: opts.Memory, left: make(map[Form]time.Time), pace: newPace(opts.Interval), size: 4 << 10}
	for _, t := range topics {
		s.topics = append(s.topics, newTopic(t, opts.Page))
	}
	return s
}

// topic is a Topic in work.
type topic struct {
	Topic
	page   charset.Page
	listed []string // the command with the list of fields
	plain  []string // without, for a router that does not take the list
	bare   bool     // the router did not take the list
	enc    *menu.Encoder
	rows   proto.Sentences // buffer of the last reply, reused for the next one
	rates  *rates

	next     time.Time     // the tick at which it is due
	every    time.Duration // from tick to tick, when next was set
	now      bool          // it is due, whatever next says
	followed bool          // the router tells what changes
	// absentUntil is set when the router does not know the menu: a missing
	// package does not appear while one looks, so it is not asked again soon.
	absentUntil time.Time
	absent      error

	differs map[bool]*differ // by Volatile
}

// differ is the changes of a topic, with the error that its viewers know of.
type differ struct {
	*menu.Differ
	failed string
	rows   proto.Sentences // of the last reading that did not fail
}

func newTopic(t Topic, page charset.Page) *topic {
	plain := []string{t.Menu.Print()}
	listed := plain
	if len(t.Menu.Fields) > 0 {
		listed = []string{t.Menu.Print(), "=.proplist=" + strings.Join(t.Menu.Fields, ",")}
	}
	w := &topic{
		Topic: t, page: page, every: farAway, plain: plain, listed: listed,
		enc: menu.NewEncoder(t.Menu, page), differs: make(map[bool]*differ),
	}
	if t.Rates {
		w.rates = newRates()
	}
	return w
}

// interval is how often the topic is asked. One that is followed, and watched by
// nobody but those for whom it is, is read to make sure and no more; one that is
// read for the facts alone, as often as those are wanted.
func (t *topic) interval(of, scrape time.Duration, index int, forms []Form) time.Duration {
	readers, followers := wantedBy(index, forms)
	switch {
	case readers, followers && !t.followed:
		return max(of, t.Least)
	case followers && t.Name == Log:
		return farAway
	case followers:
		return max(of, followedLeast)
	}
	return max(of, scrape, t.Least)
}

func (s *state) sessionEvents() *sessions {
	if s.sessions == nil {
		s.sessions = newSessions(s.topics[0].page)
	}
	return s.sessions
}

func (s *state) logLines() *logLines {
	if s.log == nil {
		s.log = &logLines{page: s.topics[0].page}
	}
	return s.log
}

// command is what the topic asks. The list of fields spares the router the
// slow ones; where it refuses the list it is asked without.
func (t *topic) command() routeros.Command {
	words := t.listed
	if t.bare {
		words = t.plain
	}
	return routeros.Command{Words: words, Class: routeros.Background, Buf: t.rows}
}

// learn draws the consequences of a refusal: a menu that the router does not
// know is left alone until then, a list of fields is not sent again.
func (t *topic) learn(err error, until time.Time) {
	refused, ok := errors.AsType[*routeros.TrapError](err)
	switch {
	case !ok:
	case refused.Missing():
		t.absent, t.absentUntil = err, until
	default:
		t.bare = true
	}
}

// keep holds on to the buffer of a reply, unless it has become far too large, is
// wanted again after a while only, or is still needed by those who watch changes
// and may ask for the whole.
func (t *topic) keep(rows proto.Sentences) {
	switch {
	case len(t.differs) > 0 || t.every >= rare:
		t.rows = nil
	case cap(rows) > 64<<10 && len(rows) < cap(rows)/4:
		t.rows = slices.Clone(rows[:0])
	default:
		t.rows = rows[:0]
	}
}

// rare is how far apart polls are between which nobody keeps a buffer.
const rare = 30 * time.Second

// result of one topic in one poll.
type result struct {
	rows proto.Sentences
	n    int // rows
	err  error
}

// cpuLoad is what the router says of its own load, unknownLoad if nothing.
func cpuLoad(t *topic, r result) int {
	if t.Menu != menu.Resource || r.err != nil {
		return unknownLoad
	}
	row, _ := r.rows.Cut()
	if value, ok := row.Get("cpu-load"); ok {
		if n, err := strconv.Atoi(string(value)); err == nil {
			return n
		}
	}
	return unknownLoad
}

func newDiffer(t *topic, volatile bool) *menu.Differ {
	return menu.NewDiffer(t.Menu, t.page, volatile)
}
