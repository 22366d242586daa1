package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

const (
	key    = "correct-horse-battery"
	secret = "staple-with-tickets"
)

// load reads the pairs as the whole environment, with an API key unless they
// bring one.
func load(pairs map[string]string) (config.Config, error) {
	return config.Load(func(name string) (string, bool) {
		if v, ok := pairs[name]; ok {
			return v, true
		}
		return key, name == "MY_API_KEY"
	})
}

// mistakes returns what an invalid environment is told, one string a mistake.
func mistakes(t *testing.T, pairs map[string]string) []string {
	t.Helper()
	cfg, err := load(pairs)
	var invalid *config.Error
	require.ErrorAs(t, err, &invalid)
	assert.Zero(t, cfg, "an invalid configuration must not be usable")
	var all []string
	for _, m := range invalid.Mistakes {
		all = append(all, m.Variable+": "+m.Detail)
		assert.Contains(t, err.Error(), "\n  "+m.Variable+": "+m.Detail)
	}
	return all
}

func TestDefaults(t *testing.T) {
	cfg, err := load(nil)
	require.NoError(t, err)
	assert.Equal(t, config.Config{
		APIKey:          key,
		Port:            8080,
		PollInterval:    2 * time.Second,
		PollTimeout:     7500 * time.Millisecond,
		PollLinger:      2 * time.Second,
		Swagger:         true,
		AddressRequests: 500,
		KeyRequests:     2000,
		AuditLog:        "off",
		AuditLogFull:    config.AuditWait,
		LoginFailures:   30, RouterLoginFailures: 20,
		KeyStreams:         20000,
		KeyRouters:         20000,
		AddressConnections: 4096,
		HeaderTimeout:      10 * time.Second,
		BodyTimeout:        10 * time.Second,
		HTTPIdleTimeout:    620 * time.Second,
		MaxDials:           256,
		DialTimeout:        5 * time.Second,
		LoginTimeout:       10 * time.Second,
		CommandTimeout:     30 * time.Second,
		RunTimeout:         time.Minute,
		MaxRunTimeout:      time.Hour,
		RouterWriteTimeout: 10 * time.Second,
		SessionCommands:    4,
		SessionStreams:     8,
		SessionQueue:       256,
		ReconnectMin:       500 * time.Millisecond,
		ReconnectMax:       time.Minute,
		SSEHeartbeat:       15 * time.Second,
		SSEWriteTimeout:    30 * time.Second,
		SSEMaxAge:          55 * time.Minute,
		Metrics:            config.Everywhere,
		NATSPrefix:         "mikronec",
		NATSReplicas:       1,
		FleetLease:         20 * time.Second,
		FleetPartition:     config.PartitionKeep,
		ShutdownTimeout:    5 * time.Second,
		MaxReplyBytes:      64 * config.MiB,
		LogLevel:           slog.LevelInfo,
		LogFormat:          config.LogAuto,
	}, cfg)
	assert.Equal(t, ":8080", cfg.Addr())
}

