// Package config turns the process environment into one checked struct.
//
// Load reads every variable the server knows, reports all mistakes together,
// and never lets a secret out: neither an error, nor a log record, nor any
// verb of package fmt prints it. Unknown variables are not its business.
//
// The tags of Config are the only place where a variable's name, default,
// limits and meaning are written down; Table lists them for the documentation.
package config

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is the checked configuration. It is a plain value: copy it freely.
//
// Tags: env and envDefault name the variable and its default; min and max are
// inclusive limits in the notation of the variable; help is its meaning, for
// people. A duration without a min tag has to be positive.
type Config struct {
	// APIKey is what clients send as X-API-Key.
	APIKey Secret `env:"MY_API_KEY,required" help:"secret that clients send in the X-API-Key header"`

	// APIKeysFile holds further keys, in the notation of package access.
	APIKeysFile string `env:"API_KEYS_FILE" help:"file of further API keys with roles, routers and expiry, one a line, as mikronec key new prints it; read again on SIGHUP; empty for MY_API_KEY alone"`

	// APIKeys are further keys as well, one a line or between semicolons. They
	// hold no secret unless somebody put one there by mistake.
	APIKeys Secret `env:"API_KEYS" help:"further API keys in the lines of API_KEYS_FILE, with line breaks or ; between, for places without files; both may be set; read at the start only"`

	// TicketSecret is what tickets for streams are signed with; empty for a key
	// made from APIKey. See TicketKey.
	TicketSecret Secret `env:"TICKET_SECRET" help:"secret of 16 bytes or more that signs the tickets for event streams; instances that share it take each other's tickets; MY_API_KEY serves where it is empty"`

	// ListenHost and Port say where to listen; see Addr. Port 0 lets the
	// system choose, which is meant for tests.
	ListenHost string `env:"LISTEN_HOST" help:"host name or IP address to listen on; empty means all interfaces"`
	Port       int    `env:"PORT" envDefault:"8080" min:"0" max:"65535" help:"TCP port to listen on; 0 lets the system choose"`

	// AllowedOrigins holds normalised origins (lower case, no default port),
	// ready to be compared with an Origin header, or the single element "*".
	AllowedOrigins []string `env:"ALLOWED_ORIGINS" help:"browser origins that may use the API, comma-separated, each as scheme://host[:port]; * alone means any"`

	// TLSCertFile and TLSKeyFile are read when the server starts, and again when
	// they change. Both or none.
	TLSCertFile string `env:"TLS_CERT_FILE" help:"certificate chain in PEM form, with which the server itself speaks TLS; read again when it changes; empty for plain HTTP behind a proxy"`
	TLSKeyFile  string `env:"TLS_KEY_FILE" help:"private key of TLS_CERT_FILE in PEM form"`

	Swagger Switch `env:"SWAGGER" envDefault:"on" help:"on or off: the Swagger pages under /swagger/"`

	// CommandRules is in the notation of package rules; empty for none, not even
	// the default denials.
	CommandRules string `env:"COMMAND_RULES" help:"rules for the commands of /run and /run/batch, the owner's as well, separated by spaces, such as /ip/hotspot/**:print,add !/system/reboot; see docs/access.md; empty for no other than those of a key"`
	ReadOnly     Switch `env:"READ_ONLY" envDefault:"off" help:"on or off: let nobody send a command that does not only read"`

	// AuditLog is in the notation of audit.Open.
	AuditLog string `env:"AUDIT_LOG" envDefault:"off" help:"off, stdout or the path of a file: where lines of JSON go that say who had what done at which router; the file is opened anew on SIGHUP"`

	// TrustedProxies holds networks in the form of netip.Prefix.
	TrustedProxies []string `env:"TRUSTED_PROXIES" help:"networks and addresses of proxies, comma-separated, whose X-Forwarded-For is believed; empty for nobody's"`

	// What one client may take; see package limit.
	AddressRequests    int `env:"ADDRESS_REQUESTS" envDefault:"500" min:"0" max:"1000000" help:"requests a second without a valid API key from one address, on average of ten seconds; 0 for no limit"`
	KeyRequests        int `env:"KEY_REQUESTS" envDefault:"2000" min:"0" max:"1000000" help:"requests a second with one API key, on average of ten seconds; 0 for no limit"`
	LoginFailures      int `env:"LOGIN_FAILURES" envDefault:"30" min:"0" max:"1000000" help:"wrong API keys a minute from one address; 0 for no limit"`
	KeyStreams         int `env:"KEY_STREAMS" envDefault:"20000" min:"0" max:"1000000" help:"event streams that may be open at the same time with one API key; 0 for no limit"`
	KeyRouters         int `env:"KEY_ROUTERS" envDefault:"20000" min:"0" max:"1000000" help:"routers that may be connected with one API key; 0 for no limit"`
	AddressConnections int `env:"ADDRESS_CONNECTIONS" envDefault:"4096" min:"0" max:"1000000" help:"connections from one address, event streams over plain HTTP not counted; 0 for no limit"`

	// HeaderTimeout and BodyTimeout bound how long a request may take to arrive.
	HeaderTimeout time.Duration `env:"HEADER_TIMEOUT" envDefault:"10s" help:"longest time the header of a request may take to arrive"`
	BodyTimeout   time.Duration `env:"BODY_TIMEOUT" envDefault:"10s" help:"longest time the body of a request may take to arrive"`

	// PollInterval is from the start of one poll of a topic to the start of
	// the next; PollTimeout bounds one poll.
	PollInterval time.Duration `env:"POLL_INTERVAL" envDefault:"2s" min:"500ms" help:"time between two polls of a router"`
	PollTimeout  time.Duration `env:"POLL_TIMEOUT" envDefault:"7.5s" help:"longest time one poll may take"`
	PollLinger   time.Duration `env:"POLL_LINGER" envDefault:"2s" max:"3s" help:"how long polling goes on after the last viewer of a router left"`

	// RouterNetworks is what may be dialed, in the notation of package dialpolicy;
	// empty for everything that is not refused always. MaxDials bounds the
	// attempts, from dialing to logged in, that are under way at once.
	RouterNetworks []string `env:"ROUTER_NETWORKS" help:"networks, addresses and names of routers that may be connected, comma-separated, such as 10.0.0.0/8,*.routers.example; everything else is refused; empty means any; link-local, metadata, multicast and unspecified addresses are refused always"`
	MaxDials       int      `env:"MAX_DIALS" envDefault:"256" min:"1" max:"100000" help:"attempts to reach routers that may be under way at the same time; the others wait"`

	// DialTimeout and LoginTimeout follow one another when a session opens.
	DialTimeout  time.Duration `env:"DIAL_TIMEOUT" envDefault:"5s" help:"longest time to open the TCP connection to a router"`
	LoginTimeout time.Duration `env:"LOGIN_TIMEOUT" envDefault:"10s" help:"longest time to log in to a router once connected"`

	// CommandTimeout bounds what the server asks on its own account, such as
	// system-info; RunTimeout bounds what a client asks through POST /run
	// without a timeout of its own, and MaxRunTimeout what it may ask for.
	CommandTimeout     time.Duration `env:"COMMAND_TIMEOUT" envDefault:"30s" help:"longest time a command of the server itself may take"`
	RunTimeout         time.Duration `env:"RUN_TIMEOUT" envDefault:"60s" help:"longest time a command sent through POST /run may take"`
	MaxRunTimeout      time.Duration `env:"MAX_RUN_TIMEOUT" envDefault:"1h" help:"longest timeout that a client may name in POST /run, and the limit of commands whose rows are streamed"`
	RouterWriteTimeout time.Duration `env:"ROUTER_WRITE_TIMEOUT" envDefault:"10s" help:"longest time one write to a router may block"`

	// SessionCommands, SessionStreams and SessionQueue are the budget of one
	// session: what runs at the router at the same time, and what may wait.
	SessionCommands int `env:"SESSION_COMMANDS" envDefault:"4" min:"1" max:"64" help:"commands that may run at one router at the same time"`
	SessionStreams  int `env:"SESSION_STREAMS" envDefault:"8" min:"1" max:"64" help:"standing commands (streamed /run, listen) that may stand open at one router beside them"`
	SessionQueue    int `env:"SESSION_QUEUE" envDefault:"256" min:"1" max:"100000" help:"commands that may wait for their turn at one router; beyond, the answer is 429 router_busy"`

	// ReconnectMin and ReconnectMax bound the pause between two attempts to
	// reach a router; it grows from the one to the other.
	ReconnectMin time.Duration `env:"RECONNECT_MIN" envDefault:"500ms" help:"first pause before reconnecting to a lost router"`
	ReconnectMax time.Duration `env:"RECONNECT_MAX" envDefault:"60s" help:"longest pause before reconnecting to a lost router"`

	// SSEHeartbeat is the silence after which a stream carries a comment, so
	// that proxies keep it open.
	SSEHeartbeat    time.Duration `env:"SSE_HEARTBEAT" envDefault:"15s" help:"time between two heartbeats on an event stream"`
	SSEWriteTimeout time.Duration `env:"SSE_WRITE_TIMEOUT" envDefault:"30s" help:"longest time one write to an event stream may block"`

	SSEMaxAge time.Duration `env:"SSE_MAX_AGE" envDefault:"55m" help:"age at which an event stream ends and the client is told to come back; below the limit of the platform, which is 60m on Cloud Run"`

	// AdminAddr is in the form net.Listen takes; Metrics and MetricsInterval say
	// where metrics are and how often routers are asked for them.
	AdminAddr       string        `env:"ADMIN_ADDR" help:"address and port, such as 127.0.0.1:9090, that serve metrics, profiles, health and Swagger without a key; empty for none"`
	Metrics         Exposure      `env:"METRICS" envDefault:"on" help:"on, admin or off; on serves /metrics to those who have a key, and on ADMIN_ADDR, admin on ADMIN_ADDR alone"`
	MetricsInterval time.Duration `env:"METRICS_INTERVAL" envDefault:"0s" min:"0s" help:"how often a router that nobody watches is asked for its metrics; 0s for not at all"`

	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"5s" help:"longest time an orderly shutdown may take"`

	// MaxReplyBytes bounds what one command may make the server hold.
	MaxReplyBytes Bytes `env:"MAX_REPLY_BYTES" envDefault:"64MiB" min:"64KiB" max:"1024MiB" help:"largest reply accepted for one command, in bytes, or with the suffix KiB or MiB"`

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" help:"least severe record to log: debug, info, warn or error"`
	LogFormat LogFormat  `env:"LOG_FORMAT" envDefault:"auto" help:"auto, text or json; auto writes text to a terminal and json elsewhere"`
}

