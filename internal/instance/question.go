package instance

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/users"
)

// question is what an instance asks the owner of a router: a method of the router's device
// with what it is given. Each kind has a name, and a function that answers it at the owner.
type question[Q any] struct {
	Router string
	Q      Q
}

// ask asks the owner of the router. The answer comes from the function that answers the
// questions of that name.
func ask[Q, A any](ctx context.Context, d *remote, name string, q Q) (answer A, err error) {
	ids := d.IDs()
	if len(ids) == 0 {
		return answer, errGone
	}
	at, err := d.owner(ctx, relay.Target{})
	if err != nil {
		return answer, err
	}
	request, err := json.Marshal(question[Q]{ids[0], q}) // the ids share the session
	if err != nil {
		return answer, err
	}
	data, err := d.i.client.Ask(ctx, at.Instance, name, request)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(data, &answer)
}

// answer has a function answer the questions of a name that other instances ask.
func answer[Q, A any](i *Instance, name string, do func(ctx context.Context, id string, d *device.Device, q Q) (A, error)) {
	i.server.Handle(name, func(ctx context.Context, data []byte) ([]byte, error) {
		var req question[Q]
		if err := json.Unmarshal(data, &req); err != nil {
			return nil, errcode.New(errcode.Invalid, "the request is malformed")
		}
		d, err := i.find(req.Router)
		if err != nil {
			return nil, err
		}
		a, err := do(ctx, req.Router, d, req.Q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(a)
	})
}

// answerQuestions answers what the methods of remote below ask.
func (i *Instance) answerQuestions() {
	answer(i, "users", func(ctx context.Context, _ string, d *device.Device, q usersQuestion) (users.Page, error) {
		q.Query.Text = search.Parse(q.Text)
		return d.Users(ctx, q.Query)
	})
	answer(i, "history", func(_ context.Context, id string, d *device.Device, q history.Query) (history.Answer, error) {
		return d.History(id, q), nil
	})
	answer(i, "examine", func(ctx context.Context, _ string, d *device.Device, public bool) (a examined, _ error) {
		a.Findings, a.Healthy = d.Examine(ctx, public)
		return a, nil
	})
}

// usersQuestion is a query with its pattern as text.
type usersQuestion struct {
	Text  string
	Query users.Query
}

// Users asks the owner.
func (d *remote) Users(ctx context.Context, q users.Query) (users.Page, error) {
	return ask[usersQuestion, users.Page](ctx, d, "users", usersQuestion{q.Text.Text(), q})
}

// askHistory is how long the owner may take.
const askHistory = 5 * time.Second

// History asks the owner; an answer that does not come is one without series.
func (d *remote) History(_ string, q history.Query) history.Answer {
	ctx, cancel := context.WithTimeout(context.Background(), askHistory)
	defer cancel()
	a, err := ask[history.Query, history.Answer](ctx, d, "history", q)
	if err != nil {
		return history.Answer{From: time.Now().Truncate(time.Minute), Step: time.Minute}
	}
	return a
}

// examined is what an examination found.
type examined struct {
	Findings []doctor.Finding
	Healthy  bool
}

// Examine has the owner examine the router. Where it cannot be asked, that is the finding.
func (d *remote) Examine(ctx context.Context, public bool) (findings []doctor.Finding, healthy bool) {
	a, err := ask[bool, examined](ctx, d, "examine", public)
	if err != nil {
		return []doctor.Finding{{State: doctor.Failed, Code: "instance", Check: "instance", Detail: errcode.PublicText(err)}}, false
	}
	return a.Findings, a.Healthy
}

// Find finds nothing: a search asks the owners of all routers at once, see [Instance.Find],
// and they say what was read.
func (d *remote) Find(search.Pattern, int) (found []search.Found, read bool) { return nil, true }
