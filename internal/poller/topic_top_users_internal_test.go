package poller

import (
	"fmt"
	"testing"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// One reading of the counters of 5,000 PPP users: rates, list and top. bytes is what the
// router sends for it.
func BenchmarkTopUsers5000(b *testing.B) {
	const n = 5000
	c := topUsers.collect(New(nil, nil, "r", Options{})).(*usersCollector)
	at := time.Now()
	var sessions, queues proto.Sentences
	for i := range n {
		sessions = proto.AppendSentence(sessions, "!re", fmt.Sprintf("=.id=*%X", 0x800001+i), fmt.Sprintf("=name=user-%04d", i), "=service=pppoe",
			fmt.Sprintf("=caller-id=02:00:5E:10:%02X:%02X", i/256, i%256), fmt.Sprintf("=address=10.0.%d.%d", i/250, i%250), "=uptime=1d5h41m19s", "=encoding=",
			fmt.Sprintf("=session-id=0x%x", 0x81100000+i), "=limit-bytes-in=0", "=limit-bytes-out=0", "=radius=false")
		queues = proto.AppendSentence(queues, "!re", fmt.Sprintf("=name=<pppoe-user-%04d>", i), "=max-limit=10000000/20000000")
	}
	c.take(Reading{Topic: pppActive, Rows: sessions, Answered: at})
	c.take(Reading{Topic: hotspotActive, Answered: at})
	c.take(Reading{Topic: userLimits, Rows: queues, Answered: at})
	counters := func(k int) (rows proto.Sentences) {
		for i := range n {
			rows = proto.AppendSentence(rows, "!re", fmt.Sprintf("=name=<pppoe-user-%04d>", i),
				fmt.Sprint("=rx-byte=", 123456789+k*i*1000), fmt.Sprint("=tx-byte=", 1234567890+k*i*10000))
		}
		return rows
	}
	readings := [2]proto.Sentences{counters(0), counters(1)}
	b.ReportAllocs()
	before := processorTime()
	for i := 0; b.Loop(); i++ {
		at = at.Add(5 * time.Second)
		c.take(Reading{Topic: pppTraffic, Rows: readings[i%2], Answered: at})
		if r, ok := c.reading(at); !ok || r.Len != topUsersNumber {
			b.Fatal(ok, r.Len)
		}
	}
	b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(len(readings[0])), "bytes")
}

// What it takes at least: to find the rows and their counters.
func BenchmarkTopUsers5000Baseline(b *testing.B) {
	var rows proto.Sentences
	for i := range 5000 {
		rows = proto.AppendSentence(rows, "!re", fmt.Sprintf("=name=<pppoe-user-%04d>", i), fmt.Sprint("=rx-byte=", 123456789+i*1000), fmt.Sprint("=tx-byte=", 1234567890+i*10000))
	}
	before := processorTime()
	for b.Loop() {
		found := 0
		for row := range rows.All() {
			for range row.Attributes() {
				found++
			}
		}
		if found != 3*5000 {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
}

// The same when somebody has logged in, and all sessions are taken again.
func BenchmarkTopUsers5000Sessions(b *testing.B) {
	c := topUsers.collect(New(nil, nil, "r", Options{})).(*usersCollector)
	var sessions proto.Sentences
	for i := range 5000 {
		sessions = proto.AppendSentence(sessions, "!re", fmt.Sprintf("=.id=*%X", 0x800001+i), fmt.Sprintf("=name=user-%04d", i), "=service=pppoe",
			fmt.Sprintf("=caller-id=02:00:5E:10:%02X:%02X", i/256, i%256), fmt.Sprintf("=address=10.0.%d.%d", i/250, i%250), "=uptime=1d5h41m19s")
	}
	at := time.Now()
	b.ReportAllocs()
	before := processorTime()
	for b.Loop() {
		c.take(Reading{Topic: pppActive, Rows: sessions, Answered: at})
	}
	b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
}
