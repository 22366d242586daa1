package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/rest"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/rules"
)

// script is a router that answers each sentence with what is written behind it: rows as
// "name=value name=value", one for each string; "!done name=value"; "!trap message"; or
// "!denied". A sentence that is not in it fails the test.
type script struct {
	t       *testing.T
	replies map[string][]string
	sent    []string
	menus   map[string]bool
}

func (s *script) Run(_ context.Context, words []string) (*routeros.Reply, error) {
	text := strings.Join(words, " ")
	s.sent = append(s.sent, text)
	lines, ok := s.replies[text]
	require.True(s.t, ok, "not expected: %s", text)
	reply := &routeros.Reply{}
	for _, line := range lines {
		if message, ok := strings.CutPrefix(line, "!trap "); ok {
			return reply, &routeros.TrapError{Traps: []routeros.Trap{{Category: routeros.CategoryNone, Message: message}, {Message: "no such command prefix"}}}
		}
		if line == "!denied" {
			return nil, &rules.DeniedError{Command: words[0], Reason: "no rule allows it"}
		}
		if line == "!lost" {
			return nil, errLost
		}
		fields, done := strings.CutPrefix(line, "!done")
		sentence := []string{"!re"}
		for field := range strings.FieldsSeq(fields) {
			sentence = append(sentence, "="+field)
		}
		b := proto.Sentence(proto.AppendSentence(nil, sentence...))
		if done {
			reply.Done = b
			continue
		}
		reply.Rows = reply.Rows.Append(b[:len(b)-1])
		reply.Len++
	}
	return reply, nil
}

var errLost = errors.New("the connection is gone")

func (s *script) IsMenu(path string) (is, known bool) { is, known = s.menus[path]; return is, known }
func (s *script) Learn(path string, isMenu bool)      { s.menus[path] = isMenu }

// rows are the rows of a list as they are written in a script.
func rows(l proto.Sentences) (texts []string) {
	for row := range l.All() {
		var fields []string
		for name, value := range row.Attributes() {
			fields = append(fields, string(name)+"="+string(value))
		}
		texts = append(texts, strings.Join(fields, " "))
	}
	return texts
}

const (
	created = http.StatusCreated
	gone    = http.StatusNoContent
	bad     = http.StatusBadRequest
)

