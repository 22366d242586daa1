package search

import (
	"container/list"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is a kind of entries. Each kind is one table of a router.
type Kind uint8

// Kinds.
const (
	None Kind = iota // rows that are not kept
	PPP
	Hotspot
	DHCP
	kinds
)

var kindNames = [kinds]string{PPP: "ppp", Hotspot: "hotspot", DHCP: "dhcp"}

// String is the name of a kind in the API.
func (k Kind) String() string { return kindNames[k] }

// Entry is one row of a table.
type Entry struct {
	ID, Name, Address, MAC, Comment, HostName string
}

// Found is an entry that matches.
type Found struct {
	Kind Kind
	At   time.Time // when the router had it last
	Entry
}

// Limits of what is kept.
const (
	MaxTable = 1 << 20        // bytes of one table; further rows are left out
	MaxAll   = 64 << 20       // bytes of all tables; beyond it the oldest are dropped
	MaxAge   = 24 * time.Hour // after the last reading
)

// Budget limits the tables of all routers together. Its methods may be called concurrently.
type Budget struct {
	limit int

	mu    sync.Mutex // held for moments, with no other lock
	used  int        // guarded by mu
	order list.List  // of *table, the one that was read longest ago first; guarded by mu
}

// NewBudget returns a budget of so many bytes.
func NewBudget(limit int) *Budget { return &Budget{limit: limit} }

// Used returns the bytes of all tables.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Index is the last tables of one router. The zero Index keeps nothing.
type Index struct {
	budget *Budget
	tables [kinds]atomic.Pointer[table]
	read   atomic.Bool // a table was read
}

// table is rows in one text: their fields, each followed by a zero byte.
type table struct {
	index *Index
	kind  Kind
	text  string

	at    atomic.Int64  // Unix nanoseconds of the last reading
	place *list.Element // in Budget.order; nil if it was dropped; guarded by Budget.mu
}

// overhead is about what a table takes besides its text.
const overhead = 200

func (t *table) size() int { return len(t.text) + overhead }

// NewIndex returns the index of a router.
func NewIndex(budget *Budget) *Index { return &Index{budget: budget} }

// Put replaces a table by one that was read at a time. fill calls add for each row.
func (x *Index) Put(kind Kind, at time.Time, fill func(add func(Entry))) {
	if x.budget == nil {
		return
	}
	var text strings.Builder
	if old := x.tables[kind].Load(); old != nil {
		text.Grow(len(old.text))
	}
	fill(func(e Entry) {
		fields := [...]string{e.ID, e.Name, e.Address, e.MAC, e.Comment, e.HostName}
		size := len(fields)
		for _, f := range fields {
			size += len(f)
		}
		if text.Len()+size > MaxTable {
			return
		}
		for _, f := range fields {
			text.WriteString(strings.ReplaceAll(f, "\x00", " "))
			text.WriteByte(0)
		}
	})
	t := &table{index: x, kind: kind, text: text.String()}
	t.at.Store(at.UnixNano())
	x.read.Store(true)
	x.budget.put(t, at)
}

// Confirm notes that a table is at a time as it was put.
func (x *Index) Confirm(kind Kind, at time.Time) {
	if t := x.tables[kind].Load(); t != nil {
		t.at.Store(at.UnixNano())
		x.budget.confirm(t)
	}
}

// Close drops all tables.
func (x *Index) Close() {
	if x.budget == nil {
		return
	}
	x.budget.mu.Lock()
	defer x.budget.mu.Unlock()
	for kind := range x.tables {
		if t := x.tables[kind].Load(); t != nil {
			x.budget.drop(t)
		}
	}
}

// Read reports whether a table has ever been read.
func (x *Index) Read() bool { return x.read.Load() }

// Find returns up to limit entries that match.
func (x *Index) Find(p Pattern, limit int) (found []Found) {
	for kind := range x.tables {
		t := x.tables[kind].Load()
		if t == nil {
			continue
		}
		at := time.Unix(0, t.at.Load())
		if time.Since(at) > MaxAge {
			continue // it is dropped with the next Put of any router
		}
		for rest := t.text; rest != "" && len(found) < limit; {
			var e Entry
			for _, field := range []*string{&e.ID, &e.Name, &e.Address, &e.MAC, &e.Comment, &e.HostName} {
				*field, rest, _ = strings.Cut(rest, "\x00")
			}
			if p.Match(e.MAC, e.Name, e.Address, e.Comment, e.HostName) {
				found = append(found, Found{Kind(kind), at, e}) //nolint:gosec // one of few
			}
		}
	}
	return found
}

// put makes a table the one of its kind, and drops those that are too old or too many.
func (b *Budget) put(t *table, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := t.index.tables[t.kind].Load(); old != nil {
		b.drop(old)
	}
	b.used += t.size()
	t.place = b.order.PushBack(t)
	t.index.tables[t.kind].Store(t)
	for first := b.order.Front(); first != nil; first = b.order.Front() {
		oldest := first.Value.(*table) //nolint:errcheck // nothing else is in it
		if b.used <= b.limit && now.Sub(time.Unix(0, oldest.at.Load())) <= MaxAge {
			return
		}
		b.drop(oldest)
	}
}

func (b *Budget) confirm(t *table) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.place != nil {
		b.order.MoveToBack(t.place)
	}
}

// drop needs mu.
func (b *Budget) drop(t *table) {
	if t.place == nil {
		return
	}
	b.order.Remove(t.place)
	t.place = nil
	b.used -= t.size()
	t.index.tables[t.kind].CompareAndSwap(t, nil)
}
