package poller_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
)

// lineWords are the words of a line of the log.
func lineWords(n int) []string {
	return []string{fmt.Sprintf("=.id=*%X", n), "=time=08:00:00", "=topics=info", fmt.Sprint("=message=line ", n, ".")}
}

// logUpTo is a buffer with the lines 1 to n.
func logUpTo(n int) (rows [][]string) {
	for i := range n {
		rows = append(rows, lineWords(i+1))
	}
	return rows
}

// add has the router log a line, which listeners are told.
func (r *router) add(n int) {
	r.set(func() { r.tables["/log"] = logUpTo(n) })
	r.tell("/log", lineWords(n)...)
}

// lines are the numbers of the lines that were published.
func lines(s *screen) (numbers []string) {
	number := regexp.MustCompile(`line (\d+)\.`)
	for _, p := range s.all(logVariant) {
		if p.kind == "none" {
			continue // the last lines before
		}
		numbers = append(numbers, number.FindStringSubmatch(p.body)[1])
	}
	return numbers
}

var logVariant = variant("log", false, false)

// While the router reports its log by itself, the buffer is read once: for the lines
// before. It is read once more for a watcher who returns.
func TestALogThatIsFollowed(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(2) })
		leave := p.Watch(logVariant)
		rest(time.Minute)
		r.add(3)
		r.add(4)
		rest(time.Minute)
		assert.Equal(t, []string{"3", "4"}, lines(s))
		assert.Equal(t, 1, r.asked("/log"))
		leave()
		rest(10 * time.Second)
		r.add(5)
		rest(10 * time.Second)
		p.Watch(logVariant)
		rest(10 * time.Second)
		r.add(6)
		synctest.Wait()
		assert.Equal(t, []string{"3", "4", "5", "6"}, lines(s))
		assert.Equal(t, 2, r.asked("/log"))
		assert.Empty(t, s.invalidated)
	})
}

// A watcher who returns to a log in which nothing has happened gets none of its old
// lines, and no reset: nothing was missed.
func TestALogInWhichNothingHappened(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(2) })
		for range 3 {
			leave := p.Watch(logVariant)
			rest(10 * time.Second)
			leave()
			rest(10 * time.Second)
			assert.Empty(t, lines(s))
			assert.Empty(t, s.invalidated)
		}
	})
}

// Where a listen ends the buffer is read, until another one begins.
func TestALogWhoseListenEnds(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(2) })
		p.Watch(logVariant)
		rest(10 * time.Second)
		r.add(3)
		var tag string
		r.set(func() {
			tag, r.follows = r.listens["/log"], false
			delete(r.listens, "/log")
		})
		r.send(tag, "!done")
		rest(time.Second)
		for n := 4; n <= 30; n++ {
			r.add(n)
			rest(5 * time.Second)
			assert.Contains(t, lines(s), fmt.Sprint(n))
		}
		assert.Len(t, lines(s), 28)
		assert.Empty(t, s.invalidated)
	})
}

// A router that reboots begins its log again, however long it was away and whether its
// lines are the same at each boot: every line of after the reboot arrives, behind a
// reset for those that were lost with the buffer.
func TestALogAfterAReboot(t *testing.T) {
	for _, away := range []time.Duration{time.Second, 20 * time.Second, 57 * time.Second, 58500 * time.Millisecond, 59500 * time.Millisecond, 60300 * time.Millisecond, 3 * time.Minute} {
		t.Run(away.String(), func(t *testing.T) {
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
				const before = 0x2F0
				r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(before) })
				p.Watch(logVariant)
				rest(10 * time.Second)
				for n := range 3 {
					r.add(before + n + 1)
				}
				synctest.Wait()
				seen := len(lines(s))
				assert.Equal(t, 3, seen)

				var tag string
				r.set(func() {
					tag, r.down = r.listens["/log"], errors.New("no session")
					delete(r.listens, "/log")
				})
				r.send(tag, "!trap", "=message=gone")
				r.send(tag, "!done")
				rest(away)
				r.set(func() { r.down, r.tables["/log"] = nil, logUpTo(2) })
				r.logIn()
				synctest.Wait()
				var want []string
				for n := 1; n <= 30; n++ {
					want = append(want, fmt.Sprint(n))
					if n > 2 {
						r.add(n)
						rest(time.Second)
					}
				}
				assert.Equal(t, want, lines(s)[seen:])
				assert.NotEmpty(t, s.invalidated)
			})
		})
	}
}

// Nobody watched for a while, and now the buffer cannot be read: viewers are told
// that lines may be missing, and those that come now reach them at once.
func TestALogWhoseBufferCannotBeRead(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(2) })
		leave := p.Watch(logVariant)
		rest(5 * time.Second)
		leave()
		rest(10 * time.Second)
		r.add(3)
		r.set(func() { r.delay["/log"] = 10 * time.Second })
		p.Watch(logVariant)
		rest(time.Second)
		r.add(4)
		rest(10 * time.Second)
		assert.Equal(t, []poller.Variant{logVariant}, s.invalidated)
		assert.Equal(t, []string{"4"}, lines(s))
	})
}

// After Options.Retention a log begins again, and nothing of before is told.
func TestALogThatNobodyReturnsTo(t *testing.T) {
	in(t, poller.Options{Retention: time.Minute}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.set(func() { r.follows, r.tables["/log"] = true, logUpTo(2) })
		p.Watch(hardware) // which goes on
		leave := p.Watch(logVariant)
		rest(5 * time.Second)
		r.add(3)
		leave()
		rest(2 * time.Minute)
		assert.Equal(t, []poller.Variant{logVariant}, s.invalidated)
		r.add(4)
		p.Watch(logVariant)
		rest(time.Minute)
		r.add(5)
		synctest.Wait()
		assert.Equal(t, []string{"3", "5"}, lines(s))
	})
}