// tests are the sentences that requests lead to, and what becomes of their replies. The
// numbers are those of the table that was made from MikroTik's documentation.
var tests = []struct {
	name, method, url, body string
	sentences               []string   // in their order
	replies                 [][]string // to them
	status                  int
	shape                   rest.Shape
	want                    []string // the rows of the answer
	detail                  string   // of an error
}{
	{"1: a table", "GET", "ip/address", "", []string{"/ip/address/print"}, [][]string{{".id=*1 address=a", ".id=*2 address=b"}}, 200, rest.List, []string{".id=*1 address=a", ".id=*2 address=b"}, ""},
	{"1: a table of one row", "GET", "ip/address/", "", []string{"/ip/address/print"}, [][]string{{".id=*1 address=a"}}, 200, rest.List, []string{".id=*1 address=a"}, ""},
	{"1: HEAD", "HEAD", "ip/address", "", []string{"/ip/address/print"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"2: an empty table", "GET", "ip/address", "", []string{"/ip/address/print"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"3: a menu without rows", "GET", "system/identity", "", []string{"/system/identity/print"}, [][]string{{"name=x"}}, 200, rest.One, []string{"name=x"}, ""},
	{"3: with a list", "GET", "system/resource?.proplist=version", "", []string{"/system/resource/print =.proplist=.id,version"}, [][]string{{"version=6"}}, 200, rest.One, []string{"version=6"}, ""},
	{"4: filters", "GET", "interface?type=ether&running=true", "", []string{"/interface/print ?type=ether ?running=true"}, [][]string{{".id=*1"}}, 200, rest.List, []string{".id=*1"}, ""},
	{"4: none matches", "GET", "system/identity?name=y", "", []string{"/system/identity/print ?name=y"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"5: a list of properties", "GET", "ip/address?.proplist=address", "", []string{"/ip/address/print =.proplist=.id,address"}, [][]string{{".id=*1 address=a"}}, 200, rest.List, []string{".id=*1 address=a"}, ""},
	{"5: with the id", "GET", "ip/address?.proplist=address,.id", "", []string{"/ip/address/print =.proplist=address,.id"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"6: by id", "GET", "ip/address/*1", "", []string{"/ip/address/print ?.id=*1"}, [][]string{{".id=*1"}}, 200, rest.One, []string{".id=*1"}, ""},
	{"6: encoded", "GET", "ip/address/%2A1f", "", []string{"/ip/address/print ?.id=*1f"}, [][]string{{".id=*1F"}}, 200, rest.One, []string{".id=*1F"}, ""},
	{"7: no such id", "GET", "ip/address/*FF", "", []string{"/ip/address/print ?.id=*FF"}, [][]string{{}}, 404, 0, nil, ""},
	{"8: by name", "GET", "interface/ether1", "", []string{"/interface/ether1/print", "/interface/print ?name=ether1"}, [][]string{{"!trap no such command or directory (ether1)"}, {".id=*1 name=ether1"}}, 200, rest.One, []string{".id=*1 name=ether1"}, ""},
	{"9: no such name", "GET", "interface/nosuch", "", []string{"/interface/nosuch/print", "/interface/print ?name=nosuch"}, [][]string{{"!trap no such command or directory (nosuch)"}, {}}, bad, 0, nil, "no such command or directory (nosuch)"},
	{"9: no menu of that name permitted", "GET", "interface/nosuch", "", []string{"/interface/nosuch/print", "/interface/print ?name=nosuch"}, [][]string{{"!denied"}, {}}, bad, 0, nil, "no such command or directory (nosuch)"},
	{"9: a name that is permitted as such", "GET", "interface/wan", "", []string{"/interface/wan/print", "/interface/print ?name=wan"}, [][]string{{"!denied"}, {"name=wan"}}, 200, rest.One, []string{"name=wan"}, ""},
	{"9: a menu that is denied", "GET", "interface/wireless", "", []string{"/interface/wireless/print", "/interface/print ?name=wireless"}, [][]string{{"!denied"}, {}}, 0, 0, nil, "command /interface/wireless/print not allowed: no rule allows it"},
	{"9: both denied", "GET", "interface/wan", "", []string{"/interface/wan/print", "/interface/print ?name=wan"}, [][]string{{"!denied"}, {"!denied"}}, 0, 0, nil, "command /interface/wan/print not allowed: no rule allows it"},
	{"9: lost meanwhile", "GET", "interface/wan", "", []string{"/interface/wan/print", "/interface/print ?name=wan"}, [][]string{{"!trap no such command or directory (wan)"}, {"!lost"}}, 0, 0, nil, errLost.Error()},
	{"10: a list of properties", "GET", "interface/ether1?.proplist=name,mtu", "", []string{"/interface/ether1/print =.proplist=.id,name,mtu", "/interface/print =.proplist=name,mtu ?name=ether1"}, [][]string{{"!trap no such command or directory (ether1)"}, {"name=ether1 mtu=1500"}}, 200, rest.One, []string{"name=ether1 mtu=1500"}, ""},
	{"11: a name that is no word", "GET", "file/flash%2Fa.rsc", "", []string{"/file/print ?name=flash/a.rsc"}, [][]string{{"name=flash/a.rsc"}}, 200, rest.One, []string{"name=flash/a.rsc"}, ""},
	{"11: of other letters", "GET", "ppp/profile/rumah%20%C3%A9", "", []string{"/ppp/profile/print ?name=rumah é"}, [][]string{{"name=x"}}, 200, rest.One, []string{"name=x"}, ""},
	{"11: no such one", "GET", "file/b.rsc", "", []string{"/file/print ?name=b.rsc"}, [][]string{{}}, bad, 0, nil, "no such command or directory (b.rsc)"},
	{"12: no such menu", "GET", "no/such", "", []string{"/no/such/print", "/no/print ?name=such"}, [][]string{{"!trap no such command or directory (no)"}, {"!trap no such command or directory (no)"}}, bad, 0, nil, "no such command or directory (no)"},
	{"12: at the top", "GET", "nosuch", "", []string{"/nosuch/print"}, [][]string{{"!trap no such command or directory (nosuch)"}}, bad, 0, nil, "no such command or directory (nosuch)"},
	{"12: below a menu that has no rows", "GET", "system/nosuch", "", []string{"/system/nosuch/print"}, [][]string{{"!trap no such command or directory (nosuch)"}}, bad, 0, nil, "no such command or directory (nosuch)"},
	{"13: by id in a filter", "GET", "interface?.id=*1", "", []string{"/interface/print ?.id=*1"}, [][]string{{".id=*1"}}, 200, rest.List, []string{".id=*1"}, ""},
	{"GET of a command", "GET", "system/reboot", "", nil, nil, bad, 0, nil, "no such command"},
	{"GET of a command of a table", "GET", "interface/print", "", []string{"/interface/print ?name=print"}, [][]string{{}}, bad, 0, nil, "no such command"},
	{"GET of a user named as a command", "GET", "ip/hotspot/user/monitor", "", []string{"/ip/hotspot/user/print ?name=monitor"}, [][]string{{"name=monitor"}}, 200, rest.One, []string{"name=monitor"}, ""},
	{"GET behind a command", "GET", "system/reboot/now", "", nil, nil, bad, 0, nil, "no such command or directory (reboot)"},
	{"a path that is none", "GET", "ip%20address/x;y/z", "", nil, nil, bad, 0, nil, "no such command or directory (ip address)"},
	{"dots", "GET", "../x", "", nil, nil, bad, 0, nil, "no such command or directory (..)"},
	{"nothing", "GET", "", "", nil, nil, bad, 0, nil, "no such command"},
	{"no UTF-8", "GET", "interface/%ff", "", nil, nil, bad, 0, nil, "the path is not UTF-8; encode its text as UTF-8 before percent-encoding"},
	{"a query that is no UTF-8", "GET", "interface?name=%ff", "", nil, nil, bad, 0, nil, "the query is not UTF-8; encode its text as UTF-8 before percent-encoding"},
	{"a plus or a space", "GET", "ppp/secret?service=any&name=+628%2B1", "", []string{"/ppp/secret/print ?service=any ?name=+628+1 ?name= 628+1 ?#|"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"raw text", "GET", "queue/simple?comment=<50%>%20a=b%", "", []string{"/queue/simple/print ?comment=<50%> a=b%"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"an operator is a name", "GET", "queue/simple?%3Emtu=5&-x=1&&=&a", "", []string{"/queue/simple/print ?=>mtu=5 ?=-x=1 ?== ?a="}, [][]string{{}}, 200, rest.List, nil, ""},
	{"no policy", "GET", "ip/address", "", []string{"/ip/address/print"}, [][]string{{"!trap not enough permissions (9)"}}, 500, 0, nil, "not enough permissions (9)"},
	{"no policy of the API", "GET", "ip/address/*1", "", []string{"/ip/address/print ?.id=*1"}, [][]string{{"!trap std failure: not allowed (9)"}}, 500, 0, nil, "std failure: not allowed (9)"},
	{"another refusal", "GET", "ip/address", "", []string{"/ip/address/print"}, [][]string{{"!trap failure: busy"}}, bad, 0, nil, "failure: busy"},

	{"14: PUT", "PUT", "ip/address", `{"address":"10.0.0.1/24","interface":"lan"}`, []string{"/ip/address/add =address=10.0.0.1/24 =interface=lan", "/ip/address/print ?.id=*18"}, [][]string{{"!done ret=*18"}, {".id=*18 address=10.0.0.1/24"}}, created, rest.One, []string{".id=*18 address=10.0.0.1/24"}, ""},
	{"15: PUT, and the row is gone", "PUT", "ip/address", `{}`, []string{"/ip/address/add", "/ip/address/print ?.id=*18"}, [][]string{{"!done ret=*18"}, {}}, created, rest.One, []string{".id=*18"}, ""},
	{"15: PUT, and it may not be read", "PUT", "ip/address", ``, []string{"/ip/address/add", "/ip/address/print ?.id=*18"}, [][]string{{"!done ret=*18"}, {"!denied"}}, created, rest.One, []string{".id=*18"}, ""},
	{"PUT that names no id", "PUT", "ip/address", ``, []string{"/ip/address/add"}, [][]string{{"!done"}}, created, rest.List, nil, ""},
	{"PUT that returns something else", "PUT", "ip/address", ``, []string{"/ip/address/add"}, [][]string{{"!done ret=7"}}, created, rest.Done, nil, ""},
	{"PUT with a list of properties", "PUT", "ip/address?.proplist=address", ``, []string{"/ip/address/add", "/ip/address/print =.proplist=address ?.id=*1"}, [][]string{{"!done ret=*1"}, {"address=a"}}, created, rest.One, []string{"address=a"}, ""},
	{"PUT below an id", "PUT", "ip/address/*1", ``, nil, nil, bad, 0, nil, "no such command or directory (*1)"},
	{"16: PUT again", "PUT", "ip/address", `{}`, []string{"/ip/address/add"}, [][]string{{"!trap failure: already have such address"}}, bad, 0, nil, "failure: already have such address"},
	{"PUT before a row that is gone", "PUT", "queue/simple", `{"place-before":"*7"}`, []string{"/queue/simple/add =place-before=*7"}, [][]string{{"!trap no such item (4)"}}, bad, 0, nil, "no such item (4)"},

	{"17: PATCH", "PATCH", "ip/address/*18", `{"comment":"a","disabled":true}`, []string{"/ip/address/set =.id=*18 =comment=a =disabled=true", "/ip/address/print ?.id=*18"}, [][]string{{}, {".id=*18"}}, 200, rest.One, []string{".id=*18"}, ""},
	{"18: PATCH that clears", "PATCH", "ip/address/*18", `{"comment":null}`, []string{"/ip/address/set =.id=*18 =comment=", "/ip/address/print ?.id=*18"}, [][]string{{}, {".id=*18"}}, 200, rest.One, []string{".id=*18"}, ""},
	{"19: PATCH of no row", "PATCH", "ip/address/*FF", `{"comment":"a"}`, []string{"/ip/address/set =.id=*FF =comment=a"}, [][]string{{"!trap no such item (4)"}}, 404, 0, nil, ""},
	{"20: PATCH by name", "PATCH", "user/lab", `{"comment":"a"}`, []string{"/user/set =.id=lab =comment=a", "/user/print ?name=lab"}, [][]string{{}, {"name=lab"}}, 200, rest.One, []string{"name=lab"}, ""},
	{"20: PATCH of the name", "PATCH", "user/lab", `{"name":"b"}`, []string{"/user/set =.id=lab =name=b", "/user/print ?name=b"}, [][]string{{}, {"name=b"}}, 200, rest.One, []string{"name=b"}, ""},
	{"20: no such name", "PATCH", "user/lab", `{}`, []string{"/user/set =.id=lab", "/user/lab/print =count-only="}, [][]string{{"!trap no such item (4)"}, {"!trap no such command or directory (lab)"}}, bad, 0, nil, "no such command or directory (lab)"},
	{"20: a name like a list", "PATCH", "user/a,b", `{"group":"read"}`, []string{"/user/print =.proplist=.id ?name=a,b", "/user/set =.id=*3 =group=read", "/user/print ?name=a,b"}, [][]string{{".id=*3"}, {}, {}}, 200, rest.One, []string{"name=a,b"}, ""},
	{"20: a list of ids", "PATCH", "user/*1,*2", `{}`, []string{"/user/print =.proplist=.id ?name=*1,*2"}, [][]string{{}}, bad, 0, nil, "no such command or directory (*1,*2)"},
	{"PATCH with its own id", "PATCH", "user/*1", `{".id":"*1","name":"b"}`, []string{"/user/set =.id=*1 =name=b", "/user/print ?.id=*1"}, [][]string{{}, {".id=*1"}}, 200, rest.One, []string{".id=*1"}, ""},
	{"PATCH with another id", "PATCH", "user/*1", `{".id":"*2"}`, nil, nil, bad, 0, nil, "missing or invalid resource identifier"},
	{"PATCH with numbers", "PATCH", "user/*1", `{"numbers":"*2"}`, nil, nil, bad, 0, nil, "missing or invalid resource identifier"},
	{"PATCH, and it cannot be read", "PATCH", "user/*1", `{}`, []string{"/user/set =.id=*1", "/user/print ?.id=*1"}, [][]string{{}, {"!lost"}}, 200, rest.One, []string{".id=*1"}, ""},
	{"21: PATCH of a menu", "PATCH", "system/identity", `{"name":"x"}`, nil, nil, bad, 0, nil, "missing or invalid resource identifier"},
	{"21: at the top", "PATCH", "interface", `{"name":"x"}`, nil, nil, bad, 0, nil, "missing or invalid resource identifier"},
	{"21: below a table", "PATCH", "radius/incoming", `{"accept":true}`, []string{"/radius/set =.id=incoming =accept=true", "/radius/incoming/print =count-only="}, [][]string{{"!trap no such item (4)"}, {"!trap unknown parameter count-only"}}, bad, 0, nil, "missing or invalid resource identifier"},
	{"21: below a menu without rows", "PATCH", "system/ntp/client", `{}`, []string{"/system/ntp/set =.id=client", "/system/ntp/client/print =count-only="}, [][]string{{"!trap no such command"}, {"!trap unknown parameter count-only"}}, bad, 0, nil, "missing or invalid resource identifier"},
	{"21: DELETE of a table", "DELETE", "interface/bridge", "", []string{"/interface/remove =.id=bridge", "/interface/bridge/print =count-only="}, [][]string{{"!trap no such item (4)"}, {"!done ret=0"}}, bad, 0, nil, "missing or invalid resource identifier"},
	{"21: it may not be asked", "DELETE", "interface/bridge", "", []string{"/interface/remove =.id=bridge", "/interface/bridge/print =count-only="}, [][]string{{"!trap no such item (4)"}, {"!denied"}}, bad, 0, nil, "no such command or directory (bridge)"},
	{"22: DELETE", "DELETE", "ip/address/*18", "", []string{"/ip/address/remove =.id=*18"}, [][]string{{}}, gone, rest.None, nil, ""},
	{"23: DELETE again", "DELETE", "ip/address/*18", "", []string{"/ip/address/remove =.id=*18"}, [][]string{{"!trap no such item (4)"}}, 404, 0, nil, ""},
	{"24: DELETE by name", "DELETE", "file/backup.rsc", "", []string{"/file/remove =.id=backup.rsc"}, [][]string{{}}, gone, rest.None, nil, ""},
	{"24: DELETE of a name like an id", "DELETE", "file/*x", "", []string{"/file/print =.proplist=.id ?name=*x", "/file/remove =.id=*9"}, [][]string{{".id=*9"}, {}}, gone, rest.None, nil, ""},
	{"DELETE of a menu", "DELETE", "ip/address", "", nil, nil, bad, 0, nil, "missing or invalid resource identifier"},
	{"DELETE that is refused", "DELETE", "interface/ether1", "", []string{"/interface/remove =.id=ether1", "/interface/ether1/print =count-only="}, [][]string{{"!trap no such command"}, {"!trap no such command or directory (ether1)"}}, bad, 0, nil, "no such command"},

	{"25: set of a menu without rows", "POST", "system/identity/set", `{"name":"x"}`, []string{"/system/identity/set =name=x"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"26: POST print", "POST", "interface/print", `{".proplist":["name"],".query":["type=ether","type=vlan","#|"]}`, []string{"/interface/print =.proplist=name ?type=ether ?type=vlan ?#|"}, [][]string{{"name=a"}}, 200, rest.List, []string{"name=a"}, ""},
	{"26: as text", "POST", "interface/print", `{".query":"type=ether",".proplist":"name,type","detail":""}`, []string{"/interface/print =.proplist=name,type =detail= ?type=ether"}, [][]string{{"name=a", "name=b"}}, 200, rest.List, []string{"name=a", "name=b"}, ""},
	{"27: the number of rows", "POST", "ip/address/print", `{"count-only":""}`, []string{"/ip/address/print =count-only="}, [][]string{{"!done ret=1"}}, 200, rest.Done, nil, ""},
	{"28: POST add", "POST", "ip/address/add", `{"address":"a"}`, []string{"/ip/address/add =address=a"}, [][]string{{"!done ret=*2"}}, 200, rest.Done, nil, ""},
	{"29: ping", "POST", "ping", `{"address":"10.0.0.1","count":2}`, []string{"/ping =address=10.0.0.1 =count=2"}, [][]string{{"seq=0", "seq=1"}}, 200, rest.List, []string{"seq=0", "seq=1"}, ""},
	{"30: once", "POST", "interface/monitor-traffic", `{"interface":"ether1","once":""}`, []string{"/interface/monitor-traffic =interface=ether1 =once="}, [][]string{{"name=ether1"}}, 200, rest.List, []string{"name=ether1"}, ""},
	{"31: once, as text", "POST", "interface/monitor-traffic", `{"once":"false","interface":["ether1","ether2"]}`, []string{"/interface/monitor-traffic =interface=ether1,ether2"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"31: once", "POST", "interface/monitor-traffic", `{"interface":"ether1","once":false}`, []string{"/interface/monitor-traffic =interface=ether1"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"33: execute", "POST", "execute", `{"script":":put 1","as-string":""}`, []string{"/execute =script=:put 1 =as-string="}, [][]string{{"!done ret=1"}}, 200, rest.Done, nil, ""},
	{"34: POST of a menu", "POST", "ip/address", `{"address":"a"}`, []string{"/ip/address =address=a"}, [][]string{{"!trap no such command"}}, bad, 0, nil, "no such command"},
	{"35: move", "POST", "ip/firewall/nat/move", `{"numbers":"*9","destination":"*C"}`, []string{"/ip/firewall/nat/move =numbers=*9 =destination=*C"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"35: move of no row", "POST", "ip/firewall/nat/move", `{"numbers":"*9"}`, []string{"/ip/firewall/nat/move =numbers=*9"}, [][]string{{"!trap no such item (4)"}}, 404, 0, nil, ""},
	{"set of no row", "POST", "ip/address/set", `{".id":"*9"}`, []string{"/ip/address/set =.id=*9"}, [][]string{{"!trap no such item (4)"}}, bad, 0, nil, "no such item (4)"},
	{"unset", "POST", "ip/address/unset", `{".id":"*9","value-name":"comment"}`, []string{"/ip/address/unset =.id=*9 =value-name=comment"}, [][]string{{}}, 200, rest.List, nil, ""},
	{"POST below an id", "POST", "ip/address/*1/set", `{}`, nil, nil, bad, 0, nil, "no such command or directory (*1)"},

	{"37: no JSON", "PUT", "ip/address", "x", nil, nil, bad, 0, nil, "Failed to parse json"},
	{"a list", "POST", "ip/address/add", "[]", nil, nil, bad, 0, nil, "Failed to parse json"},
	{"an end missing", "POST", "ip/address/add", `{"a":"b"`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"something behind", "POST", "ip/address/add", `{"a":"b"}{}`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"an object", "POST", "ip/address/add", `{"a":{}}`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"an object in a list", "POST", "ip/address/print", `{".query":[{}]}`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"an exponent", "POST", "ip/address/add", `{"a":1e3}`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"another form of numbers", "POST", "ip/address/add", `{"a":0x10}`, nil, nil, bad, 0, nil, "Failed to parse json"},
	{"twice", "POST", "ip/address/add", `{"a":"1","a":"2"}`, nil, nil, bad, 0, nil, `the body has the field "a" twice`},
	{"a query as a name", "POST", "ip/address/print", `{"?name":"x"}`, nil, nil, bad, 0, nil, "unknown parameter ?name"},
	{"an attribute in a name", "POST", "ip/address/add", `{"a=b":"x"}`, nil, nil, bad, 0, nil, "unknown parameter a=b"},
	{"no name", "POST", "ip/address/add", `{"":"x"}`, nil, nil, bad, 0, nil, "unknown parameter "},
	{"numbers as they are written", "POST", "ip/address/add", `{"a":-0.50,"b":12345678901234567890,"c":[1,"x",null,true]}`, []string{"/ip/address/add =a=-0.50 =b=12345678901234567890 =c=1,x,,true"}, [][]string{{}}, 200, rest.List, nil, ""},
}

func TestTheSentences(t *testing.T) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{t: t, replies: map[string][]string{}, menus: map[string]bool{}}
			for i, sentence := range tt.sentences {
				s.replies[sentence] = tt.replies[i]
			}
			path, query, _ := strings.Cut(tt.url, "?")
			var answer rest.Answer
			request, err := rest.Parse(tt.method, path, query, []byte(tt.body))
			if err == nil {
				answer, err = rest.Do(t.Context(), s, request)
			}
			assert.Equal(t, tt.sentences, s.sent)
			if tt.detail != "" || tt.status == 404 {
				require.Error(t, err)
				if failed, ok := errors.AsType[*rest.Error](err); ok {
					assert.Equal(t, tt.status, failed.Status)
					assert.Equal(t, tt.detail, failed.Detail)
					return
				}
				assert.Zero(t, tt.status, err)
				assert.EqualError(t, err, tt.detail)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.status, answer.Status)
			assert.Equal(t, tt.shape, answer.Shape)
			if tt.shape != rest.None {
				assert.Equal(t, tt.want, rows(answer.Reply.Rows))
			}
		})
	}
}

// What is known of a path is not asked again.
func TestWhatIsNoMenuIsRemembered(t *testing.T) {
	s := &script{t: t, menus: map[string]bool{}, replies: map[string][]string{
		"/interface/wan/print":        {"!trap no such command or directory (wan)"},
		"/interface/print ?name=wan":  {"name=wan"},
		"/interface/gone/print":       {"!trap no such command or directory (gone)"},
		"/interface/print ?name=gone": {},
		"/interface/set =.id=bridge":  {"!trap no such item (4)"},
		"/interface/bridge/print":     {},
	}}
	do := func(method, path string) error {
		s.sent = nil
		request, err := rest.Parse(method, path, "", nil)
		require.NoError(t, err)
		_, err = rest.Do(t.Context(), s, request)
		return err
	}
	require.NoError(t, do("GET", "interface/wan"))
	require.NoError(t, do("GET", "interface/wan"))
	assert.Equal(t, []string{"/interface/print ?name=wan"}, s.sent)
	s.replies["/interface/print ?name=wan"] = nil
	require.ErrorContains(t, do("GET", "interface/wan"), "no such command or directory (wan)")
	require.Error(t, do("GET", "interface/gone"))
	assert.NotContains(t, s.menus, "/interface/gone", "only names that exist are remembered: there are as many as there are rows")

	require.NoError(t, do("GET", "interface/bridge"))
	failed, ok := errors.AsType[*rest.Error](do("PATCH", "interface/bridge"))
	require.True(t, ok)
	assert.Equal(t, "missing or invalid resource identifier", failed.Detail)
}
