package menu_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func rows(list ...[]string) proto.Sentences {
	var out []byte
	for _, words := range list {
		out = proto.AppendSentence(out, append([]string{"!re"}, words...)...)
	}
	return out
}

func encode(m *menu.Menu, list proto.Sentences) string {
	return string(menu.NewEncoder(m, charset.Page{}).AppendRows(nil, list))
}

func TestTypedRows(t *testing.T) {
	for name, tc := range map[string]struct {
		menu *menu.Menu
		rows proto.Sentences
		want string
	}{
		"nothing": {menu.PPPActive, nil, `[]`},
		"hardware": {menu.Resource, rows([]string{".tag=1", "=uptime=1w4d23h26m9s", "=version=7.10", "=free-memory=3950641152", "=cpu-load=0", "=bad-blocks=0.1", "=board-name=hEX"}),
			`[{"uptime":"1w4d23h26m9s","uptime-seconds":1034769,"version":"7.10","free-memory":3950641152,"cpu-load":0,"bad-blocks":0.1,"board-name":"hEX"}]`},
		"PPP": {menu.PPPActive, rows([]string{"=.id=*8", "=name=0811223344", "=caller-id=02:00:5E:00:53:01", "=uptime=44m55s", "=encoding=", "=session-id=0x81100000", "=limit-bytes-in=0", "=radius=false", ".tag=9"}),
			`[{".id":"*8","name":"0811223344","caller-id":"02:00:5E:00:53:01","uptime":"44m55s","uptime-seconds":2695,"encoding":"","session-id":"0x81100000","limit-bytes-in":0,"radius":false}]`},
		"hotspot": {menu.HotspotActive, rows([]string{"=user=true", "=bytes-in=18446744073709551615", "=idle-timeout=none", "=idle-time=10ms", "=radius=yes", "=blocked=no", "=comment=123"}),
			`[{"user":"true","bytes-in":18446744073709551615,"idle-timeout":"none","idle-time":"10ms","idle-time-milliseconds":10,"radius":true,"blocked":false,"comment":"123"}]`},
		"values without the form of their kind": {menu.HotspotActive, rows([]string{"=bytes-in=007", "=bytes-out=18446744073709551616", "=packets-in=1e3", "=packets-out=", "=radius=maybe", "=uptime=never"}),
			`[{"bytes-in":"007","bytes-out":"18446744073709551616","packets-in":"1e3","packets-out":"","radius":"maybe","uptime":"never"}]`},
		"nobody described the menu": {menu.Any, rows([]string{"=uptime=1s", "=radius=true", "=cpu-load=1"}),
			`[{"uptime":"1s","radius":"true","cpu-load":"1"}]`},
		"a name twice":       {menu.Any, rows([]string{"=a=1", "=b=2", "=a=3"}), `[{"a":"1","b":"2","a#2":"3"}]`},
		"a name three times": {menu.Any, rows([]string{"=a=1", "=a=", "=a=3"}), `[{"a":"1","a#2":"","a#3":"3"}]`},
		"the key for the second is a name of the router": {menu.Any, rows([]string{"=a=1", "=a=2", "=a#2=x", "=a=3"}),
			`[{"a":"1","a#3":"2","a#2":"x","a#4":"3"}]`},
		"a name twice in one row of three": {menu.Any, rows([]string{"=a=1", "=b=2"}, []string{"=a=1", "=b=2", "=b=3"}, []string{"=b=2", "=a=1"}),
			`[{"a":"1","b":"2"},{"a":"1","b":"2","b#2":"3"},{"b":"2","a":"1"}]`},
		"two names that are one in UTF-8": {menu.Any, rows([]string{"=caf\xe9=1", "=café=2"}), `[{"café":"1","café#2":"2"}]`},
		"typed fields twice": {menu.Resource, rows([]string{"=cpu-load=1", "=uptime=5s", "=cpu-load=2", "=uptime=6s", "=cpu-load=x"}),
			`[{"cpu-load":1,"uptime":"5s","uptime-seconds":5,"cpu-load#2":2,"uptime#2":"6s","uptime#2-seconds":6,"cpu-load#3":"x"}]`},
		"fields come and go": {menu.Any, rows([]string{"=a=1", "=c=3"}, []string{"=a=1", "=b=2", "=c=3"}, []string{"=c=3", "=a=1"}, []string{"=b=2"}, nil),
			`[{"a":"1","c":"3"},{"a":"1","b":"2","c":"3"},{"c":"3","a":"1"},{"b":"2"},{}]`},
		"a flag without a value": {menu.Any, rows([]string{"=once", "=a=b=c"}), `[{"once":"","a":"b=c"}]`},
		"text that is not UTF-8": {menu.Any, rows([]string{"=comment=Gr\xf6\xdfe", "=name=Größe"}), `[{"comment":"Größe","name":"Größe"}]`},
		"characters that break frames": {menu.Any, rows([]string{"=a=x\r\ndata: \x00\"\\\t", "=b\n=1"}),
			`[{"a":"x\r\ndata: \u0000\"\\\t","b\n":"1"}]`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, encode(tc.menu, tc.rows)) })
	}
}

