package audit

// Action is the kind of request, or of event.
type Action string

// The actions. A batch writes one line for each router. A request of REST, and what acts on
// users or reboots a router, writes one for each command that it leads to.
const (
	Run          Action = "run"
	Batch        Action = "batch"
	REST         Action = "rest"
	Connect      Action = "connect"
	Disconnect   Action = "disconnect"
	Change       Action = "change" // of the settings of a router
	Ticket       Action = "ticket"
	UserEnd      Action = "user_disconnect"
	UserDisable  Action = "user_disable"
	Reboot       Action = "reboot"
	Retry        Action = "retry"         // an attempt to connect to a router
	Doctor       Action = "doctor"        // an examination of a router
	Silence      Action = "alert_silence" // nothing is told of an alert for a time
	TestReceiver Action = "receiver_test" // a test message
	KeyCreate    Action = "key_create"
	KeyRevoke    Action = "key_revoke"
	Invite       Action = "invite"
	InviteEnd    Action = "invite_withdraw" // an invitation is taken back
	InviteUse    Action = "invite_exchange" // the key of an invitation is made
	LoginRefused Action = "login_refused"   // a wrong key, ticket or invitation
	RouterLogin  Action = "router_login"    // a router that was connected refuses the login now; no request
)

// OfCommands reports whether each command of such an action has a line of its own, which is
// written when it is over.
func (a Action) OfCommands() bool {
	switch a {
	case Run, Batch, REST, UserEnd, UserDisable, Reboot:
		return true
	}
	return false
}

// Outcome is the result.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed" // may have been executed; see the code
	Denied Outcome = "denied" // nothing was sent
)
