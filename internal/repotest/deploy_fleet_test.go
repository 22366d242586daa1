package repotest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// needed are the variables without which an instance of a fleet does not start.
var needed = []string{"MY_API_KEY", "SECRETS_KEY", "NATS_URL"}

func TestComposeFileOfAFleet(t *testing.T) {
	services := at(t, documents(t, "compose-fleet.yaml")[0], "services").(map[string]any)
	require.Contains(t, services, "nats")
	assert.Contains(t, at(t, services["nats"], "command"), "--jetstream")
	names := make(map[any]bool)
	for _, service := range []string{"mikronec-1", "mikronec-2"} {
		environment := at(t, services[service], "environment").(map[string]any)
		for _, name := range needed {
			assert.NotEmpty(t, environment[name], "%s of %s", name, service)
		}
		assert.Equal(t, "nats://nats:4222", environment["NATS_URL"])
		names[environment["INSTANCE"]] = true
		grace, err := time.ParseDuration(at(t, services[service], "stop_grace_period").(string))
		require.NoError(t, err)
		assert.Greater(t, grace, lasting(t, "SHUTDOWN_TIMEOUT"))
		assert.Equal(t, true, at(t, services[service], "read_only"))
	}
	assert.Len(t, names, 2, "each instance has a name of its own")
}

// variablesOf returns the variables of a container: values, and whatever else for those
// from elsewhere.
func variablesOf(t *testing.T, container any) map[string]any {
	t.Helper()
	variables := make(map[string]any)
	for _, v := range at(t, container, "env").([]any) {
		variable := v.(map[string]any)
		name := variable["name"].(string)
		if variables[name] = variable["value"]; variables[name] == nil {
			variables[name] = variable["valueFrom"]
		}
	}
	return variables
}

func TestKubernetesFileOfAFleet(t *testing.T) {
	byKind := make(map[string]map[string]any)
	for _, doc := range documents(t, "kubernetes-fleet.yaml") {
		byKind[doc["kind"].(string)] = doc
	}
	set := byKind["StatefulSet"]
	assert.Equal(t, 3, at(t, set, "spec", "replicas"))
	container := at(t, set, "spec", "template", "spec", "containers", 0)
	variables := variablesOf(t, container)
	for _, name := range needed {
		assert.NotEmpty(t, variables[name], name)
	}
	assert.Equal(t, "metadata.name", at(t, variables["INSTANCE"], "fieldRef", "fieldPath"), "the name stays over a restart")
	assert.Equal(t, "3", variables["NATS_REPLICAS"])
	assert.Contains(t, at(t, byKind["NetworkPolicy"], "spec", "egress", 1, "ports", 0), "port")
	assert.Equal(t, 4222, at(t, byKind["NetworkPolicy"], "spec", "egress", 1, "ports", 0, "port"))
	assert.Equal(t, 1, at(t, byKind["PodDisruptionBudget"], "spec", "maxUnavailable"))
	labels := at(t, set, "spec", "template", "metadata", "labels")
	for kind, selector := range map[string]any{
		"StatefulSet": at(t, set, "spec", "selector", "matchLabels"), "Service": at(t, byKind["Service"], "spec", "selector"),
		"NetworkPolicy":       at(t, byKind["NetworkPolicy"], "spec", "podSelector", "matchLabels"),
		"PodDisruptionBudget": at(t, byKind["PodDisruptionBudget"], "spec", "selector", "matchLabels"),
	} {
		assert.Equal(t, labels, selector, "%s selects the pods", kind)
	}
}

func TestCloudRunFileOfAFleet(t *testing.T) {
	template := at(t, documents(t, "cloudrun-fleet.yaml")[0], "spec", "template")
	annotations := at(t, template, "metadata", "annotations").(map[string]any)
	assert.Equal(t, "false", annotations["run.googleapis.com/cpu-throttling"], "leases are renewed between requests")
	container := at(t, template, "spec", "containers", 0)
	variables := variablesOf(t, container)
	for _, name := range needed {
		assert.NotEmpty(t, variables[name], name)
	}
	assert.NotContains(t, variables, "INSTANCE", "each instance has a name of its own")
	mounted := at(t, container, "volumeMounts", 0, "mountPath").(string)
	file := at(t, template, "spec", "volumes", 0, "secret", "items", 0, "path").(string)
	assert.Equal(t, mounted+"/"+file, variables["NATS_CREDENTIALS"])
	probe := at(t, container, "startupProbe")
	patience := time.Duration(at(t, probe, "periodSeconds").(int)*at(t, probe, "failureThreshold").(int)) * time.Second
	assert.Greater(t, patience, 30*time.Second, "a start waits that long for NATS")
}
