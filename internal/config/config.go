// Package config turns the process environment into one checked struct.
//
// Load reads every variable that the server knows and reports all mistakes together.
// Unknown variables are ignored. No error, no log record and no verb of package fmt
// prints a secret.
//
// The tags of Config are the only place for a variable's name, default, limits and
// meaning; Table lists them for the documentation.
package config

import (
	"errors"
	"log/slog"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is the checked configuration. It is a plain value and may be copied.
//
// Tags: env and envDefault name the variable and its default; min and max are
// inclusive limits in the notation of the variable; help is its meaning.
// A duration without a min tag must be positive.
type Config struct {
	// APIKey is what clients send as X-API-Key.
	APIKey Secret `env:"MY_API_KEY,required" help:"API key of the owner; clients send it in the X-API-Key header"`

	// APIKeysFile is the path of a file for access.ReadFile.
	APIKeysFile string `env:"API_KEYS_FILE" help:"file of additional API keys with roles, routers and expiry, one per line, as mikronec key new prints them; reloaded on SIGHUP"`

	// APIKeys has keys in the same format, separated by line breaks or semicolons. They
	// are hashes; a Secret in case somebody pasted a key by mistake.
	APIKeys Secret `env:"API_KEYS" help:"additional API keys in the format of API_KEYS_FILE, separated by line breaks or ;, for platforms without files; may be combined with API_KEYS_FILE; read at startup only"`

	// DataDir, SecretsKeyFile and SecretsKey are for datadir.Open.
	DataDir        string `env:"DATA_DIR" help:"folder in which registered routers, API keys made with POST /keys, alerts and the history are kept, so that they survive a restart; made if it is missing; empty to forget them; not used for routers and API keys with NATS_URL; see docs/operation.md"`
	SecretsKeyFile string `env:"SECRETS_KEY_FILE" help:"file of the keys that seal the passwords in DATA_DIR, one per line, as mikronec secrets new prints them; the first one seals, all of them open; empty for secrets.key in DATA_DIR, which is made"`
	SecretsKey     Secret `env:"SECRETS_KEY" help:"the keys of SECRETS_KEY_FILE themselves, separated by line breaks or ;, for platforms without files"`

	// RoutersFile is the path of a file for routerfile.Read.
	RoutersFile string `env:"ROUTERS_FILE" help:"YAML file of declared routers, with pass_file or pass_env for each password; read again on SIGHUP and when it changes; see docs/operation.md"`

	// NATSURL and what follows are for bus.Open and fleet.Join. NATSURL may have a password.
	NATSURL         Secret    `env:"NATS_URL" help:"servers of NATS 2.11 or newer with JetStream, comma-separated, such as nats://nats:4222 or tls://user:password@nats.example:4222: the instances that use the same NATS and prefix are one fleet, and its routers are kept there; needs SECRETS_KEY_FILE or SECRETS_KEY; empty for a single instance; see docs/fleet.md"`
	NATSCredentials string    `env:"NATS_CREDENTIALS" help:"file of credentials for NATS (.creds)"`
	NATSCAFile      string    `env:"NATS_CA_FILE" help:"authorities in PEM format that the certificate of NATS must be from; empty for those of the system"`
	NATSCertFile    string    `env:"NATS_CERT_FILE" help:"certificate in PEM format that this instance shows NATS"`
	NATSKeyFile     string    `env:"NATS_KEY_FILE" help:"private key of NATS_CERT_FILE in PEM format"`
	NATSPrefix      string    `env:"NATS_PREFIX" envDefault:"mikronec" help:"first part of all names in NATS: letters, digits, - and _; fleets that share a NATS need different ones"`
	NATSReplicas    int       `env:"NATS_REPLICAS" envDefault:"1" min:"1" max:"5" help:"number of nodes of NATS that keep a copy of everything: 1, 3 or 5; 3 where NATS has three nodes"`
	Instance        string    `env:"INSTANCE" help:"name of this instance in the fleet, of which there may be one: letters, digits, - and _; a name that stays the same over a restart gets the same routers again; empty for the host name and a random part"`
	FleetPartition  Partition `env:"FLEET_PARTITION" envDefault:"keep" help:"keep or stop: whether an instance that cannot reach NATS goes on with its routers, which another instance may then poll as well, or closes its sessions before another one can take over"`

	// FleetLease is the time for fleet.Join.
	FleetLease time.Duration `env:"FLEET_LEASE" envDefault:"20s" min:"2s" max:"20s" help:"how long an instance that gives no sign of life keeps its routers; the same for all instances; shorter values move routers sooner, also because of a slow network"`

	// TicketSecret signs the tickets for streams and seals the ids of events.
	TicketSecret Secret `env:"TICKET_SECRET" help:"secret of at least 16 bytes that signs the tickets for event streams and seals the ids of events; instances with the same secret accept each other's; empty for those made of the keys of SECRETS_KEY_FILE or SECRETS_KEY in a fleet, and for a random one of this process otherwise, whose tickets end with it"`

	// ListenHost and Port are where to listen; see Addr. Port 0 is meant for tests.
	ListenHost string `env:"LISTEN_HOST" help:"host name or IP address to listen on; empty for all interfaces"`
	Port       int    `env:"PORT" envDefault:"8080" min:"0" max:"65535" help:"TCP port to listen on; 0 for any free port"`

	// AllowedOrigins has normalized origins (lower case, no default port), to be
	// compared with an Origin header, or the single element "*".
	AllowedOrigins []string `env:"ALLOWED_ORIGINS" help:"browser origins that may use the API, comma-separated, each as scheme://host[:port]; * for any"`

	// TLSCertFile and TLSKeyFile are both set or both empty.
	TLSCertFile string `env:"TLS_CERT_FILE" help:"certificate chain in PEM format for HTTPS; reloaded when it changes; empty for plain HTTP behind a proxy"`
	TLSKeyFile  string `env:"TLS_KEY_FILE" help:"private key of TLS_CERT_FILE in PEM format"`

	Swagger Switch `env:"SWAGGER" envDefault:"on" help:"on or off: Swagger UI under /swagger/, and /openapi.json"`

	// CommandRules is in the notation of package rules. Empty means no rules for the
	// whole server, not even the default denials.
	CommandRules string `env:"COMMAND_RULES" help:"rules for the commands of /run and /run/batch, for all keys including the owner's, separated by spaces, such as /ip/hotspot/**:print,add !/system/reboot; see docs/access.md"`
	ReadOnly     Switch `env:"READ_ONLY" envDefault:"off" help:"on or off: allow only commands that read"`

	// AuditLog is in the notation of audit.Open.
	AuditLog string `env:"AUDIT_LOG" envDefault:"off" help:"off, stdout or the path of a file: JSON lines that record who ran which command on which router; the file is reopened on SIGHUP"`

	// AuditLogFull is for commands; what reached no router is never waited for.
	AuditLogFull AuditFull `env:"AUDIT_LOG_FULL" envDefault:"wait" help:"wait or refuse: what happens to commands while the audit log cannot be written, because the disk is full or hangs; none is sent without a record"`

	// TrustedProxies holds networks in the form of netip.Prefix.
	TrustedProxies []string `env:"TRUSTED_PROXIES" help:"networks and addresses of proxies, comma-separated, whose X-Forwarded-For header is trusted"`

	// Limits for one client; see package limit.
	AddressRequests     int `env:"ADDRESS_REQUESTS" envDefault:"500" min:"0" max:"1000000" help:"max requests per second without a valid API key from one address, averaged over 10 s; 0 for no limit"`
	KeyRequests         int `env:"KEY_REQUESTS" envDefault:"2000" min:"0" max:"1000000" help:"max requests per second with one API key, averaged over 10 s; 0 for no limit"`
	LoginFailures       int `env:"LOGIN_FAILURES" envDefault:"30" min:"0" max:"1000000" help:"max wrong API keys per minute from one address; beyond, only keys used from this address before are accepted; 0 for no limit"`
	RouterLoginFailures int `env:"ROUTER_LOGIN_FAILURES" envDefault:"20" min:"0" max:"1000000" help:"max logins per minute that routers refuse in /connect, of one key and at one router; 0 for no limit"`
	KeyStreams          int `env:"KEY_STREAMS" envDefault:"20000" min:"0" max:"1000000" help:"max event streams open at the same time with one API key; 0 for no limit"`
	KeyRouters          int `env:"KEY_ROUTERS" envDefault:"20000" min:"0" max:"1000000" help:"max routers connected with one API key; 0 for no limit"`
	AddressConnections  int `env:"ADDRESS_CONNECTIONS" envDefault:"4096" min:"0" max:"1000000" help:"max connections from one address, until their sockets are gone, not counting event streams over plain HTTP; 0 for no limit"`

	// HeaderTimeout and BodyTimeout limit how long a request may take to arrive.
	HeaderTimeout time.Duration `env:"HEADER_TIMEOUT" envDefault:"10s" help:"max time to receive the header of a request"`
	BodyTimeout   time.Duration `env:"BODY_TIMEOUT" envDefault:"10s" help:"max time to receive the body of a request"`

	// HTTPIdleTimeout must be longer than proxies keep a connection for the next
	// request, or they send one on a connection that is just being closed.
	HTTPIdleTimeout time.Duration `env:"HTTP_IDLE_TIMEOUT" envDefault:"620s" help:"how long a connection is kept open for the next request; keep it above the keep-alive time of a load balancer or proxy in front (600s on Google Cloud)"`

	// PollInterval is the time from the start of one poll of a topic to the start of
	// the next; PollTimeout limits one poll.
	PollInterval time.Duration `env:"POLL_INTERVAL" envDefault:"2s" min:"500ms" help:"time between two polls of a router"`
	PollTimeout  time.Duration `env:"POLL_TIMEOUT" envDefault:"7.5s" help:"max duration of one poll"`
	PollLinger   time.Duration `env:"POLL_LINGER" envDefault:"2s" max:"3s" help:"how long polling continues after the last viewer of a router has left"`

	RouterBytes Bytes `env:"ROUTER_BYTES" envDefault:"0" min:"0" max:"1024MiB" help:"bytes a minute that watching may take of the line to a router, on average, such as 300KiB; beyond it polls get rarer, and GET /routers says so; 0 for no limit"`

	// RouterNetworks is the list for dialpolicy.Parse. MaxDials limits the attempts,
	// from dialing to logged in, that run at the same time.
	RouterNetworks []string `env:"ROUTER_NETWORKS" help:"networks, addresses and host names of routers that may be connected, comma-separated, such as 10.0.0.0/8,*.routers.example; empty for any; link-local, metadata, multicast and unspecified addresses and the ports of this program are always denied"`
	MaxDials       int      `env:"MAX_DIALS" envDefault:"256" min:"1" max:"100000" help:"max connection attempts to routers at the same time; more have to wait"`

	// DialTimeout is followed by LoginTimeout when a session opens.
	DialTimeout  time.Duration `env:"DIAL_TIMEOUT" envDefault:"5s" help:"max time to open the TCP connection to a router"`
	LoginTimeout time.Duration `env:"LOGIN_TIMEOUT" envDefault:"10s" help:"max time to log in to a router once connected"`

	// CommandTimeout is for commands of the server itself, such as system-info;
	// RunTimeout is for POST /run without a timeout in the request, and MaxRunTimeout
	// the highest that a request may set.
	CommandTimeout     time.Duration `env:"COMMAND_TIMEOUT" envDefault:"30s" help:"max duration of a command that the server itself sends"`
	RunTimeout         time.Duration `env:"RUN_TIMEOUT" envDefault:"60s" help:"default timeout of a command sent through POST /run"`
	MaxRunTimeout      time.Duration `env:"MAX_RUN_TIMEOUT" envDefault:"1h" help:"max timeout that a client may set in POST /run, and max duration of a streamed command"`
	RouterWriteTimeout time.Duration `env:"ROUTER_WRITE_TIMEOUT" envDefault:"10s" help:"max time that one write to a router may block"`

	// SessionCommands, SessionStreams and SessionQueue limit what runs on one router at
	// the same time and what may wait.
	SessionCommands int `env:"SESSION_COMMANDS" envDefault:"4" min:"1" max:"64" help:"max commands running on one router at the same time; one key may have half"`
	SessionStreams  int `env:"SESSION_STREAMS" envDefault:"8" min:"1" max:"64" help:"max streaming commands (streamed /run, listen) open on one router, in addition to SESSION_COMMANDS; half of them are for polls"`
	SessionQueue    int `env:"SESSION_QUEUE" envDefault:"256" min:"1" max:"100000" help:"max commands waiting for one router, of one key half; more get 429 router_busy"`

	// ReconnectMin and ReconnectMax limit the delay between two attempts to connect,
	// which grows from one to the other.
	ReconnectMin time.Duration `env:"RECONNECT_MIN" envDefault:"500ms" help:"first delay before reconnecting to a router"`
	ReconnectMax time.Duration `env:"RECONNECT_MAX" envDefault:"60s" help:"max delay before reconnecting to a router"`

	// SSEHeartbeat is the time without an event after which a stream carries a comment,
	// so that proxies keep it open.
	SSEHeartbeat    time.Duration `env:"SSE_HEARTBEAT" envDefault:"15s" help:"interval of heartbeats on an event stream"`
	SSEWriteTimeout time.Duration `env:"SSE_WRITE_TIMEOUT" envDefault:"30s" help:"max time that one write to a client may block, and that data may wait for a client that takes nothing"`

	SSEMaxAge time.Duration `env:"SSE_MAX_AGE" envDefault:"55m" help:"age at which an event stream ends and its client reconnects; keep it below the request timeout of the platform (60m on Cloud Run)"`

	// AlertsFile is the path of a file for alertfile.Read; AlertNetworks is the list for
	// dialpolicy.Parse.
	AlertsFile    string   `env:"ALERTS_FILE" help:"YAML file of alert rules and receivers, see docs/alerts.md; read again on SIGHUP and when it changes; empty for no alerts"`
	AlertNetworks []string `env:"ALERT_NETWORKS" help:"networks, addresses and host names to which alerts may be sent, comma-separated; empty for any; link-local, metadata, multicast and unspecified addresses and the ports of this program are always denied"`

	// AdminAddr is an address for net.Listen.
	AdminAddr       string        `env:"ADMIN_ADDR" help:"address and port, such as 127.0.0.1:9090, for metrics, profiles, health and Swagger without a key; empty for none"`
	Metrics         Exposure      `env:"METRICS" envDefault:"on" help:"on, admin or off: on serves /metrics to clients with a key and on ADMIN_ADDR, admin on ADMIN_ADDR only"`
	MetricsInterval time.Duration `env:"METRICS_INTERVAL" envDefault:"0s" min:"0s" help:"how often a router that nobody watches is polled for metrics; 0s for never"`

	// History is for history.New.
	History time.Duration `env:"HISTORY" envDefault:"0s" min:"0s" max:"24h" help:"how far back CPU, memory, users and traffic of each router are kept in memory, such as 24h; with DATA_DIR also 30 days there; every router is read once a minute for it; 0s for not at all"`

	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"5s" help:"max duration of a shutdown"`

	// MaxReplyBytes limits what the server holds in memory for one command.
	MaxReplyBytes Bytes `env:"MAX_REPLY_BYTES" envDefault:"64MiB" min:"64KiB" max:"1024MiB" help:"max size of the reply to one command, in bytes, or with the suffix KiB or MiB"`

	// MaxHeldBytes limits what the replies to all commands hold in memory; 0 for a part of what there is.
	MaxHeldBytes Bytes `env:"MAX_HELD_BYTES" min:"0" max:"1048576MiB" help:"max memory that replies of routers hold at a time, until their clients have read them; one key may have half; empty for a quarter of GOMEMLIMIT or of the memory of the container, 64MiB at least"`

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" help:"min level of log records: debug, info, warn or error"`
	LogFormat LogFormat  `env:"LOG_FORMAT" envDefault:"auto" help:"auto, text or json; auto is text on a terminal and json elsewhere"`
}

// Load reads the configuration through lookup, normally os.LookupEnv. White space
// around a value is ignored, and a blank variable counts as not set. The error is an
// *Error with every mistake; the Config is then zero.
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
	checkQuotes(environ, &found)
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

// AlertNetworks is the variable of the list of receivers of alerts; errors name it.
const AlertNetworks = "ALERT_NETWORKS"

// Minimum lengths in bytes: of a secret for tickets, since whoever has a ticket can test
// guesses of the secret offline, and of MY_API_KEY, below which there is a warning.
const (
	MinTicketSecret = 16
	minAPIKey       = 16
)

// Addr is the address to listen on, for net.Listen.
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
