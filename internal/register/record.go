package register

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Router is a registered router.
type Router struct {
	ID       string
	Owner    string // name of the API key that registered it
	Comment  string
	Key      pool.Key
	Revision uint64 // of its record; 0 for none
}

// record is a router as the store has it.
type record struct {
	Form     int    `json:"form"` // of this struct; 1
	ID       string `json:"router_id"`
	Owner    string `json:"owner,omitempty"`
	Comment  string `json:"comment,omitempty"`
	Addr     string `json:"addr"`
	User     string `json:"user"`
	Pass     string `json:"pass"` // sealed for place
	CodePage string `json:"code_page,omitempty"`
	TLS      *TLS   `json:"tls,omitempty"`
}

// recordForm is what this version writes, and the newest that it reads.
const recordForm = 1

// Names in the store. A router_id may have characters that a store does not take.
const (
	routerPrefix = "routers."
	canaryPrefix = "canary."
)

func recordName(id string) string {
	return routerPrefix + base64.RawURLEncoding.EncodeToString([]byte(id))
}

// routerID is the router_id of the name of a record; false for other records.
func routerID(name string) (string, bool) {
	text, ok := strings.CutPrefix(name, routerPrefix)
	id, err := base64.RawURLEncoding.DecodeString(text)
	return string(id), ok && err == nil
}

// place is what the password of a router is sealed for. It opens for the same router, user
// and address alone, and with the same TLS: who can write to the store but does not have
// the ring cannot have the password sent to another host, nor in the clear.
func place(id string, key pool.Key) string {
	var b strings.Builder
	for _, part := range []string{"router", id, key.Addr, key.User, modes[key.TLS.Mode], key.TLS.ServerName, key.TLS.CA, key.TLS.Fingerprint} {
		fmt.Fprintf(&b, "%d:%s,", len(part), part) // no two lists give the same text
	}
	return b.String()
}

// encodeRecord returns the value of a router for the store.
func encodeRecord(r Router, ring *secret.Ring) ([]byte, error) {
	key := r.Key
	rec := record{
		Form: recordForm, ID: r.ID, Owner: r.Owner, Comment: r.Comment,
		Addr: key.Addr, User: key.User, Pass: ring.Seal(key.Password, place(r.ID, key)), CodePage: key.CodePage,
	}
	if t := key.TLS; t.Mode != routeros.Plain {
		rec.TLS = &TLS{Mode: modes[t.Mode], ServerName: t.ServerName, CA: t.CA, Fingerprint: t.Fingerprint}
	}
	return json.Marshal(rec)
}

// decodeRecord returns the router of a value, and the id of the key that its password is
// sealed with.
func decodeRecord(e Entry, ring *secret.Ring) (r Router, keyID string, err error) {
	var rec record
	if err := json.Unmarshal(e.Value, &rec); err != nil {
		return Router{}, "", fmt.Errorf("the record %s is damaged: %w", e.Name, err)
	}
	if rec.Form != recordForm {
		return Router{}, "", fmt.Errorf("the record of the router %q has the form %d, which another version of the program has written; this one reads %d", rec.ID, rec.Form, recordForm)
	}
	if recordName(rec.ID) != e.Name {
		return Router{}, "", fmt.Errorf("the record %s is of another router", e.Name)
	}
	key := pool.Key{Addr: rec.Addr, User: rec.User, CodePage: rec.CodePage}
	if rec.TLS != nil {
		if key.TLS, err = rec.TLS.parse(); err != nil {
			return Router{}, "", fmt.Errorf("the record of the router %q: %w", rec.ID, err)
		}
	}
	keyID = secret.KeyID(rec.Pass)
	if key.Password, err = ring.Open(rec.Pass, place(rec.ID, key)); err != nil {
		return Router{}, keyID, fmt.Errorf("the password of the router %q: %w", rec.ID, err)
	}
	return Router{ID: rec.ID, Owner: rec.Owner, Comment: rec.Comment, Key: key, Revision: e.Revision}, keyID, nil
}
