package instance

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/fleet"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/relay"
)

// Owner implements [manager.Fleet].
func (i *Instance) Owner(key pool.Key) manager.Place {
	f := i.fleet.Load()
	if f == nil {
		return manager.Place{}
	}
	owner, here := f.Owner(fleet.ShardOf(key.Addr, key.User))
	return manager.Place{Instance: owner.Instance, Epoch: owner.Epoch, Here: here}
}

// SendsAlerts reports whether this is the instance that sends alerts: the owner of one of
// the shards. When it ends, the next owner of the shard sends.
func (i *Instance) SendsAlerts() bool {
	f := i.fleet.Load()
	if f == nil {
		return false
	}
	_, here := f.Owner(fleet.ShardOf("alerts", ""))
	return here
}

// Lives reports whether an instance is a member of the fleet.
func (i *Instance) Lives(instance string) bool {
	return slices.ContainsFunc(i.Status().Members, func(m fleet.Member) bool { return m.Instance == instance })
}

// Route implements [manager.Fleet].
func (i *Instance) Route(id string) manager.Route { return i.x.Open(id) }

// Permit is for [pool.Options].
func (i *Instance) Permit() error {
	f := i.fleet.Load()
	if f == nil {
		return errNoPlace
	}
	return f.Permit()
}

var errNoPlace = errcode.New(errcode.Starting, "this instance has not joined the fleet yet")

// move brings the sessions of a shard to where the fleet says that they are.
func (i *Instance) move(ctx context.Context, shard int) {
	if i.fleet.Load() == nil {
		return // Start moves all
	}
	i.manager.Load().Move(ctx, func(key pool.Key) bool { return fleet.ShardOf(key.Addr, key.User) == shard })
}

// holdTime is how long an instance keeps a session that it has tried for another one, until
// the record of the router has come here.
const holdTime = 15 * time.Second

// attempt is a request to log in.
type attempt struct {
	Owner  string // name of the API key
	Record []byte // see [register.Register.Seal]
}

// outcome is its answer.
type outcome struct {
	Err         []byte `json:",omitempty"` // see [relay.EncodeError]
	Reused      bool
	Fingerprint string
}

// attemptID is the id of the sealed settings in an attempt.
const attemptID = "attempt"

// Try implements [manager.Fleet].
func (i *Instance) Try(ctx context.Context, at manager.Place, owner string, key pool.Key) (manager.Connected, error) {
	record, err := i.opts.Register.Seal(register.Router{ID: attemptID, Key: key})
	if err != nil {
		return manager.Connected{}, err
	}
	data, err := json.Marshal(attempt{Owner: owner, Record: record})
	if err != nil {
		return manager.Connected{}, err
	}
	answer, err := i.client.Ask(ctx, at.Instance, "try", data)
	if refused, ok := errors.AsType[*relay.RefusedError](err); ok && refused.Elsewhere || errcode.Of(err) == errcode.StoreUnavailable {
		return manager.Connected{}, manager.ErrMoving // the error of another instance is a copy
	}
	if err != nil {
		return manager.Connected{}, err
	}
	var out outcome
	if err := json.Unmarshal(answer, &out); err != nil {
		return manager.Connected{}, err
	}
	return manager.Connected{Reused: out.Reused, TLSFingerprint: out.Fingerprint}, relay.DecodeError(out.Err)
}

// answerTry logs in for another instance.
func (i *Instance) answerTry(ctx context.Context, data []byte) ([]byte, error) {
	var req attempt
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, errcode.New(errcode.Invalid, "the request is malformed")
	}
	r, err := i.opts.Register.Unseal(attemptID, req.Record)
	if err != nil {
		return nil, errcode.New(errcode.Invalid, "the settings of the router cannot be opened: "+err.Error())
	}
	if at := i.Owner(r.Key); !at.Here {
		return nil, manager.ErrMoving
	}
	done, err := i.manager.Load().Hold(ctx, req.Owner, r.Key, holdTime)
	return json.Marshal(outcome{Err: relay.EncodeError(err), Reused: done.Reused, Fingerprint: done.TLSFingerprint})
}
