package sim_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

// FuzzDispatch sends arbitrary sentences, one a line with its words separated
// by spaces, to a device that is logged in: no panic, nothing left behind, and
// it still answers if it did not hang up.
func FuzzDispatch(f *testing.F) {
	for _, seed := range []string{
		"/interface/print ?type=ether ?#!\n/cancel",
		"/ppp/active/listen .tag=1\n/cancel =tag=1 .tag=2\n/ppp/active/remove =.id=*800001,*800002",
		"/ip/address/add =address=1.2.3.4/8 =interface=ether1\n/ip/address/set =.id=*1 =address=:: =disabled=yes",
		"/ping =address=192.0.2.1 =count=2 =interval=0.02\n/ping =address=::1%x =count=1",
		"/interface/monitor-traffic =interface=*1,aggregate, =once=\n/tool/torch =interface=bridge =duration=00:00:01",
		"/queue/simple/move =numbers=*1 =destination=*1\n/queue/simple/unset =.id=*1 =value-name=name",
		"/queue/simple/add =target= =max-limit=99999999999G/1k\n/ppp/secret/add =name=",
		"/interface/print =interval=0.2 =from=*1 =.proplist=,,.id\n/user/active/request-logout =.id=*1",
		"/login\n/login =name=admin =response=00\n/system/reboot\n/system/shutdown .tag=",
		"/safe-mode/take\n/interface/vlan/add =interface=bridge =vlan-id=9\n/interface/set =.id=vlan1 =name=x\n/safe-mode/unroll",
		"/safe-mode/toggle\n/ip/pool/remove =.id=dhcp\n/ip/pool/add =name=dhcp =ranges=10.0.0.1-10.0.0.2\n/system/reset-configuration",
		"/console/inspect =request=child,self,syntax,completion =path=ip,firewall,filter,add,action\n/console/inspect =request=child =path=,,/",
		"/ip/firewall/filter/add =chain=input =copy-from=*1 =place-before=*2\n/ip/firewall/filter/reset-counters-all\n/ip/firewall/filter/print =chain=input =static=",
		"/ip/dhcp-server/lease/make-static =.id=*2,*3\n/interface/get =number=*1 =value-name=name\n/system/clock/get",
		"/interface/bridge/remove =.id=bridge\n/ip/address/print ?interface=*7\n/interface/wireguard/add\n/user/set =.id=admin =password=",
		"/ip/hotspot/host/remove =numbers=*A053202\n/ip/firewall/connection/print =count-only=\n/log/info =message=x\n/interface/print ?-name=",
		"= / // ? .tag ! ?# ?#9 ?=\n/ip/hotspot/active/ =.id\nrubbish",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		synctest.Test(t, func(*testing.T) {
			d := sim.New(sim.Options{Personality: sim.CHR(), PPPUsers: 3, HotspotUsers: 3, Churn: 1})
			defer d.Close()
			ours, theirs := net.Pipe()
			go d.ServeConn(theirs)
			drained := make(chan struct{})
			go func() { defer close(drained); _, _ = io.Copy(io.Discard, ours) }()
			send := func(words ...string) { _, _ = ours.Write(proto.AppendSentence(nil, words...)) }
			send("/login", "=name=admin", "=password=")
			for line := range strings.SplitSeq(script, "\n") {
				if words := strings.Fields(line); len(words) > 0 {
					send(words...)
				}
			}
			time.Sleep(3 * time.Second)
			send("/quit")
			_ = ours.Close()
			<-drained
		})
	})
}
