package sim

import (
	"slices"
	"strings"
)

// each calls f for the rows that the command names; a singleton has just one.
func (x *call) each(t *table, f func(r *row) error) error {
	rows, err := x.items(t)
	for _, r := range rows {
		if err = f(r); err != nil {
			break
		}
	}
	return err
}

// items finds the rows of .id or numbers: comma-separated ids or names. It is an error
// if one of them does not exist.
func (x *call) items(t *table) ([]*row, error) {
	if t.single {
		return t.rows, nil
	}
	list, ok := x.arg(".id")
	if !ok {
		if list, ok = x.arg("numbers"); !ok {
			return nil, argument(missing, ".id")
		}
	}
	if r := t.item(list); r != nil { // a name may contain a comma
		return []*row{r}, nil
	}
	var rows []*row
	for s := range strings.SplitSeq(list, ",") {
		r := t.item(s)
		if r == nil {
			return nil, errNoItem
		}
		if !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// item finds a row by id, or by name in menus that have names.
func (t *table) item(s string) *row {
	if id, ok := parseID(s); ok {
		if i := t.position(id); i >= 0 {
			return t.rows[i]
		}
	}
	return t.find("name", s)
}
