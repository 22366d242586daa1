package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Router runs the sentences of one request.
type Router interface {
	// Run sends a sentence and waits for the reply. An error that is no refusal of the
	// router ends the request.
	Run(ctx context.Context, words []string) (*routeros.Reply, error)
	// IsMenu reports whether a path is a menu, as far as Learn was told.
	IsMenu(path string) (is, known bool)
	Learn(path string, isMenu bool)
}

// Shape is the form of the body of an answer.
type Shape uint8

// The shapes.
const (
	None Shape = iota // no body
	List              // the rows as an array, also an empty one
	One               // the first row as an object
	Done              // the attributes of !done as an object
)

// Answer is the answer to a request that succeeded.
type Answer struct {
	Status  int // of HTTP
	Shape   Shape
	Reply   *routeros.Reply // nil for None; it must not be changed
	Menu    string          // whose rows the reply has; empty if it has none of a menu
	Created string          // id of the row that was made, if the router named it
}

// Do runs a request. An error is an [*Error], or one of the router's session or of the
// rules.
func Do(ctx context.Context, router Router, r *Request) (Answer, error) {
	x := exchange{ctx, router, r}
	switch r.method {
	case http.MethodGet:
		return x.get()
	case http.MethodPut:
		return x.put()
	case http.MethodPatch:
		return x.patch()
	case http.MethodDelete:
		return x.delete()
	}
	return x.post()
}

// exchange is a request that is being run.
type exchange struct {
	ctx    context.Context //nolint:containedctx // lives as long as the request
	router Router
	*Request
}

func (x *exchange) run(words ...string) (*routeros.Reply, error) { return x.router.Run(x.ctx, words) }

// put adds a row and reads it.
func (x *exchange) put() (Answer, error) {
	menu, err := menuPath(x.path)
	if err != nil {
		return Answer{}, err
	}
	reply, err := x.run(append([]string{menu + "/add"}, x.body.words()...)...)
	if err != nil {
		return Answer{}, refused(err)
	}
	id, ok := reply.Ret()
	if !ok {
		return Answer{Status: http.StatusCreated, Shape: List, Reply: reply}, nil
	}
	made := row{menu: menu, text: string(id), id: isID(string(id))}
	if !made.id {
		return Answer{Status: http.StatusCreated, Shape: Done, Reply: reply}, nil
	}
	return Answer{http.StatusCreated, One, x.readBack(made), menu, made.text}, nil
}

// patch changes a row and reads it.
func (x *exchange) patch() (Answer, error) {
	target, err := x.row()
	if err != nil {
		return Answer{}, err
	}
	after := target
	words := []string{target.menu + "/set", ""}
	for _, a := range x.body.attributes {
		switch a.name {
		case "numbers":
			return Answer{}, invalid(noIdentifier)
		case ".id":
			if a.value != target.text {
				return Answer{}, invalid(noIdentifier)
			}
			continue
		case "name":
			if !target.id {
				after.text = a.value
			}
		}
		words = append(words, a.word())
	}
	if err := x.change(target, words); err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Shape: One, Reply: x.readBack(after), Menu: after.menu}, nil
}

func (x *exchange) delete() (Answer, error) {
	target, err := x.row()
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusNoContent}, x.change(target, []string{target.menu + "/remove", ""})
}

// change runs set or remove for a row; its second word is to name the row.
func (x *exchange) change(target row, words []string) error {
	words[1] = "=.id=" + target.text
	if target.odd() {
		reply, err := x.run(target.menu+"/print", "=.proplist=.id", target.query())
		if err != nil {
			return refused(err)
		}
		first, _ := reply.Rows.Cut()
		id, ok := first.Get(".id")
		if !ok {
			return invalid(noSuch(target.text))
		}
		words[1] = "=.id=" + string(id)
	}
	_, err := x.run(words...)
	switch trap, _ := errors.AsType[*routeros.TrapError](err); {
	case trap == nil:
		return err
	case target.id && isMissing(err):
		return notFound()
	case !target.id && (isMissing(err) || trap.Missing()) && x.isMenu():
		return refusedAs(err, noIdentifier)
	case isMissing(err):
		return refusedAs(err, noSuch(target.text))
	}
	return refused(err)
}

// isMenu reports whether the whole path is a menu. Where that is not known, it asks for
// the number of rows, which every menu has or refuses as a parameter.
func (x *exchange) isMenu() bool {
	menu, err := menuPath(x.path)
	if err != nil {
		return false
	}
	if is, known := x.router.IsMenu(menu); known {
		return is
	}
	_, err = x.run(menu+"/print", "=count-only=")
	trap, trapped := errors.AsType[*routeros.TrapError](err)
	is := err == nil || trapped && strings.HasPrefix(trap.Error(), "unknown parameter")
	if is {
		x.router.Learn(menu, true)
	}
	return is
}

// readBack returns the reply with a row after a change. The change is done whatever comes
// of that: where the row cannot be read, the reply has what is known of it.
func (x *exchange) readBack(r row) *routeros.Reply {
	if reply, err := x.run(x.print(r.menu, x.proplist, r.query())...); err == nil && reply.Len > 0 {
		return reply
	}
	return &routeros.Reply{Len: 1, Rows: proto.Sentences(proto.AppendSentence(nil, "!re", "="+strings.TrimPrefix(r.query(), "?")))}
}

// post runs a command.
func (x *exchange) post() (Answer, error) {
	words, err := x.Command()
	if err != nil {
		return Answer{}, err
	}
	reply, err := x.run(words...)
	switch {
	case isMissing(err) && strings.HasSuffix(words[0], "/move"):
		return Answer{}, notFound()
	case err != nil:
		return Answer{}, refused(err)
	}
	a := Answer{Status: http.StatusOK, Shape: List, Reply: reply}
	a.Menu, _ = strings.CutSuffix(words[0], "/print")
	if reply.Len == 0 {
		for range reply.Done.Attributes() {
			a.Shape = Done
		}
	}
	return a, nil
}

// Command returns the sentence of a POST.
func (r *Request) Command() ([]string, error) {
	for _, e := range r.path {
		if !isWord(e) {
			return nil, invalid(noSuch(e))
		}
	}
	return append(append([]string{join(r.path)}, r.body.words()...), r.body.queries...), nil
}

// refused returns the answer to an error of the router; another error unchanged.
func refused(err error) error {
	trap, ok := errors.AsType[*routeros.TrapError](err)
	if !ok {
		return err
	}
	return refusedAs(err, trap.Error())
}

// refusedAs is refused with other words.
func refusedAs(err error, detail string) error {
	status := http.StatusBadRequest
	if strings.HasPrefix(detail, "not enough permissions") || strings.Contains(detail, "not allowed (9)") {
		status = http.StatusInternalServerError
	}
	return &Error{status, detail, err}
}

// isMissing reports whether the router knows no row of the id or name.
func isMissing(err error) bool {
	trap, ok := errors.AsType[*routeros.TrapError](err)
	return ok && strings.HasPrefix(trap.Error(), "no such item")
}

// isDenied reports whether the rules do not permit a sentence.
func isDenied(err error) bool {
	_, denied := errors.AsType[*rules.DeniedError](err)
	return denied
}