func TestEveryVariable(t *testing.T) {
	pairs := map[string]string{
		"MY_API_KEY": "another-key-entirely", "API_KEYS_FILE": "/etc/mikronec/keys", "API_KEYS": "name=a;name=b", "TICKET_SECRET": secret,
		"DATA_DIR": "/var/lib/mikronec", "SECRETS_KEY_FILE": "/etc/mikronec/ring", "SECRETS_KEY": "a=b", "ROUTERS_FILE": "/etc/mikronec/routers.yaml",
		"NATS_URL": "nats://a:4222,tls://u:p@b", "NATS_CREDENTIALS": "/etc/mikronec/nats.creds", "NATS_CA_FILE": "/etc/nats/ca.pem",
		"NATS_CERT_FILE": "/etc/nats/cert.pem", "NATS_KEY_FILE": "/etc/nats/key.pem", "NATS_PREFIX": "one", "NATS_REPLICAS": "3",
		"INSTANCE": "pod-0", "FLEET_PARTITION": "Stop", "FLEET_LEASE": "4s",
		"ALERTS_FILE": "/etc/mikronec/alerts.yaml", "ALERT_NETWORKS": "hooks.example,10.0.0.0/8",
		"LISTEN_HOST": "::1", "PORT": "0",
		"ALLOWED_ORIGINS": "https://Dash.Example:443, http://localhost:5173,",
		"POLL_INTERVAL":   "500ms", "POLL_TIMEOUT": "1s", "POLL_LINGER": "3s", "ROUTER_BYTES": "300KiB",
		"TLS_CERT_FILE": "/etc/tls/cert.pem", "TLS_KEY_FILE": "/etc/tls/key.pem", "SWAGGER": "OFF",
		"COMMAND_RULES": "/ip/**:print  !/system", "READ_ONLY": "true", "AUDIT_LOG": "/var/log/audit.jsonl", "AUDIT_LOG_FULL": "Refuse",
		"TRUSTED_PROXIES": "10.0.0.7, 192.168.1.9/16, ::ffff:10.0.0.8,", "ADDRESS_REQUESTS": "1", "KEY_REQUESTS": "2",
		"LOGIN_FAILURES": "3", "ROUTER_LOGIN_FAILURES": "8", "KEY_STREAMS": "4", "KEY_ROUTERS": "5", "ADDRESS_CONNECTIONS": "6",
		"HEADER_TIMEOUT": "20s", "BODY_TIMEOUT": "30s", "HTTP_IDLE_TIMEOUT": "15m",
		"ROUTER_NETWORKS": "10.0.0.0/8,*.routers.example", "MAX_DIALS": "9",
		"DIAL_TIMEOUT": "2s", "LOGIN_TIMEOUT": "3s", "COMMAND_TIMEOUT": "4s",
		"MAX_RUN_TIMEOUT": "2h", "SESSION_COMMANDS": "2", "SESSION_STREAMS": "3", "SESSION_QUEUE": "5",
		"RUN_TIMEOUT": "5m", "ROUTER_WRITE_TIMEOUT": "6s", "RECONNECT_MIN": "7s",
		"RECONNECT_MAX": "7s", "SSE_HEARTBEAT": "8s", "SSE_WRITE_TIMEOUT": "9s", "SSE_MAX_AGE": "11m",
		"ADMIN_ADDR": "127.0.0.1:0", "METRICS": "Admin", "METRICS_INTERVAL": "20s", "HISTORY": "12h",
		"SHUTDOWN_TIMEOUT": "1m30s", "MAX_REPLY_BYTES": "512 KiB", "MAX_HELD_BYTES": "300MiB",
		"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "JSON",
	}
	for _, v := range config.Table() {
		require.Contains(t, pairs, v.Name, "this test has to set every variable")
		assert.NotEqual(t, v.Default, pairs[v.Name], "this test has to change every variable")
	}

	cfg, err := load(pairs)
	require.NoError(t, err)
	assert.Equal(t, config.Config{
		APIKey: "another-key-entirely", APIKeysFile: "/etc/mikronec/keys", APIKeys: "name=a;name=b", TicketSecret: secret,
		DataDir: "/var/lib/mikronec", SecretsKeyFile: "/etc/mikronec/ring", SecretsKey: "a=b", RoutersFile: "/etc/mikronec/routers.yaml",
		NATSURL: "nats://a:4222,tls://u:p@b", NATSCredentials: "/etc/mikronec/nats.creds", NATSCAFile: "/etc/nats/ca.pem",
		NATSCertFile: "/etc/nats/cert.pem", NATSKeyFile: "/etc/nats/key.pem", NATSPrefix: "one", NATSReplicas: 3,
		Instance: "pod-0", FleetPartition: config.PartitionStop, FleetLease: 4 * time.Second,
		AlertsFile: "/etc/mikronec/alerts.yaml", AlertNetworks: []string{"hooks.example", "10.0.0.0/8"},
		ListenHost: "::1", Port: 0,
		AllowedOrigins: []string{"https://dash.example", "http://localhost:5173"},
		PollInterval:   500 * time.Millisecond, PollTimeout: time.Second, PollLinger: 3 * time.Second, RouterBytes: 300 * config.KiB,
		TLSCertFile: "/etc/tls/cert.pem", TLSKeyFile: "/etc/tls/key.pem",
		CommandRules: "/ip/**:print  !/system", ReadOnly: true, AuditLog: "/var/log/audit.jsonl", AuditLogFull: config.AuditRefuse,
		TrustedProxies:  []string{"10.0.0.7/32", "192.168.0.0/16", "10.0.0.8/32"},
		AddressRequests: 1, KeyRequests: 2, LoginFailures: 3, RouterLoginFailures: 8, KeyStreams: 4, KeyRouters: 5, AddressConnections: 6,
		HeaderTimeout: 20 * time.Second, BodyTimeout: 30 * time.Second, HTTPIdleTimeout: 15 * time.Minute,
		RouterNetworks: []string{"10.0.0.0/8", "*.routers.example"}, MaxDials: 9,
		DialTimeout: 2 * time.Second, LoginTimeout: 3 * time.Second, CommandTimeout: 4 * time.Second,
		MaxRunTimeout: 2 * time.Hour, SessionCommands: 2, SessionStreams: 3, SessionQueue: 5,
		RunTimeout: 5 * time.Minute, RouterWriteTimeout: 6 * time.Second, ReconnectMin: 7 * time.Second,
		ReconnectMax: 7 * time.Second, SSEHeartbeat: 8 * time.Second, SSEWriteTimeout: 9 * time.Second, SSEMaxAge: 11 * time.Minute,
		AdminAddr: "127.0.0.1:0", Metrics: config.AdminOnly, MetricsInterval: 20 * time.Second, History: 12 * time.Hour,
		ShutdownTimeout: 90 * time.Second, MaxReplyBytes: 512 * config.KiB, MaxHeldBytes: 300 * config.MiB,
		LogLevel: slog.LevelDebug, LogFormat: config.LogJSON,
	}, cfg)
	assert.Equal(t, "[::1]:0", cfg.Addr())
}

