package instance

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/search"
)

// Find finds nothing: the tables are at the owner, and a search does not ask for those of
// every router.
func (d *remote) Find(search.Pattern, int) (found []search.Found, read bool) { return nil, false }

// historyRequest asks the owner for the history of a router.
type historyRequest struct {
	Router string
	Query  history.Query
}

// askHistory is how long the owner may take.
const askHistory = 5 * time.Second

// History asks the owner; an answer that does not come is one without series.
func (d *remote) History(id string, q history.Query) history.Answer {
	ctx, cancel := context.WithTimeout(context.Background(), askHistory)
	defer cancel()
	none := history.Answer{From: time.Now().Truncate(time.Minute), Step: time.Minute}
	at, err := d.owner(ctx, relay.Target{})
	if err != nil {
		return none
	}
	request, err := json.Marshal(historyRequest{id, q})
	if err != nil {
		return none
	}
	data, err := d.i.client.Ask(ctx, at.Instance, "history", request)
	var answer history.Answer
	if err != nil || json.Unmarshal(data, &answer) != nil {
		return none
	}
	return answer
}

// answerHistory answers another instance.
func (i *Instance) answerHistory(_ context.Context, data []byte) ([]byte, error) {
	var req historyRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, errcode.New(errcode.Invalid, "the request is malformed")
	}
	d, err := i.find(req.Router)
	if err != nil {
		return nil, err
	}
	return json.Marshal(d.History(req.Router, req.Query))
}

// examineRequest asks the owner for an examination.
type examineRequest struct {
	Router string
	Public bool
}

// examined is the answer.
type examined struct {
	Findings []doctor.Finding
	Healthy  bool
}

// Examine has the owner examine the router. Where it cannot be asked, that is the finding.
func (d *remote) Examine(ctx context.Context, public bool) (findings []doctor.Finding, healthy bool) {
	answer, err := d.examine(ctx, public)
	if err != nil {
		return []doctor.Finding{{State: doctor.Failed, Code: "instance", Check: "instance", Detail: errcode.PublicText(err)}}, false
	}
	return answer.Findings, answer.Healthy
}

func (d *remote) examine(ctx context.Context, public bool) (answer examined, err error) {
	ids := d.IDs()
	if len(ids) == 0 {
		return answer, errGone
	}
	at, err := d.owner(ctx, relay.Target{})
	if err != nil {
		return answer, err
	}
	request, err := json.Marshal(examineRequest{ids[0], public})
	if err != nil {
		return answer, err
	}
	data, err := d.i.client.Ask(ctx, at.Instance, "examine", request)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(data, &answer)
}

// answerExamine answers another instance.
func (i *Instance) answerExamine(ctx context.Context, data []byte) ([]byte, error) {
	var req examineRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, errcode.New(errcode.Invalid, "the request is malformed")
	}
	d, err := i.find(req.Router)
	if err != nil {
		return nil, err
	}
	var answer examined
	answer.Findings, answer.Healthy = d.Examine(ctx, req.Public)
	return json.Marshal(answer)
}
