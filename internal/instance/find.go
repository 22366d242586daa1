package instance

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/search"
)

// Limits of what one instance finds for another.
const (
	findPatience = 3 * time.Second
	maxFound     = 1000    // entries
	maxFoundSize = 1 << 20 // bytes of their texts
	maxNotRead   = 100
)

// wanted asks an instance for entries of its tables.
type wanted struct {
	Text  string
	Limit int
	IDs   []string // router_ids to look into; nil for all
}

// found is the answer.
type found struct {
	Entries []entry
	NotRead []string
}

// entry is one that matches, of a router.
type entry struct {
	Router string
	Found  search.Found
}

// Find asks all other instances for up to limit entries of their tables that match: of
// these router_ids, or of all if ids is nil.
func (i *Instance) Find(ctx context.Context, p search.Pattern, limit int, ids []string) search.Elsewhere {
	ctx, cancel := context.WithTimeout(ctx, findPatience)
	defer cancel()
	request, err := json.Marshal(wanted{p.Text(), limit, ids})
	if err != nil {
		panic(err) // texts and a number
	}
	out := search.Elsewhere{Found: make(map[string][]search.Found), NotRead: make(map[string]bool)}
	var mu sync.Mutex // of out
	var wg sync.WaitGroup
	for _, m := range i.Status().Members {
		if m.Instance == i.opts.Instance {
			continue
		}
		wg.Go(func() {
			data, err := i.client.Ask(ctx, m.Instance, "find", request)
			var a found
			if err == nil {
				err = json.Unmarshal(data, &a)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				i.opts.Log.LogAttrs(ctx, slog.LevelWarn, "another instance does not search", slog.String("instance", m.Instance), slog.Any("error", err))
				out.Silent = append(out.Silent, m.Instance)
				return
			}
			for _, e := range a.Entries {
				out.Found[e.Router] = append(out.Found[e.Router], e.Found)
			}
			for _, id := range a.NotRead {
				out.NotRead[id] = true
			}
		})
	}
	wg.Wait()
	slices.Sort(out.Silent)
	return out
}

// answerFind looks into the tables of this instance for another one.
func (i *Instance) answerFind(_ context.Context, data []byte) ([]byte, error) {
	var req wanted
	if err := json.Unmarshal(data, &req); err != nil || req.Limit < 0 {
		return nil, errcode.New(errcode.Invalid, "the request is malformed")
	}
	ids := req.IDs
	if ids == nil {
		for _, r := range i.manager.Load().List() {
			ids = append(ids, r.ID)
		}
	}
	return json.Marshal(i.lookInto(ids, search.Parse(req.Text), min(req.Limit, maxFound)))
}

// lookInto looks into the tables of the routers that are here. The tables of a session are
// those of the first of its router_ids.
func (i *Instance) lookInto(ids []string, p search.Pattern, limit int) (a found) {
	seen, size := make(map[*device.Device]bool), 0
	for _, id := range ids {
		d, err := i.find(id)
		if err != nil || seen[d] {
			continue
		}
		seen[d] = true
		entries, read := d.Find(p, limit-len(a.Entries))
		if !read && len(a.NotRead) < maxNotRead {
			a.NotRead = append(a.NotRead, id)
		}
		for _, f := range entries {
			if size += len(f.ID) + len(f.Name) + len(f.Address) + len(f.MAC) + len(f.Comment) + len(f.HostName); size > maxFoundSize {
				return a
			}
			a.Entries = append(a.Entries, entry{id, f})
		}
	}
	return a
}
