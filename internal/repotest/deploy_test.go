package repotest_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/config"
)

var deploy = filepath.Join(root, "docs", "deploy")

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, name))
	require.NoError(t, err)
	return string(text)
}

// documents decodes the YAML documents of a file.
func documents(t *testing.T, name string) (docs []map[string]any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(deployed(t, name)))
	for {
		var doc map[string]any
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs
		}
		require.NoError(t, err, name)
		docs = append(docs, doc)
	}
}

// at follows a path of keys, and of numbers in lists.
func at(t *testing.T, doc any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := doc.(map[string]any)
			require.True(t, ok, "%v is no map", path[:i])
			doc = m[s]
		case int:
			l, ok := doc.([]any)
			require.True(t, ok && s < len(l), "%v is no list of that length", path[:i])
			doc = l[s]
		}
	}
	return doc
}

func defaults() map[string]string {
	table := make(map[string]string)
	for _, v := range config.Table() {
		table[v.Name] = v.Default
	}
	return table
}

func lasting(t *testing.T, variable string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(defaults()[variable])
	require.NoError(t, err, variable)
	return d
}

// Variables of the program that the files name must exist.
func TestDeploymentsNameVariablesThatExist(t *testing.T) {
	known := defaults()
	known["GOMEMLIMIT"] = "" // of the Go runtime
	named := regexp.MustCompile(`\b[A-Z]{2,}(?:_[A-Z]+)+\b|\bGOMEMLIMIT\b`)
	files, err := filepath.Glob(filepath.Join(deploy, "*"))
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		for _, name := range named.FindAllString(deployed(t, filepath.Base(file)), -1) {
			if slices.Contains([]string{"AF_INET", "AF_UNIX"}, name) {
				continue
			}
			found++
			assert.Contains(t, known, name, "%s", file)
		}
	}
	assert.Greater(t, found, 10, "the expression finds variables")
}

// paths are those of the OpenAPI document.
func paths(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "openapi.json"))
	require.NoError(t, err)
	var doc struct{ Paths map[string]any }
	require.NoError(t, json.Unmarshal(text, &doc))
	return doc.Paths
}

func TestComposeFile(t *testing.T) {
	doc := documents(t, "compose.yaml")[0]
	service := at(t, doc, "services", "mikronec")
	assert.Equal(t, []any{"127.0.0.1:8080:" + defaults()["PORT"]}, at(t, service, "ports"))
	assert.Equal(t, true, at(t, service, "read_only"))
	assert.Equal(t, []any{"ALL"}, at(t, service, "cap_drop"))
	grace, err := time.ParseDuration(at(t, service, "stop_grace_period").(string))
	require.NoError(t, err)
	assert.Greater(t, grace, lasting(t, "SHUTDOWN_TIMEOUT"))
	assert.FileExists(t, filepath.Join(deploy, at(t, service, "build", "context").(string), "Dockerfile"))
}

func TestKubernetesFile(t *testing.T) {
	byKind := make(map[string]map[string]any)
	for _, doc := range documents(t, "kubernetes.yaml") {
		byKind[doc["kind"].(string)] = doc
		assert.Equal(t, "mikronec", at(t, doc, "metadata", "name"))
	}
	require.Len(t, byKind, 4)
	deployment, service := byKind["Deployment"], byKind["Service"]
	policy, budget := byKind["NetworkPolicy"], byKind["PodDisruptionBudget"]

	labels := at(t, deployment, "spec", "template", "metadata", "labels")
	for kind, selector := range map[string]any{
		"Deployment": at(t, deployment, "spec", "selector", "matchLabels"), "Service": at(t, service, "spec", "selector"),
		"NetworkPolicy": at(t, policy, "spec", "podSelector", "matchLabels"), "PodDisruptionBudget": at(t, budget, "spec", "selector", "matchLabels"),
	} {
		assert.Equal(t, labels, selector, "%s selects the pods", kind)
	}
	assert.Equal(t, 1, at(t, deployment, "spec", "replicas"))
	assert.Equal(t, "Recreate", at(t, deployment, "spec", "strategy", "type"))

	pod := at(t, deployment, "spec", "template", "spec")
	assert.Greater(t, time.Duration(at(t, pod, "terminationGracePeriodSeconds").(int))*time.Second, lasting(t, "SHUTDOWN_TIMEOUT"))
	container := at(t, pod, "containers", 0)
	assert.Equal(t, defaults()["PORT"], strconv.Itoa(at(t, container, "ports", 0, "containerPort").(int)))
	for probe, path := range map[string]string{"readinessProbe": "/readyz", "livenessProbe": "/healthz"} {
		assert.Equal(t, path, at(t, container, probe, "httpGet", "path"))
		assert.Contains(t, paths(t), path)
	}
	assert.Equal(t, true, at(t, container, "securityContext", "readOnlyRootFilesystem"))
	assert.Equal(t, true, at(t, pod, "securityContext", "runAsNonRoot"))
	assert.Equal(t, "http", at(t, service, "spec", "ports", 0, "targetPort"))
	var egress []any
	for _, p := range at(t, policy, "spec", "egress", 0, "ports").([]any) {
		egress = append(egress, at(t, p, "port"))
	}
	assert.Equal(t, []any{8728, 8729}, egress, "the ports of the RouterOS API")
}