func TestBlankMeansNotSet(t *testing.T) {
	blank := map[string]string{}
	for _, v := range config.Table() {
		if !v.Required {
			blank[v.Name] = " \t"
		}
	}
	got, err := load(blank)
	require.NoError(t, err)
	want, err := load(nil)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestSpaceAroundValues(t *testing.T) {
	cfg, err := load(map[string]string{"MY_API_KEY": key + "\n", "PORT": " 9000 "})
	require.NoError(t, err)
	assert.Equal(t, key, cfg.APIKey.Reveal())
	assert.Equal(t, 9000, cfg.Port)
}

func TestOneMistake(t *testing.T) {
	duration := " is not a duration; write it with its unit, such as 500ms, 2s or 1m30s"
	size := " is not a size; write a whole number of bytes, or of KiB or MiB, such as 64MiB"
	for name, tt := range map[string]struct{ variable, value, want string }{
		"no key":                {"MY_API_KEY", "", "is required but not set or blank"},
		"blank key":             {"MY_API_KEY", " \n", "is required but not set or blank"},
		"key with line break":   {"MY_API_KEY", "two\nlines", "has characters that are not allowed in an HTTP header; use printable ASCII"},
		"key outside ASCII":     {"MY_API_KEY", "kunci-räsia", "has characters that are not allowed in an HTTP header; use printable ASCII"},
		"ticket secret short":   {"TICKET_SECRET", "fifteen bytes..", "is too short; use at least 16 bytes, or leave it empty"},
		"port in words":         {"PORT", "http", `"http" is not a whole number`},
		"port negative":         {"PORT", "-1", "-1 is too small; the minimum is 0"},
		"port too large":        {"PORT", "65536", "65536 is too large; the maximum is 65535"},
		"host with port":        {"LISTEN_HOST", "localhost:80", `"localhost:80" is not a host name or IP address; set the port in PORT, and write IPv6 without brackets`},
		"host in brackets":      {"LISTEN_HOST", "[::1]", `"[::1]" is not a host name or IP address; set the port in PORT, and write IPv6 without brackets`},
		"duration without unit": {"POLL_INTERVAL", "2", `"2"` + duration},
		"interval too short":    {"POLL_INTERVAL", "499ms", "499ms is too small; the minimum is 500ms"},
		"linger too long":       {"POLL_LINGER", "3001ms", "3.001s is too large; the maximum is 3s"},
		"zero duration":         {"DIAL_TIMEOUT", "0s", "0s is too short; it must be longer than zero"},
		"negative duration":     {"RUN_TIMEOUT", "-1s", "-1s is too short; it must be longer than zero"},
		"size with other unit":  {"MAX_REPLY_BYTES", "64MB", `"64MB"` + size},
		"size negative":         {"MAX_REPLY_BYTES", "-1", `"-1"` + size},
		"size overflowing":      {"MAX_REPLY_BYTES", "9999999999999MiB", `"9999999999999MiB"` + size},
		"size too small":        {"MAX_REPLY_BYTES", "1024", "1KiB is too small; the minimum is 64KiB"},
		"admin without port":    {"ADMIN_ADDR", "localhost", `"localhost" is not an address with a port, such as 127.0.0.1:9090`},
		"admin with a word":     {"ADMIN_ADDR", "localhost:http", `"localhost:http" is not an address with a port, such as 127.0.0.1:9090`},
		"metrics elsewhere":     {"METRICS", "yes", `"yes" is invalid; use on, admin or off`},
		"metrics without admin": {"METRICS", "admin", "admin requires ADMIN_ADDR"},
		"metrics before now":    {"METRICS_INTERVAL", "-1s", "-1s is too small; the minimum is 0s"},
		"unknown level":         {"LOG_LEVEL", "loud", `"loud" is not a log level; use debug, info, warn or error`},
		"unknown format":        {"LOG_FORMAT", "xml", `"xml" is not a log format; use auto, text or json`},
		"run reversed":          {"RUN_TIMEOUT", "2h", "2h0m0s is longer than MAX_RUN_TIMEOUT (1h0m0s)"},
		"reconnect reversed":    {"RECONNECT_MIN", "2m", "2m0s is longer than RECONNECT_MAX (1m0s)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, map[string]string{tt.variable: tt.value})
			assert.Equal(t, []string{tt.variable + ": " + tt.want}, got)
		})
	}
}

