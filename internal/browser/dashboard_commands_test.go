package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/chromium"
)

// The console takes what people type in a terminal, and the words of the API.
func TestDashboardCommands(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	for line, want := range map[string]string{
		"":                               "",
		"# only a remark":                "",
		"/ip/address/print":              "/ip/address/print",
		"ip address print":               "/ip/address/print",
		"/ip/address print":              "/ip/address/print",
		"/system upgrade print":          "/system/upgrade/print",
		"[admin@gw] > /ip address print": "/ip/address/print",
		"[admin@gw] /ip address> print where disabled=yes":            "/ip/address/print|?disabled=yes",
		"/ip address print where interface=bridge":                    "/ip/address/print|?interface=bridge",
		"/ip address print where interface = bridge":                  "/ip/address/print|?interface=bridge",
		"/interface/print ?type=ether =.proplist=name":                "/interface/print|?type=ether|=.proplist=name",
		"/interface/print ?type=ether ?type=vlan ?#|":                 "/interface/print|?type=ether|?type=vlan|?#|",
		"/interface print where type=ether =.proplist=name":           "/interface/print|?type=ether|=.proplist=name",
		"/interface print proplist=name,type":                         "/interface/print|=.proplist=name,type",
		"/log print follow":                                           "/log/print|=follow=",
		"/ppp active print count-only":                                "/ppp/active/print|=count-only=",
		"/interface print detail without-paging where running":        "/interface/print|=detail=|=without-paging=|?running=true",
		"/ppp active print where name!=budi":                          "/ppp/active/print|?name=budi|?#!",
		"/ppp active print where name=budi service=pppoe":             "/ppp/active/print|?name=budi|?service=pppoe",
		"/ip address print where dynamic and !disabled":               "/ip/address/print|?dynamic=true|?disabled=true|?#!",
		"/interface print where comment":                              "/interface/print|?comment",
		"/interface print where !comment":                             "/interface/print|?-comment",
		"/interface print where rx-byte>1000":                         "/interface/print|?>rx-byte=1000",
		"/interface print where rx-byte<1000":                         "/interface/print|?<rx-byte=1000",
		"/interface print where rx-byte>=1000":                        "/interface/print|?<rx-byte=1000|?#!|?rx-byte|?#&",
		"/interface print where type=ether or type=vlan":              "/interface/print|?type=ether|?type=vlan|?#|",
		"/interface print where (type=ether || type=vlan) && running": "/interface/print|?type=ether|?type=vlan|?#||?running=true",
		"/interface print where type=ether and running or name=lo":    "/interface/print|?type=ether|?running=true|?#&|?name=lo|?#|",
		"/interface print where !(type=ether running)":                "/interface/print|?type=ether|?running=true|?#&|?#!",
		`/interface print where name="<pppoe-budi>"`:                  "/interface/print|?name=<pppoe-budi>",
		`/interface print where comment="a b" and .id=*1`:             "/interface/print|?comment=a b|?.id=*1",
		"/ping address=1.1.1.1 count=2":                               "/ping|=address=1.1.1.1|=count=2",
		"/ping 1.1.1.1 count=2":                                       "/ping|=address=1.1.1.1|=count=2",
		"/interface monitor-traffic ether1 once":                      "/interface/monitor-traffic|=interface=ether1|=once=",
		"/interface disable ether1":                                   "/interface/disable|=.id=ether1",
		"/interface disable ether1,ether2":                            "/interface/disable|=numbers=ether1,ether2",
		"/queue simple remove *1,*2":                                  "/queue/simple/remove|=.id=*1,*2",
		"/queue simple move *1 *2":                                    "/queue/simple/move|=.id=*1|=destination=*2",
		`/queue simple set .id=*1 comment="dua kata"`:                 "/queue/simple/set|=.id=*1|=comment=dua kata",
		`/queue simple set *1 comment="a \"b\" \\ \C3\A9\_c\n"`:       "/queue/simple/set|=.id=*1|=comment=a \"b\" \\ é c\n",
		`/queue simple set *1 comment="\E9"`:                          "/queue/simple/set|=.id=*1|=comment=é",
		`/ppp secret add name=u password="pa\$word" comment=`:         "/ppp/secret/add|=name=u|=password=pa$word|=comment=",
		`/ip dns static add name=x regexp="a;b~c"`:                    "/ip/dns/static/add|=name=x|=regexp=a;b~c",
		`/ip firewall filter add chain=input src-address=!10.0.0.0/8`: "/ip/firewall/filter/add|=chain=input|=src-address=!10.0.0.0/8",
		`/ip address add =address=10.0.0.1/24 =comment=a;b$c[d]`:      "/ip/address/add|=address=10.0.0.1/24|=comment=a;b$c[d]",
		`/tool fetch url="http://x/?a=b&c=d"`:                         "/tool/fetch|=url=http://x/?a=b&c=d",
	} {
		got := chromium.Eval[[]string](d.Tab, fmt.Sprintf(`import("/assets/main.js").then((m) => m.command.words(%q))`, line))
		assert.Equal(t, want, strings.Join(got, "|"), line)
	}
}