func TestCloudRunFile(t *testing.T) {
	template := at(t, documents(t, "cloudrun.yaml")[0], "spec", "template")
	annotations := at(t, template, "metadata", "annotations").(map[string]any)
	assert.Equal(t, "false", annotations["run.googleapis.com/cpu-throttling"])
	assert.Equal(t, "1", annotations["autoscaling.knative.dev/minScale"])
	assert.Equal(t, "1", annotations["autoscaling.knative.dev/maxScale"])
	timeout := time.Duration(at(t, template, "spec", "timeoutSeconds").(int)) * time.Second
	assert.LessOrEqual(t, timeout, time.Hour, "the most that the platform allows")
	assert.Less(t, lasting(t, "SSE_MAX_AGE"), timeout)
	container := at(t, template, "spec", "containers", 0)
	assert.Equal(t, "http1", at(t, container, "ports", 0, "name"))
	assert.Contains(t, paths(t), at(t, container, "startupProbe", "httpGet", "path"))
	assert.Contains(t, paths(t), at(t, container, "livenessProbe", "httpGet", "path"))
}

func TestSystemdUnit(t *testing.T) {
	unit := deployed(t, "mikronec.service")
	section, settings := "", make(map[string]string)
	for line := range strings.Lines(unit) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		default:
			key, value, ok := strings.Cut(line, "=")
			require.True(t, ok && section != "", line)
			settings[section+key] = value
		}
	}
	assert.Equal(t, "/usr/local/bin/mikronec", settings["[Service]ExecStart"])
	stop, err := strconv.Atoi(settings["[Service]TimeoutStopSec"])
	require.NoError(t, err)
	assert.Greater(t, time.Duration(stop)*time.Second, lasting(t, "SHUTDOWN_TIMEOUT"))
	assert.Equal(t, "yes", settings["[Service]DynamicUser"])

	// systemd itself says how far the service is shut in; a machine without it
	// has no opinion.
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("NOT CHECKED: systemd-analyze is not installed")
		return
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", filepath.Join(deploy, "mikronec.service")).CombinedOutput()
	require.NoError(t, err, string(out))
	level := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	require.NotNil(t, level, string(out))
	exposure, err := strconv.ParseFloat(string(level[1]), 64)
	require.NoError(t, err)
	assert.LessOrEqual(t, exposure, 2.0)
}

// The proxies must not hold streams back, nor give up before a heart-beat. That
// they work is shown by TestProxies of the server.
func TestProxyFiles(t *testing.T) {
	nginx, caddy := deployed(t, "nginx.conf"), deployed(t, "Caddyfile")
	for name, text := range map[string]string{"nginx.conf": nginx, "Caddyfile": caddy} {
		assert.Contains(t, text, "127.0.0.1:"+defaults()["PORT"], name)
	}
	assert.Contains(t, nginx, "proxy_buffering off;")
	assert.Contains(t, caddy, "flush_interval -1")
	timeout := regexp.MustCompile(`proxy_read_timeout (\d+s);`).FindStringSubmatch(nginx)
	require.NotNil(t, timeout)
	wait, err := time.ParseDuration(timeout[1])
	require.NoError(t, err)
	assert.Greater(t, wait, 2*lasting(t, "SSE_HEARTBEAT"))
}