func TestEveryDurationHasToBePositive(t *testing.T) {
	tested := 0
	for _, v := range config.Table() {
		if _, err := time.ParseDuration(v.Default); err != nil || v.Name == "PORT" || v.Default == "0" || v.Min == "0s" {
			continue
		}
		tested++
		for _, bad := range []string{"0s", "-2s"} {
			got := mistakes(t, map[string]string{v.Name: bad})
			require.Len(t, got, 1)
			assert.Contains(t, got[0], v.Name+": "+bad+" is too s")
		}
	}
	assert.Equal(t, 19, tested, "durations in the table")
}

func TestAllMistakesTogether(t *testing.T) {
	got := mistakes(t, map[string]string{
		"MY_API_KEY":      "",
		"PORT":            "70000",
		"POLL_INTERVAL":   "often",
		"RECONNECT_MIN":   "later", // must not also be reported as above RECONNECT_MAX
		"RECONNECT_MAX":   "1ms",
		"ALLOWED_ORIGINS": "dash.example,https://dash.example/",
		"LOG_LEVEL":       "all",
	})
	var names []string
	for _, line := range got {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	assert.ElementsMatch(t, []string{
		"MY_API_KEY", "PORT", "POLL_INTERVAL", "RECONNECT_MIN",
		"ALLOWED_ORIGINS", "ALLOWED_ORIGINS", "LOG_LEVEL",
	}, names)
}

func TestTheKeyStaysSecret(t *testing.T) {
	cfg, err := load(map[string]string{"TICKET_SECRET": secret})
	require.NoError(t, err)

	printed := map[string]string{}
	for _, value := range []any{cfg, &cfg, cfg.APIKey, &cfg.APIKey, struct{ Inner config.Config }{cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			printed[fmt.Sprintf("%T with %s", value, verb)] = fmt.Sprintf(verb, value)
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		printed[fmt.Sprintf("%T as JSON", value)] = string(encoded)

		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "value", value)
		printed[fmt.Sprintf("%T logged", value)] = log.String()
	}
	for how, text := range printed {
		assert.NotContains(t, text, key, how)
		assert.NotContains(t, strings.ToLower(text), fmt.Sprintf("%x", key), how)
		assert.NotContains(t, text, secret, how)
		assert.NotContains(t, strings.ToLower(text), fmt.Sprintf("%x", secret), how)
	}
	assert.Contains(t, cfg.String(), "MY_API_KEY=[redacted] API_KEYS_FILE= API_KEYS= DATA_DIR= SECRETS_KEY_FILE= SECRETS_KEY= ROUTERS_FILE= NATS_URL= NATS_CREDENTIALS= NATS_CA_FILE= NATS_CERT_FILE= NATS_KEY_FILE= NATS_PREFIX=mikronec NATS_REPLICAS=1 INSTANCE= FLEET_PARTITION=keep FLEET_LEASE=20s TICKET_SECRET=[redacted] LISTEN_HOST= PORT=8080 ")
	assert.Contains(t, printed["config.Config logged"], "value.MAX_REPLY_BYTES=64MiB")

	for _, text := range mistakes(t, map[string]string{"MY_API_KEY": key + "\x00", "PORT": "x"}) {
		assert.NotContains(t, text, key)
	}
	for _, text := range mistakes(t, map[string]string{"ALLOWED_ORIGINS": "https://me:" + key + "@dash.example"}) {
		assert.NotContains(t, text, key)
	}
}

func TestTicketSecret(t *testing.T) {
	cfg, err := load(nil)
	require.NoError(t, err)
	assert.Contains(t, cfg.String(), " TICKET_SECRET= ", "it may be seen that there is none")

	_, err = load(map[string]string{"TICKET_SECRET": secret[:16]})
	require.NoError(t, err)
	for _, text := range mistakes(t, map[string]string{"TICKET_SECRET": secret[:15]}) {
		assert.NotContains(t, text, secret[:15])
	}
}

func TestTable(t *testing.T) {
	table := config.Table()
	require.Len(t, table, 70)
	assert.Equal(t, config.Variable{
		Name: "MY_API_KEY", Required: true,
		Meaning: "API key of the owner; clients send it in the X-API-Key header",
	}, table[0])

	seen := map[string]bool{}
	for _, v := range table {
		assert.Regexp(t, `^[A-Z][A-Z_]+[A-Z]$`, v.Name)
		assert.NotEmpty(t, v.Meaning, v.Name)
		assert.False(t, seen[v.Name], "%s is listed twice", v.Name)
		seen[v.Name] = true
		for _, value := range []string{v.Default, v.Min, v.Max} {
			_, err := load(map[string]string{v.Name: value})
			if !v.Required {
				assert.NoError(t, err, "%s=%s", v.Name, value)
			}
		}
	}
}

func TestLoadReadsTheRealEnvironment(t *testing.T) {
	t.Setenv("MY_API_KEY", key)
	t.Setenv("PORT", "1")
	cfg, err := config.Load(os.LookupEnv)
	require.NoError(t, err)
	assert.Equal(t, 1, cfg.Port)
}