// What the API cannot do is refused, in the language of the page and with the way that
// works.
func TestDashboardCommandsThatTheAPICannot(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	for line, reason := range map[string]string{
		`/interface print where comment~"x"`:                        "regex",
		`/interface print where comment !~ "x"`:                     "regex",
		`/interface print comment~"x"`:                              "regex",
		"/ip address remove [find interface=ether1]":                "find",
		"/ip address set numbers=[find] disabled=yes":               "find",
		"/ip address print where interface=[/interface get 0 name]": "find",
		"/ip address find interface=ether1":                         "find",
		`:put "hi"`:                                                 "script",
		`:foreach i in=[/interface find] do={}`:                     "script",
		"/ip address print; /log print":                             "script",
		"{ /log print }":                                            "script",
		"/ping address=1.1.1.1 count=(1+2)":                         "script",
		"$x":                                                        "script",
		"/ppp secret add name=$user":                                "variable",
		`/ppp secret add name="$user"`:                              "variable",
		"/ppp active print where name=$user":                        "variable",
		"/interface disable 0":                                      "rownumber",
		"/interface set numbers=0,1 disabled=yes":                   "rownumber",
		`/interface set ether1 comment="open`:                       "quote",
		"/ip route print where dst-address in 10.0.0.0/8":           "compare",
		"/interface print where":                                    "where",
		"/interface print where (type=ether":                        "where",
		"/interface print where type=ether)":                        "where",
		"/interface print where type=ether or":                      "where",
		"=name=x":                                                   "where",
	} {
		for _, language := range []string{"en", "id"} {
			got := chromium.Eval[string](d.Tab, fmt.Sprintf(`(async () => {
				const { command: { words, Cannot }, i18n: { setLanguage, t } } = await import("/assets/main.js");
				setLanguage(%q);
				try {
					return "sent as " + words(%q).join(" ");
				} catch (cannot) {
					return cannot instanceof Cannot && cannot.message === t("cannot.%[3]s") && !cannot.message.startsWith("cannot.") ? %[3]q : String(cannot);
				}
			})()`, language, line, reason))
			assert.Equal(t, reason, got, line)
		}
	}
	d.fill("#language", "en")
	d.signIn(apiKey)
	d.live()
	d.visit("pppoe-core")
	d.click("#tab-terminal")
	d.fill("#command", `/ppp active print where name~"user"`)
	d.click(".prompt button")
	d.Wait("the refusal says what works", `/cannot do that.*no regular expressions.*search in the table/.test(document.querySelector(".terminal [role=alert]").textContent)`)
	d.fill("#command", `/ppp active print where name=user-0000 or name=user-0004`)
	d.click(".prompt button")
	d.Wait("the way that works", `document.querySelector(".terminal [role=status]").textContent === "done, 2 rows" && document.querySelector(".terminal [role=alert]").textContent === ""`)
}
