package api

import (
	"strings"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// appendInfo encodes the answer of /system-info as one JSON object: the name of the
// router as "identity", the fields of /system/resource, and the fields of
// /system/routerboard that resource does not have. For a menu that failed, "errors" has
// the reason.
func appendInfo(id string, info device.Info, p principal) []byte {
	w := infoWriter{b: menu.AppendString([]byte(`{"router_id":`), id), seen: map[string]bool{"router_id": true}}
	for _, r := range info.Replies {
		if r.Err != nil {
			w.fail(r.Menu, p.text(r.Err))
			continue
		}
		w.add(r.Menu, r.Reply)
	}
	return w.close()
}

// infoWriter merges rows of several menus into one object; the first menu that has a
// field counts.
type infoWriter struct {
	b      []byte
	seen   map[string]bool
	errors []byte
}

func (w *infoWriter) add(mn *menu.Menu, reply *routeros.Reply) {
	enc := menu.NewEncoder(mn, reply.Page)
	row, _ := reply.Rows.Cut()
	for _, f := range menu.Fields(row, reply.Page) {
		if mn == menu.Identity {
			if f.Name != "name" {
				continue
			}
			f.Key = "identity" + strings.TrimPrefix(f.Key, "name")
		}
		if w.seen[f.Key] {
			continue
		}
		w.seen[f.Key] = true
		w.b = enc.AppendField(append(w.b, ','), f)
	}
}

func (w *infoWriter) fail(mn *menu.Menu, reason string) {
	if w.errors == nil {
		w.errors = []byte(`,"errors":{`)
	} else {
		w.errors = append(w.errors, ',')
	}
	w.errors = append(menu.AppendString(w.errors, mn.Path[len("/system/"):]), ':')
	w.errors = menu.AppendString(w.errors, reason)
}

func (w *infoWriter) close() []byte {
	if w.errors != nil {
		w.b = append(append(w.b, w.errors...), '}')
	}
	return append(w.b, '}')
}