// The sensors of a board have one type, whatever their number; settings and states are
// text. In version 7 the type of a sensor decides.
func TestHealth(t *testing.T) {
	for name, tc := range map[string]struct {
		rows proto.Sentences
		want string
	}{
		"CCR1072, version 6": {rows([]string{
			"=cpu-overtemp-check=true", "=cpu-overtemp-threshold=100", "=cpu-overtemp-startup-delay=1m", "=cpu-temperature=46", "=power-consumption=62.9",
			"=board-temperature1=31", "=board-temperature2=34", "=psu1-voltage=12.1", "=psu2-voltage=0", "=psu1-current=5.2", "=psu2-current=0",
			"=fan1-speed=6375", "=fan4-speed=6467",
		}), `[{"cpu-overtemp-check":"true","cpu-overtemp-threshold":"100","cpu-overtemp-startup-delay":"1m","cpu-temperature":46,"power-consumption":62.9,` +
			`"board-temperature1":31,"board-temperature2":34,"psu1-voltage":12.1,"psu2-voltage":0,"psu1-current":5.2,"psu2-current":0,"fan1-speed":6375,"fan4-speed":6467}]`},
		"old boards, version 6": {rows([]string{
			"=core=1.5", "=3.3v=3.29", "=5v=5.1", "=12v=12", "=-12v=-11.9", "=lm87-temp=40", "=cpu-temp=45", "=board-temp=-3", "=voltage1=1", "=voltage10=2", "=temp3=30", "=fan1=4500",
			"=sfp-temperature=46", "=switch-temperature=50", "=poe-out-consumption=3.5", "=current=134", "=battery-voltage=12.6", "=fan-speed=3000",
		}), `[{"core":1.5,"3.3v":3.29,"5v":5.1,"12v":12,"-12v":-11.9,"lm87-temp":40,"cpu-temp":45,"board-temp":-3,"voltage1":1,"voltage10":2,"temp3":30,"fan1":4500,` +
			`"sfp-temperature":46,"switch-temperature":50,"poe-out-consumption":3.5,"current":134,"battery-voltage":12.6,"fan-speed":3000}]`},
		"settings and states, version 6": {rows([]string{
			"=fan-full-speed-temp=65", "=fan-target-temp=58", "=fan-min-speed-percent=12", "=fan-on-threshold=55", "=fan-control-interval=30", "=fan-mode=auto",
			"=active-fan=none", "=psu1-state=1", "=fan1-state=ok", "=state=1", "=heater-threshold=-10", "=min-temperature=0", "=max-voltage=30", "=temperature=46C",
		}), `[{"fan-full-speed-temp":"65","fan-target-temp":"58","fan-min-speed-percent":"12","fan-on-threshold":"55","fan-control-interval":"30","fan-mode":"auto",` +
			`"active-fan":"none","psu1-state":"1","fan1-state":"ok","state":"1","heater-threshold":"-10","min-temperature":"0","max-voltage":"30","temperature":"46C"}]`},
		"version 7": {rows(
			[]string{"=.id=*E", "=name=temperature", "=value=46", "=type=C"}, []string{"=.id=*D", "=type=V", "=value=23.9", "=name=voltage"},
			[]string{"=.id=*1", "=name=fan1-speed", "=value=0", "=type=RPM"}, []string{"=.id=*2", "=name=power", "=value=12.5", "=type=W"},
			[]string{"=.id=*3", "=name=psu1-current", "=value=1.2", "=type=A"},
			[]string{"=.id=*4", "=name=psu1-state", "=value=1", "=type="}, []string{"=.id=*5", "=name=psu2-state", "=value=0"},
			[]string{"=.id=*6", "=name=temperature", "=value=ok", "=type=C"}, []string{"=.id=*7", "=name=x", "=value=5", "=type=word"},
		), `[{".id":"*E","name":"temperature","value":46,"type":"C"},{".id":"*D","type":"V","value":23.9,"name":"voltage"},` +
			`{".id":"*1","name":"fan1-speed","value":0,"type":"RPM"},{".id":"*2","name":"power","value":12.5,"type":"W"},` +
			`{".id":"*3","name":"psu1-current","value":1.2,"type":"A"},` +
			`{".id":"*4","name":"psu1-state","value":"1","type":""},{".id":"*5","name":"psu2-state","value":"0"},` +
			`{".id":"*6","name":"temperature","value":"ok","type":"C"},{".id":"*7","name":"x","value":"5","type":"word"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, encode(menu.Health, tc.rows))
			d := menu.NewDiffer(menu.Health, charset.Page{}, false)
			assert.Equal(t, `"added":`+tc.want+`,`, string(d.AppendChanges(nil, tc.rows)), "row by row")
		})
	}
}

func TestMoreFieldsThanRemembered(t *testing.T) {
	var words []string
	for i := range 300 {
		words = append(words, "=f"+strconv.Itoa(i)+"=v")
	}
	var got []map[string]string
	require.NoError(t, json.Unmarshal([]byte(encode(menu.Any, rows(words, words))), &got))
	assert.Len(t, got, 2)
	assert.Len(t, got[1], 300)
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0s": 0, "44m55s": 44*time.Minute + 55*time.Second, "1d6h22m": 30*time.Hour + 22*time.Minute,
		"5w3d20m51s": 38*24*time.Hour + 20*time.Minute + 51*time.Second, "453us": 453 * time.Microsecond,
		"1m58s660ms": 118660 * time.Millisecond, "10ms": 10 * time.Millisecond, "00:00:10": 10 * time.Second,
		"1d00:00:00": 24 * time.Hour, "01:22:53": time.Hour + 22*time.Minute + 53*time.Second,
		"00:00:00.2": 200 * time.Millisecond, "7ns": 7,
	} {
		got, ok := menu.ParseDuration([]byte(in))
		assert.True(t, ok, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "never", "none", "auto", "5", "s", "5x", "1s1h", "1s1s", "-1s", "1:2", "00:60:00", "00:00:00.",
		"99999999999999999w", "1s00:00:01", "00:00:01x", "18446744073709551616s"} {
		_, ok := menu.ParseDuration([]byte(in))
		assert.False(t, ok, in)
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"1w2d3h4m5s", "1d00:00:10", "453us", "never", "00:00:00.25"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, ok := menu.ParseDuration(b); ok && d < 0 {
			t.Fatalf("%q is %v", b, d)
		}
	})
}

// FuzzRow checks that any row becomes one line of valid JSON that says the same
// as the words did.
func FuzzRow(f *testing.F) {
	f.Add("name", "x\r\n\r\ndata: {}", "uptime", "1d2h")
	f.Add("bytes-in", "12", "bytes-in", "\xff\x00")
	f.Add("a\xff", "b", "", "\"\\")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		row := rows([]string{"=" + n1 + "=" + v1, "=" + n2 + "=" + v2})
		for _, m := range []*menu.Menu{menu.Any, menu.HotspotActive, menu.Resource} {
			enc := menu.NewEncoder(m, charset.Page{})
			for range 2 { // the second time the fields are known
				out := enc.AppendRows(nil, row)
				for _, c := range out {
					if c < 0x20 {
						t.Fatalf("a control character in %q", out)
					}
				}
				if !json.Valid(out) || !utf8.Valid(out) {
					t.Fatalf("not JSON: %q", out)
				}
				if m == menu.Any {
					checkText(t, out, row)
				}
			}
		}
	})
}

func checkText(t *testing.T, out []byte, list proto.Sentences) {
	var got []map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	row, _ := list.Cut()
	var page charset.Page
	want := make(map[string]string)
	for name, value := range row.Attributes() {
		key := page.String(name)
		for n := 2; ; n++ { // exact for the two fields that there are
			if _, ok := want[key]; !ok {
				break
			}
			key = page.String(name) + "#" + strconv.Itoa(n)
		}
		want[key] = page.String(value)
	}
	if len(got) != 1 || !assert.ObjectsAreEqual(want, got[0]) {
		t.Fatalf("%q became %q", want, got)
	}
}

func pppTable(n int) proto.Sentences {
	var list proto.Sentences
	for i := range n {
		id := strconv.FormatInt(int64(0x80000000+i), 16)
		list = proto.AppendSentence(list, "!re", ".tag=4711", "=.id=*"+id, "=name=user"+strconv.Itoa(i)+"@example", "=service=pppoe",
			"=caller-id=02:00:5E:00:53:01", "=address=10.64.12."+strconv.Itoa(i%250), "=uptime=1d6h22m"+strconv.Itoa(i%60)+"s", "=encoding=",
			"=session-id=0x"+id, "=limit-bytes-in=0", "=limit-bytes-out=0", "=radius=false")
	}
	return list
}

func BenchmarkEncode5000PPPRows(b *testing.B) {
	list := pppTable(5000)
	enc := menu.NewEncoder(menu.PPPActive, charset.Page{})
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = enc.AppendRows(out[:0], list)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/row")
}
