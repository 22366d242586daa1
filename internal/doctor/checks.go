package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// first runs a command and returns its first row, and the number of rows. The row is
// empty if there is none.
func (x *examination) first(ctx context.Context, s *routeros.Session, words ...string) (map[string]string, int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, x.Timeout, fmt.Errorf("%w within %v", routeros.ErrTimeout, x.Timeout))
	defer cancel()
	reply, err := s.Run(ctx, words...)
	if err != nil {
		return nil, 0, err
	}
	row := map[string]string{}
	sentence, _ := reply.Rows.Cut()
	for _, f := range menu.Fields(sentence, reply.Page) {
		row[f.Key] = reply.Page.String(f.Value)
	}
	return row, reply.Len, nil
}

// system reports model, version and load. A user who may not read that may read
// nothing else.
func (x *examination) system(ctx context.Context, s *routeros.Session) bool {
	row, _, err := x.first(ctx, s, menu.Resource.Print())
	if err != nil {
		x.add(Failed, "router_unreadable", "router", x.text(err), x.grantRead()...)
		return false
	}
	x.version = row["version"]
	x.add(OK, "router", "router", fmt.Sprintf("%s, RouterOS %s, uptime %s, CPU load %s %%", row["board-name"], row["version"], row["uptime"], row["cpu-load"]))
	return true
}

// grantRead is the fix for a user whose group lacks the read policy.
func (x *examination) grantRead() []string {
	return []string{"/user print where name=" + quote(x.User), "then add the read policy to its group: /user group print detail"}
}

// optional are policies that monitoring does not need; see docs/operation.md.
var optional = [][2]string{
	{"write", "add, set and remove through /run"},
	{"test", "/ping, torch and other tools through /run"},
	{"sensitive", "secrets in answers"},
	{"reboot", "/system/reboot through /run"},
}

// rights reports which optional policies the user lacks, and whether it has too many.
// A user who can read its own group has what monitoring needs.
func (x *examination) rights(ctx context.Context, s *routeros.Session) {
	group, policies, err := x.policies(ctx, s)
	switch {
	case err != nil:
		x.add(Note, "rights_unknown", "rights", "the user cannot read its own rights: "+x.text(err))
		return
	case group == "":
		x.add(Note, "rights_of_radius", "rights", "not a local user; its rights come from RADIUS")
		return
	}
	var missing []string
	for _, p := range optional {
		if !slices.Contains(policies, p[0]) {
			missing = append(missing, fmt.Sprintf("%s (%s)", p[0], p[1]))
		}
	}
	if len(missing) > 0 {
		x.add(OK, "rights", "rights", fmt.Sprintf("group %s can monitor; it does not have %s", group, strings.Join(missing, ", ")))
	}
	if slices.Contains(policies, "policy") {
		x.add(Note, "rights_too_many", "rights", fmt.Sprintf("group %s can create users (policy); a separate user for this server is safer:", group),
			"/user group add name=mikronec policy=api,read", "/user add name=mikronec group=mikronec password=CHANGE-ME")
	}
}

func (x *examination) policies(ctx context.Context, s *routeros.Session) (group string, policies []string, err error) {
	name := x.User
	if encoded, err := s.LoginPage().Encode(name); err == nil {
		name = encoded // the bytes of the user that logged in
	}
	user, _, err := x.first(ctx, s, "/user/print", "?name="+name)
	if err != nil || user["group"] == "" {
		return "", nil, err
	}
	row, _, err := x.first(ctx, s, "/user/group/print", "?name="+user["group"])
	return user["group"], strings.Split(row["policy"], ","), err
}

// watched are the menus that the server polls, and the note for a router without them.
var watched = []struct {
	menu    *menu.Menu
	missing string
}{
	{menu.HotspotActive, "no hotspot on this router"},
	{menu.PPPActive, "no PPP on this router"},
	{menu.Interface, ""},
	{menu.QueueSimple, ""},
	{menu.DHCPLease, "no DHCP server on this router"},
	{menu.Health, "no sensors on this router"},
	{menu.Log, ""},
}

// slow is a fifth of the default POLL_INTERVAL: the server polls less often when a poll
// takes longer than that.
const slow = 400 * time.Millisecond

// menus polls each menu once, as the server does.
func (x *examination) menus(ctx context.Context, s *routeros.Session) {
	for _, w := range watched {
		words := []string{w.menu.Print()}
		if len(w.menu.Fields) > 0 {
			words = append(words, "=.proplist="+strings.Join(w.menu.Fields, ","))
		}
		began := time.Now()
		_, rows, err := x.first(ctx, s, words...)
		took := time.Since(began).Round(time.Millisecond)
		trap, refused := errors.AsType[*routeros.TrapError](err)
		switch {
		case refused && trap.Missing() && w.missing != "":
			x.add(Note, "menu_missing", w.menu.Path, w.missing)
		case refused && strings.Contains(trap.Error(), "not enough permissions"):
			x.add(Failed, "menu_denied", w.menu.Path, trap.Error(), x.grantRead()...)
		case err != nil:
			x.add(Failed, "menu_failed", w.menu.Path, x.text(err))
		case took > slow:
			x.add(Note, "menu_slow", w.menu.Path, fmt.Sprintf("%d rows took %v; this menu will be polled less often than every 2 s", rows, took))
		default:
			x.add(OK, "menu", w.menu.Path, fmt.Sprintf("%d rows in %v", rows, took))
		}
	}
}

// clockSkew is the difference of clocks above which times in log lines are confusing.
const clockSkew = time.Minute

// clock compares the clock of the router with that of this machine. A router without a
// battery starts in 1970, and its log lines and expiries are wrong until NTP sets it.
func (x *examination) clock(ctx context.Context, s *routeros.Session) {
	row, _, err := x.first(ctx, s, "/system/clock/print")
	if err != nil {
		x.add(Note, "clock_unknown", "clock", x.text(err))
		return
	}
	at, err := routerTime(row)
	if err != nil {
		x.add(Note, "clock_unknown", "clock", err.Error())
		return
	}
	off := at.Sub(x.Now()).Round(time.Second)
	if off.Abs() <= clockSkew {
		x.add(OK, "clock", "clock", "correct")
		return
	}
	fix := []string{"/system ntp client set enabled=yes servers=pool.ntp.org"}
	if strings.HasPrefix(x.version, "6.") {
		fix = []string{"/system ntp client set enabled=yes server-dns-names=pool.ntp.org"}
	}
	x.add(Note, "clock_wrong", "clock", fmt.Sprintf("off by %v; times in log lines are wrong", off), fix...)
}

// routerTime parses a row of /system/clock: the date is 2026-05-31 (7.10 and later) or
// may/31/2026, gmt-offset is +07:00. Old versions have a number of seconds, which is
// not supported.
func routerTime(row map[string]string) (time.Time, error) {
	text := row["date"] + " " + row["time"] + " " + row["gmt-offset"]
	for _, layout := range []string{"2006-01-02 15:04:05 -07:00", "Jan/02/2006 15:04:05 -07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("unknown format of the clock: %q", text)
}

// Commands are the commands that an examination sends after the login, without their
// arguments, for those who decide whether they may be sent.
func Commands() [][]string {
	list := [][]string{{menu.Resource.Print()}, {"/user/print"}, {"/user/group/print"}, {"/system/clock/print"}}
	for _, w := range watched {
		list = append(list, []string{w.menu.Print()})
	}
	return list
}
