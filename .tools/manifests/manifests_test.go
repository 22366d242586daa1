// Package manifests holds the files of docs/deploy against the types of those who
// read them: a field that is misspelt, at the wrong place or of the wrong type
// would be passed over in silence, or refused, where they are used.
package manifests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var deploy = filepath.Join("..", "..", "docs", "deploy")

// decode reads one document strictly.
func decode(doc []byte) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(doc, &kind); err != nil {
		return err
	}
	object, ok := map[string]any{
		"apps/v1 Deployment":                 &appsv1.Deployment{},
		"apps/v1 StatefulSet":                &appsv1.StatefulSet{},
		"v1 Service":                         &corev1.Service{},
		"networking.k8s.io/v1 NetworkPolicy": &networkingv1.NetworkPolicy{},
		"policy/v1 PodDisruptionBudget":      &policyv1.PodDisruptionBudget{},
	}[kind.APIVersion+" "+kind.Kind]
	if !ok {
		return fmt.Errorf("%s %s is not known", kind.APIVersion, kind.Kind)
	}
	return yaml.UnmarshalStrict(doc, object)
}

func TestKubernetes(t *testing.T) {
	for _, name := range []string{"kubernetes.yaml", "kubernetes-fleet.yaml"} {
		t.Run(name, func(t *testing.T) { checkKubernetes(t, name) })
	}
}

func checkKubernetes(t *testing.T, name string) {
	text, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		t.Fatal(err)
	}
	docs := bytes.Split(text, []byte("\n---\n"))
	if len(docs) != 4 {
		t.Errorf("%d documents", len(docs))
	}
	for _, doc := range docs {
		if err := decode(doc); err != nil {
			t.Errorf("%v\n%s", err, doc)
		}
	}
	wrong := bytes.Replace(text, []byte("readOnlyRootFilesystem"), []byte("readonlyRootFileSystemm"), 1)
	if err := decode(bytes.Split(wrong, []byte("\n---\n"))[0]); err == nil {
		t.Error("a misspelt field is not found")
	}
}

// Compose reads the file as "docker compose config" does.
func TestCompose(t *testing.T) {
	for name, service := range map[string]string{"compose.yaml": "mikronec", "compose-fleet.yaml": "mikronec-2"} {
		t.Run(name, func(t *testing.T) { checkCompose(t, name, service) })
	}
}

func checkCompose(t *testing.T, name, service string) {
	load := func(file, key string) error {
		environment := []string{"MY_API_KEY=" + key, "SECRETS_KEY=k=c2VjcmV0"}
		options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environment), cli.WithName("mikronec"))
		if err != nil {
			return err
		}
		project, err := options.LoadProject(t.Context())
		if err != nil {
			return err
		}
		found, err := project.GetService(service)
		if err != nil {
			return err
		}
		if got := found.Environment["MY_API_KEY"]; got == nil || *got != key {
			t.Errorf("the key is %v", got)
		}
		return nil
	}
	file := filepath.Join(deploy, name)
	if err := load(file, "0123456789abcdef"); err != nil {
		t.Error(err)
	}
	if err := load(file, ""); err == nil {
		t.Error("it starts without a key")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(wrong, bytes.Replace(text, []byte("read_only"), []byte("readonly"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := load(wrong, "0123456789abcdef"); err == nil {
		t.Error("a misspelt field is not found")
	}
}
