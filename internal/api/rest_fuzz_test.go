package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/rules"
)

// recording is a router that remembers what it was sent and answers at random.
type recording struct {
	api.Routers
	manager.Device

	random uint64
	sent   [][]string
}

func (r *recording) Get(id string) (manager.Router, error) {
	return manager.Router{ID: id, Device: r}, nil
}
func (r *recording) Paths() device.Paths { return device.Paths{} }

func (r *recording) Run(_ context.Context, _ string, args []string) (*routeros.Reply, error) {
	r.sent = append(r.sent, slices.Clone(args))
	r.random = r.random*6364136223846793005 + 1442695040888963407
	switch r.random >> 61 {
	case 0:
		return nil, &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such command or directory (x)"}}}
	case 1:
		return nil, &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such item (4)"}}}
	case 2:
		return nil, routeros.ErrTimeout
	case 3:
		return &routeros.Reply{Done: proto.Sentence(proto.AppendSentence(nil, "!done", "=ret=*1A"))}, nil
	case 4:
		return &routeros.Reply{}, nil
	}
	row := proto.AppendSentence(nil, "!re", "=.id=*1A", "=name=a,b")
	return &routeros.Reply{Len: 1, Rows: row}, nil
}

func (r *recording) Start(_ context.Context, _ string, args []string) (device.Stream, error) {
	r.sent = append(r.sent, slices.Clone(args))
	return nil, routeros.ErrBusy
}

// fuzzKeys are keys with rules, by their secret; the owner's has none.
const fuzzKeys = `
name=prints role=operator routers=* rule=/ip/**:print rule=/interface:print hash=%prints%
name=interfaces role=operator routers=* rule=/interface/**:print,set,add hash=%interfaces%
name=denied role=operator routers=* rule=!/ip/address:remove rule=!/user/** hash=%denied%
name=viewer role=viewer routers=* hash=%viewer%
`

// No request of REST leads to a sentence that the same key could not send by /run, and
// none that reads to another one than print.
func FuzzREST(f *testing.F) {
	text := fuzzKeys
	names := []string{apiKey, "prints", "interfaces", "denied", "viewer"}
	for _, name := range names[1:] {
		text = strings.ReplaceAll(text, "%"+name+"%", access.HashOf(name).String())
	}
	keys, err := access.Parse(text)
	if err != nil {
		f.Fatal(err)
	}
	ring := access.NewKeySet(keys)
	f.Cleanup(ring.Close)
	sets := [][]*rules.Set{nil, {rules.ReadOnly()}, {must(rules.Parse([]string{"/**", "!/ip/firewall/**"}))}}
	for i, seed := range [][4]string{
		{"GET", "ip/address/*1", "", ""},
		{"GET", "interface/ether1", ".proplist=name&type=ether", ""},
		{"GET", "system/reboot", "", ""},
		{"GET", "file/a%2Fb", "name=a+b", ""},
		{"PUT", "ip/address", "", `{"address":"10.0.0.1/24","on-up":"x"}`},
		{"PATCH", "user/a,b", "", `{"name":"c",".id":"a,b"}`},
		{"DELETE", "ip/address/lan", "", ""},
		{"POST", "interface/print", "", `{".query":["type=ether"],".proplist":["name"],"file":"x"}`},
		{"POST", "cancel", "", `{"tag":"1"}`},
		{"POST", "system/script/run/x", "", `{"=":"1","?x":"y"}`},
		{"PUT", "ip%20address/print%00", "", `{"a\nb":"c","d":[1,null]}`},
		{"HEAD", "%2e%2e/quit", "?=x&.id=", ""},
	} {
		for key := range names {
			f.Add(seed[0], seed[1], seed[2], seed[3], uint8(key+5*i), uint64(i*7919))
		}
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string, who uint8, random uint64) {
		key := names[int(who)%len(names)]
		permitted := sets[int(who)/len(names)%len(sets)]
		s := &site{t: t}
		s.ready.Store(true)
		opts := options(s)
		opts.Log, opts.Keys, opts.Rules = slog.New(slog.DiscardHandler), ring, permitted
		router := &recording{random: random}
		handler := api.New(router, opts)
		where, err := url.ParseRequestURI("/routers/r/rest/" + path + "?" + query)
		if err != nil || !slices.Contains([]string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"}, method) {
			return
		}
		ask := func(method string, where *url.URL, body string) {
			r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
			r.URL, r.RequestURI = where, where.RequestURI()
			r.Header.Set("X-API-Key", key)
			r.Header.Set("Content-Type", "application/json")
			if random%5 == 0 {
				r.Header.Set("Accept", "application/x-ndjson")
			}
			handler.ServeHTTP(deadlines{httptest.NewRecorder()}, r)
		}
		ask(method, where, body)
		sent := router.sent
		for _, words := range sent {
			if (method == http.MethodGet || method == http.MethodHead) && !strings.HasSuffix(words[0], "/print") {
				t.Errorf("%s %s sends %q", method, where, words)
			}
			again, err := json.Marshal(map[string]any{"router_id": "r", "args": words})
			if err != nil {
				t.Fatal(err)
			}
			if router.sent = nil; len(again) > 1<<20 {
				continue
			}
			ask(http.MethodPost, &url.URL{Path: "/run"}, string(again))
			if len(router.sent) != 1 || !slices.Equal(router.sent[0], words) {
				t.Errorf("%s %s sends %q; /run sends %q for it", method, where, words, router.sent)
			}
		}
		if key == "viewer" && len(sent) > 0 {
			t.Errorf("%s %s sends %q for a viewer", method, where, sent)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