// Load reads the configuration through lookup, normally os.LookupEnv. Space
// around a value is ignored, and a variable holding nothing else counts as not
// set. The error is an *Error naming every mistake; the Config is then not
// fit for use.
func Load(lookup func(name string) (string, bool)) (Config, error) {
	environ := map[string]string{}
	for v := range variables() {
		value, set := lookup(v.name)
		if value = strings.TrimSpace(value); set && value != "" {
			environ[v.name] = value
		}
	}

	var cfg Config
	var found Error
	err := env.ParseWithOptions(&cfg, env.Options{Environment: environ})
	if all, ok := errors.AsType[env.AggregateError](err); ok {
		for _, one := range all.Errors {
			found.add(explain(one, environ))
		}
	} else if err != nil {
		return Config{}, err // a mistake in the tags, not in the environment
	}

	cfg.check(&found)
	if len(found.Mistakes) > 0 {
		return Config{}, &found
	}
	return cfg, nil
}

// MinTicketSecret is the fewest bytes that a secret for tickets should have:
// whoever has a ticket can try guesses against it without asking the server.
const MinTicketSecret = 16

// TicketKey is the secret that tickets are signed with. If it is the API key, it
// may be shorter than MinTicketSecret, which is worth a warning at startup.
func (c Config) TicketKey() Secret { return cmp.Or(c.TicketSecret, c.APIKey) }

// Addr is the address to listen on, in the form net.Listen takes.
func (c Config) Addr() string {
	return net.JoinHostPort(c.ListenHost, strconv.Itoa(c.Port))
}

// String lists all settings on one line, secrets redacted.
func (c Config) String() string {
	var b strings.Builder
	for i, attr := range c.LogValue().Group() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(attr.String())
	}
	return b.String()
}

// LogValue is the group of all settings under their variables' names, secrets
// redacted. It makes Config a [slog.LogValuer].
func (c Config) LogValue() slog.Value {
	fields := reflect.ValueOf(c)
	var attrs []slog.Attr
	for v := range variables() {
		attrs = append(attrs, slog.String(v.name, display(fields.FieldByIndex(v.field.Index))))
	}
	return slog.GroupValue(attrs...)
}
