package manager_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// compare compares what the clients hold with one another, and with the router.
func (f *following) compare() {
	f.t.Helper()
	earlier := f.moment()
	time.Sleep(lateness)
	synctest.Wait()
	now := f.moment()
	for _, p := range f.pairs {
		f.comparePair(p, earlier, now)
	}
}

func (f *following) comparePair(p pair, earlier, now map[string][]map[string]string) {
	f.t.Helper()
	p.follow.mu.Lock()
	defer p.follow.mu.Unlock()
	p.read.mu.Lock()
	defer p.read.mu.Unlock()
	for _, c := range []*mirror{p.follow, p.read} {
		c.look()
		assert.Empty(f.t, c.wrong, "%s, %s", c.id, c.name())
		c.checkUsers(now)
		c.checkValues(earlier, now)
	}
	f.same(p)
}

// lateness is how old a counter may be, of tables as small as these.
const lateness = 35 * time.Second

// moment is what the router has at a time, by topic.
func (f *following) moment() map[string][]map[string]string {
	all := make(map[string][]map[string]string)
	for topic, path := range followedMenus {
		all[topic] = f.rows(path)
	}
	return all
}

// same compares the fields that last.
func (f *following) same(p pair) {
	f.t.Helper()
	for topic, read := range p.read.tables {
		t, _ := poller.Lookup(topic)
		label := fmt.Sprintf("%s in %s", topic, p.read.name())
		follow := p.follow.tables[topic]
		if !assert.NotNil(f.t, follow, label) {
			continue
		}
		assert.Nil(f.t, read.err, label)
		assert.Nil(f.t, follow.err, label)
		want, got := lasting(t.Menu, read), lasting(t.Menu, follow)
		for id := range merged(want, got) {
			for name := range merged(want[id], got[id]) {
				if got[id][name] != want[id][name] {
					f.t.Errorf("%s: %s of row %s is %v when followed, %v when read", label, name, id, got[id][name], want[id][name])
				}
			}
		}
		if !p.read.variant.Delta {
			assert.Equal(f.t, read.order, follow.order, label)
		}
	}
}

// merged has the keys of both.
func merged[V any](a, b map[string]V) map[string]V {
	all := make(map[string]V)
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// lasting are the rows without volatile fields.
func lasting(m *menu.Menu, h *held) map[string]map[string]any {
	rows := make(map[string]map[string]any)
	for id, row := range h.rows {
		rows[id] = maps.Clone(row)
		maps.DeleteFunc(rows[id], func(name string, _ any) bool {
			return m.IsVolatile([]byte(strings.TrimSuffix(name, "-seconds")))
		})
	}
	return rows
}

// checkValues compares the values that change all the time with those of the router: an
// uptime to the second, and a counter with what it was a while ago and what it is. mu is
// held.
func (c *mirror) checkValues(earlier, now map[string][]map[string]string) {
	if c.variant.Delta && !c.variant.Volatile {
		return // such changes have no news of them
	}
	for topic, path := range followedMenus {
		h, label := c.tables[topic], fmt.Sprintf("%s: %s in %s", c.id, topic, c.name())
		if h == nil {
			continue
		}
		t, _ := poller.Lookup(topic)
		assert.Len(c.t, h.rows, len(now[topic]), label)
		for _, is := range now[topic] {
			row := h.rows[is[".id"]]
			i := slices.IndexFunc(earlier[topic], func(was map[string]string) bool { return was[".id"] == is[".id"] })
			if row == nil {
				c.t.Errorf("%s: no row %s of %s", label, is[".id"], path)
			}
			if row == nil || i < 0 {
				continue
			}
			for name, trend := range t.Menu.Volatile {
				value, ok := row[name]
				_, exists := is[name]
				switch {
				case strings.HasSuffix(name, "-bits-per-second"):
					exists = true
					fallthrough
				case exists != ok:
					if exists != ok {
						c.t.Errorf("%s: %s exists in one only", label, name)
					}
				case trend == menu.Counts:
					c.checkUptime(label, value, is[name], h.at[is[".id"]])
				case trend == menu.Rises && exists:
					checkCounter(c.t, label+": "+name, fmt.Sprint(value), earlier[topic][i][name], is[name])
				}
			}
		}
	}
}

// checkUptime: what began did so at half a second, and is printed now.
func (c *mirror) checkUptime(label string, value any, printed string, at time.Time) {
	text, _ := value.(string)
	got, ok := menu.ParseDuration([]byte(text))
	assert.True(c.t, ok, "%s: uptime %v", label, value)
	up, _ := menu.ParseDuration([]byte(printed))
	began := time.Now().Add(-up).Truncate(time.Second).Add(-time.Second / 2)
	if time.Since(began)-up >= time.Second {
		began = began.Add(time.Second)
	}
	want := at.Sub(began).Truncate(time.Second)
	if off := got - want; off.Abs() > time.Second {
		c.t.Errorf("%s: uptime %v instead of %v", label, got, want)
	}
}

func checkCounter(t *testing.T, label, value, from, to string) {
	for i, part := range strings.Split(value, "/") {
		bounds := [3]uint64{}
		for n, text := range []string{strings.Split(from, "/")[i], part, strings.Split(to, "/")[i]} {
			bounds[n], _ = strconv.ParseUint(text, 10, 64)
		}
		if bounds[1] < bounds[0] || bounds[1] > bounds[2] {
			t.Errorf("%s: %d is not in %d to %d", label, bounds[1], bounds[0], bounds[2])
		}
	}
}

// checkUsers compares what was told about users with who is there. mu is held.
func (c *mirror) checkUsers(now map[string][]map[string]string) {
	if c.variant.Topic.Name != "sessions" {
		return
	}
	present := make(map[string]bool)
	for _, row := range now["ppp_active"] {
		present["false "+row[".id"]+" "+row["name"]+" "+row["caller-id"]] = true
	}
	for _, row := range now["hotspot_active"] {
		present["true "+row[".id"]+" "+row["user"]+" "+row["mac-address"]] = true
	}
	for user, state := range c.session {
		if present[user] != (state == "up") {
			c.t.Errorf("%s: %s was told to be %s", c.id, user, state)
		}
	}
}
