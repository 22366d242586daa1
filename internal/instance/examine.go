package instance

import (
	"context"
	"encoding/json"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/search"
)

// Find finds nothing: the tables are at the owner, and a search does not ask for those of
// every router.
func (d *remote) Find(search.Pattern, int) (found []search.Found, read bool) { return nil, false }

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
