package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxHistory is how many transitions are remembered.
const maxHistory = 1000

// history is what was told, by this instance and others, and in quiet hours what was not.
// Engine.mu guards it.
type history struct {
	list  []Transition        // oldest first
	ids   map[string]bool     // of list
	board map[string]bool     // names that the board has, and those that are to be written
	fresh map[string][]byte   // that are to be written
	old   map[string]struct{} // that are to be removed
}

func newHistory() history {
	return history{ids: make(map[string]bool), board: make(map[string]bool), fresh: make(map[string][]byte), old: make(map[string]struct{})}
}

// nameOf is the name of a transition on the board. Names sort by time.
func (h *history) nameOf(t *Transition) string {
	return fmt.Sprintf("%s.%013d.%s", toldPrefix, t.At.UnixMilli(), t.ID)
}

// add adds a transition, in the order of time.
func (h *history) add(t Transition) {
	if h.ids[t.ID] {
		return
	}
	t.Group = 0
	h.ids[t.ID] = true
	place := len(h.list)
	for place > 0 && h.list[place-1].At.After(t.At) {
		place--
	}
	h.list = slices.Insert(h.list, place, t)
	if len(h.list) > 2*maxHistory {
		for _, gone := range h.list[:maxHistory] {
			delete(h.ids, gone.ID)
		}
		h.list = slices.Clone(h.list[maxHistory:])
	}
}

// remember adds a transition to the history; mu is held.
func (e *Engine) remember(t Transition) {
	e.history.add(t)
	if len(e.history.fresh) >= maxHistory {
		return // the store takes nothing
	}
	name := e.history.nameOf(&t)
	t.Group = 0
	text, _ := json.Marshal(t) // it has a form in JSON
	e.history.fresh[name], e.history.board[name] = text, true
	e.board.Touch(name)
	if len(e.history.board) > 2*maxHistory && e.opts.Sends() {
		e.history.prune(e.board)
	}
}

func (h *history) learn(name string, value []byte) {
	if value == nil {
		delete(h.board, name)
		return
	}
	h.board[name] = true
	var t Transition
	if json.Unmarshal(value, &t) == nil {
		h.add(t)
	}
}

func (h *history) merge(name string, old []byte) []byte {
	if _, ok := h.old[name]; ok {
		return nil
	}
	if text, ok := h.fresh[name]; ok {
		return text
	}
	return old
}

func (h *history) wrote(name string) {
	if _, ok := h.old[name]; ok {
		delete(h.board, name)
	}
	delete(h.fresh, name)
	delete(h.old, name)
}

// prune removes the oldest ones from the board.
func (h *history) prune(b Board) {
	names := make([]string, 0, len(h.board))
	for name := range h.board {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	for _, name := range names[:max(0, len(names)-maxHistory)] {
		h.old[name] = struct{}{}
		b.Touch(name)
	}
}

// History returns the newest transitions of the routers that visible permits, the newest
// one first.
func (e *Engine) History(visible func(routerID string) bool, most int) []Transition {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []Transition{}
	for _, t := range slices.Backward(e.history.list) {
		if len(list) >= min(most, maxHistory) {
			break
		}
		if visible(t.RouterID) {
			list = append(list, t)
		}
	}
	return list
}
