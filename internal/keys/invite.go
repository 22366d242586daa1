package keys

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
)

// Time in which an invitation can be exchanged.
const (
	InvitationTTL    = 24 * time.Hour // where nothing else is said
	MaxInvitationTTL = 30 * 24 * time.Hour
)

// tokenPrefix lets secret scanners find tokens, and people tell them from keys.
const tokenPrefix = "mi_"

// ErrNotInvited means that a token is not one of an invitation. Nobody learns whether it was
// one.
var (
	ErrNotInvited   = errcode.New(errcode.Unauthorized, "this is no invitation that is open: it was used or taken back, it has expired, or it never was one")
	errNoInvitation = errcode.New(errcode.NotFound, "no invitation has this name")
)

// Invite makes an invitation to a key of these fields, for a time, and returns it with its
// token, which is kept nowhere. What it permits is checked now, and when it is exchanged.
func (k *Keys) Invite(ctx context.Context, by *access.Key, f access.Fields, ttl time.Duration) (Info, string, error) {
	if ttl <= 0 || ttl > MaxInvitationTTL {
		return Info{}, "", errcode.Field("ttl", fmt.Sprintf("must be from 1 to %d seconds", MaxInvitationTTL/time.Second))
	}
	token := tokenPrefix + rand.Text()
	// To the end of a second, so that it lasts as long as was asked for.
	r := record{token: access.HashOf(token), until: time.Now().Add(ttl + time.Second - 1).Truncate(time.Second)}
	r, err := k.issue(ctx, by, f, r, access.Hash{})
	if err != nil {
		return Info{}, "", err
	}
	return k.info(r), token, nil
}

// Invitations returns the invitations that are open and that by may know of, in the order
// of their names.
func (k *Keys) Invitations(by *access.Key) []Info {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := []Info{}
	for _, name := range k.tokens {
		if r := k.records[name]; !r.over(time.Now()) && sees(by, r.key) {
			list = append(list, k.info(r))
		}
	}
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Withdraw takes an invitation back on behalf of a key.
func (k *Keys) Withdraw(ctx context.Context, by *access.Key, name string) (Info, error) {
	return k.end(ctx, by, name, true)
}

// Invited returns an error unless a token can be exchanged now. It asks nobody.
func (k *Keys) Invited(token string) error {
	_, err := k.invitation(token)
	return err
}

// Exchange makes the key of an invitation, once, and returns it with its secret, which is
// kept nowhere.
func (k *Keys) Exchange(ctx context.Context, token string) (Info, string, error) {
	r, err := k.invitation(token)
	if err != nil {
		return Info{}, "", err
	}
	text := access.NewSecret()
	if r.key, err = r.key.Fields().Key(access.HashOf(text)); err != nil {
		return Info{}, "", err
	}
	r.created, r.token, r.until = time.Now().Truncate(time.Second), access.Hash{}, time.Time{}
	r, err = k.put(ctx, r)
	if errors.Is(err, ErrTaken) {
		err = ErrNotInvited // somebody else was quicker
	}
	if err != nil {
		return Info{}, "", err
	}
	return k.info(r), text, nil
}

// invitation returns the open invitation of a token. It ends with the key that made it, and
// when that key permits less by now.
func (k *Keys) invitation(token string) (record, error) {
	hash := access.HashOf(token)
	k.mu.Lock()
	defer k.mu.Unlock()
	name, ok := k.tokens[hash]
	r := k.records[name]
	now := time.Now()
	if !ok || r.over(now) {
		return record{}, ErrNotInvited
	}
	by := k.named(r.by)
	if by == nil || by.Hash != r.byHash || by.Role < access.Admin || expired(by, now) || by.Grants(r.key) != nil {
		return record{}, ErrNotInvited
	}
	return r, nil
}

// named returns the key of a name; nil for none. mu is held.
func (k *Keys) named(name string) *access.Key {
	if name == access.Owner.Name {
		return access.Owner
	}
	if key, ok := k.declared[name]; ok {
		return key.Key
	}
	if r, ok := k.records[name]; ok && !r.gone && !r.invited() {
		return r.key
	}
	return nil
}
