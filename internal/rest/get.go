package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// get reads the rows of a menu, or one row. It sends print and nothing else.
func (x *exchange) get() (Answer, error) {
	last := x.path[len(x.path)-1]
	if isID(last) || !isWord(last) || rules.IsCommand(last) {
		return x.getRow(missingName(last))
	}
	menu, err := menuPath(x.path)
	if err != nil {
		return Answer{}, err
	}
	if is, known := x.router.IsMenu(menu); known && !is {
		return x.getRow(missingName(last))
	}
	list := x.proplist
	if list != "" && !strings.Contains(","+list+",", ",.id,") {
		list = ".id," + list
	}
	reply, err := x.run(x.print(menu, list)...)
	if err == nil {
		x.router.Learn(menu, true)
		return Answer{Status: http.StatusOK, Shape: shape(reply), Reply: reply, Menu: menu}, nil
	}
	if trap, ok := errors.AsType[*routeros.TrapError](err); !isDenied(err) && (!ok || !trap.Missing()) {
		return Answer{}, refused(err)
	}
	answer, found := x.named(last, err)
	if found == nil && !isDenied(err) {
		x.router.Learn(menu, false)
	}
	return answer, found
}

// shape tells a menu with one row only from a table: its row has no id, though every
// list is asked for it.
func shape(reply *routeros.Reply) Shape {
	if reply.Len != 1 {
		return List
	}
	first, _ := reply.Rows.Cut()
	if _, ok := first.Get(".id"); ok {
		return List
	}
	return One
}

// named reads the row of a name that is no menu, or that the key may not read as one; err
// says so, and stays the answer where the name cannot be read, either.
func (x *exchange) named(name string, err error) (Answer, error) {
	target, wrong := x.row()
	if wrong != nil {
		return Answer{}, refused(err)
	}
	reply, other := x.run(x.print(target.menu, x.proplist, target.query())...)
	_, trapped := errors.AsType[*routeros.TrapError](other)
	switch {
	case trapped || isDenied(other):
		return Answer{}, refused(err)
	case other != nil:
		return Answer{}, other
	case reply.Len > 0:
		return Answer{Status: http.StatusOK, Shape: One, Reply: reply, Menu: target.menu}, nil
	case isDenied(err) && !rules.IsMenu(name):
		return Answer{}, missingName(name)
	}
	return Answer{}, refused(err)
}

// getRow reads the row that the path names. missing is the answer if no row has the name.
func (x *exchange) getRow(missing error) (Answer, error) {
	target, err := x.row()
	if err != nil {
		return Answer{}, missing
	}
	reply, err := x.run(x.print(target.menu, x.proplist, target.query())...)
	switch {
	case err != nil:
		return Answer{}, refused(err)
	case reply.Len > 0:
		return Answer{Status: http.StatusOK, Shape: One, Reply: reply, Menu: target.menu}, nil
	case target.id:
		return Answer{}, notFound()
	}
	return Answer{}, missing
}

// missingName is the answer where no row has a name.
func missingName(name string) error {
	if rules.IsCommand(name) {
		return invalid(noCommand)
	}
	return invalid(noSuch(name))
}

// print is the sentence that reads rows of a menu: with the property list, the query
// words, and the filters of the URL where it is a GET.
func (x *exchange) print(menu, proplist string, queries ...string) []string {
	words := []string{menu + "/print"}
	if proplist != "" {
		words = append(words, "=.proplist="+proplist)
	}
	words = append(words, queries...)
	if x.method == http.MethodGet {
		words = append(words, x.filters...)
	}
	return words
}
