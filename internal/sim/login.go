package sim

import (
	"crypto/md5" // #nosec G501 -- the dialect before RouterOS 6.43 is defined with it
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// account is who is logged in on a connection, with the policies of the group.
type account struct {
	name     string
	policies []string
}

func (a *account) may(policy string) bool {
	return policy == "" || slices.Contains(a.policies, policy)
}

// Policies of the default groups (MikroTik documentation, "User").
const (
	readPolicies  = "local,telnet,ssh,reboot,read,test,winbox,password,web,sniff,sensitive,api,romon,rest-api"
	writePolicies = readPolicies + ",write"
	fullPolicies  = writePolicies + ",ftp,policy,dude"
)

func policies(group string) []string {
	switch group {
	case "", "full":
		group = fullPolicies
	case "write":
		group = writePolicies
	case "read":
		group = readPolicies
	}
	return strings.Split(group, ",")
}

const (
	wrongPassword = "invalid user name or password (6)"
	// lastAttempt is the failing login that ends the connection (measured on
	// v6; assumed for v7).
	lastAttempt = 5
)

// login handles /login. It runs in the reading goroutine, so that no later command is
// handled before the login is.
func (c *conn) login(x *call) {
	if !c.sleep(x.delay, nil) {
		return
	}
	name, named := x.arg("name")
	response, responded := x.arg("response")
	p := &c.d.opts.Personality
	switch {
	case !responded && p.ChallengeLogin, !named && p.BareChallenge:
		c.challenge = binary.BigEndian.AppendUint64(nil, mix(c.d.opts.Seed, uint64(time.Now().UnixNano())))
		c.challenge = binary.BigEndian.AppendUint64(c.challenge, mix(c.d.opts.Seed, 2))
		x.ret = append(x.ret, "ret", hex.EncodeToString(c.challenge))
	case responded && !p.ChallengeLogin:
		c.refuse(x, name) // removed in 6.45.1
		return
	default:
		password, _ := x.arg("password")
		u, may := c.d.user(name)
		if u == nil || !c.proves(u, password, response) {
			c.refuse(x, name)
			return
		}
		a := &account{name: name, policies: may}
		if !a.may("api") {
			c.refuse(x, name) // assumed: REST says 403, the text on the wire is not known
			return
		}
		c.account = a
		c.d.locked(func() { c.d.loginLocked(c) })
	}
	x.done()
	_ = x.flush()
}

// proves checks the password, or before 6.43 the MD5 of a zero byte, the password and
// the challenge. A challenge is valid once.
func (c *conn) proves(u *User, password, response string) bool {
	if !c.d.opts.ChallengeLogin {
		return u.Password == password
	}
	if c.challenge == nil {
		return false
	}
	sum := md5.Sum(slices.Concat([]byte{0}, []byte(u.Password), c.challenge)) // #nosec G401 -- see the import
	c.challenge = nil
	return response == "00"+hex.EncodeToString(sum[:])
}

// refuse replies to a failed login. The fifth ends the connection.
func (c *conn) refuse(x *call, name string) {
	c.failures++
	c.d.locked(func() {
		c.d.stats.LoginFailures++
		c.d.world.log(time.Now(), "system,error,critical", "login failure for user "+name+" from "+c.from+" via api")
	})
	if c.failures >= lastAttempt {
		c.fatal("too many commands before login")
		return
	}
	x.traps(&refusal{category: noCategory, message: wrongPassword})
	x.done()
	_ = x.flush()
}

// fatal sends !fatal with the reason as a word without a tag, and closes.
func (c *conn) fatal(reason string) {
	_ = c.send(chunk{data: proto.AppendSentence(nil, "!fatal", reason), after: hangUp})
}

// user finds an account and its policies.
func (d *Device) user(name string) (*User, []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.userLocked(name)
	if u == nil {
		return nil, nil
	}
	if t := d.world.made("/user/group"); t != nil {
		if r := t.find("name", u.Group); r != nil {
			return u, strings.Split(r.text("policy"), ",")
		}
	}
	return u, policies(u.Group)
}

// userLocked finds an account: in /user once someone has looked there, and in Options
// before, which do not change after New.
func (d *Device) userLocked(name string) *User {
	if t := d.world.made("/user"); t != nil {
		r := t.find("name", name)
		if r == nil || r.text("disabled") == "true" {
			return nil
		}
		return &User{Name: name, Password: r.text("password"), Group: r.text("group")}
	}
	if name == d.opts.User {
		return &User{Name: name, Password: d.opts.Password, Group: "full"}
	}
	i := slices.IndexFunc(d.opts.Users, func(u User) bool { return u.Name == name })
	if i < 0 {
		return nil
	}
	return &d.opts.Users[i]
}

// loginLocked opens the session of c and ends one that is open on the same connection.
func (d *Device) loginLocked(c *conn) {
	if c.session != 0 {
		d.logoutLocked(c)
	}
	now := time.Now()
	d.stats.Logins++
	t := d.world.table(userActive)
	c.session = t.add(&row{
		words: attrs("when", d.opts.date(now), "name", c.account.name, "address", c.from, "via", "api",
			"group", d.group(c.account.name), "radius", "false"),
		born: now, user: noUser,
	}).id
	d.world.log(now, "system,info,account", "user "+c.account.name+" logged in from "+c.from+" via api")
}

func (d *Device) logoutLocked(c *conn) {
	d.stats.Logouts++
	d.world.table(userActive).remove(c.session)
	c.session = 0
	d.world.log(time.Now(), "system,info,account", "user "+c.account.name+" logged out from "+c.from+" via api")
}

func (d *Device) group(name string) string {
	if u := d.userLocked(name); u != nil && u.Group != "" {
		return u.Group
	}
	return "full"
}
