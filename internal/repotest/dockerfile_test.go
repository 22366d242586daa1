package repotest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the top of the repository as seen from this package.
const root = "../.."

// instruction is one step of a Dockerfile: FROM, COPY and so on.
type instruction struct {
	name, args string
}

// stages reads the Dockerfile and splits it at its FROM lines. It knows
// comments and continued lines, which is all that ours uses.
func stages(t *testing.T) [][]instruction {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	require.NoError(t, err)

	var all [][]instruction
	var pending string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if part, more := strings.CutSuffix(line, "\\"); more {
			pending += part
			continue
		}
		name, args, _ := strings.Cut(pending+line, " ")
		pending = ""
		if name == "FROM" {
			all = append(all, nil)
		}
		require.NotEmpty(t, all, "%s before the first FROM", name)
		last := len(all) - 1
		all[last] = append(all[last], instruction{name, strings.Join(strings.Fields(args), " ")})
	}
	require.Empty(t, pending, "the last line is continued")
	require.Len(t, all, 2, "one stage builds, one runs")
	return all
}

// args returns what follows each instruction of that name.
func args(stage []instruction, name string) []string {
	var found []string
	for _, i := range stage {
		if i.name == name {
			found = append(found, i.args)
		}
	}
	return found
}

func TestImageRunsNothingButTheBinary(t *testing.T) {
	final := stages(t)[1]
	assert.Equal(t, []string{"scratch"}, args(final, "FROM"), "no shell, no package manager")
	assert.Empty(t, args(final, "RUN"))
	assert.Empty(t, args(final, "ADD"))
	assert.Equal(t, []string{
		"--from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/",
		"--from=build /out/mikronec /mikronec",
	}, args(final, "COPY"))
	assert.Equal(t, []string{"8080"}, args(final, "EXPOSE"))

	user := args(final, "USER")
	require.Len(t, user, 1)
	assert.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, user[0], "numeric, so that runAsNonRoot can see that it is not root")
}

func TestImageCommandsAreInExecForm(t *testing.T) {
	final := stages(t)[1]
	health := args(final, "HEALTHCHECK")
	require.Len(t, health, 1)
	_, command, found := strings.Cut(health[0], "CMD ")
	require.True(t, found)
	entry := args(final, "ENTRYPOINT")
	require.Len(t, entry, 1)

	for text, want := range map[string][]string{
		command:  {"/mikronec", "healthcheck"},
		entry[0]: {"/mikronec"},
	} {
		var words []string
		require.NoError(t, json.Unmarshal([]byte(text), &words), "%s needs a shell, and there is none", text)
		assert.Equal(t, want, words)
	}
}

func TestImageBuild(t *testing.T) {
	build := stages(t)[0]
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(gomod)
	require.NotNil(t, version)
	assert.Equal(t, []string{"golang:" + string(version[1]) + " AS build"}, args(build, "FROM"))
	assert.Contains(t, args(build, "ARG"), "VERSION=dev")

	runs := strings.Join(args(build, "RUN"), "\n")
	for _, part := range []string{
		"CGO_ENABLED=0", "-trimpath", "-X main.version=${VERSION}", "-o /out/mikronec",
		"--mount=type=cache,target=/go/pkg/mod", "--mount=type=cache,target=/go/cache",
	} {
		assert.Contains(t, runs, part)
	}
	assert.Contains(t, args(build, "ENV"), "GOCACHE=/go/cache", "the compiler uses the cache that is mounted")
}

// TestImageBuildSeesEverySource fails when a folder of Go code is not copied
// into the build, or when .dockerignore and the COPY lines disagree.
func TestImageBuildSeesEverySource(t *testing.T) {
	var copied []string
	for _, c := range args(stages(t)[0], "COPY") {
		words := strings.Fields(c)
		for _, source := range words[:len(words)-1] {
			copied = append(copied, strings.TrimPrefix(source, "./"))
		}
	}
	var letIn []string
	ignore, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	require.NoError(t, err)
	for line := range strings.Lines(string(ignore)) {
		if source, found := strings.CutPrefix(strings.TrimSpace(line), "!"); found {
			letIn = append(letIn, source)
		}
	}
	assert.Contains(t, string(ignore), "\n*\n", "everything is kept out that is not let in")
	assert.ElementsMatch(t, copied, letIn)

	for _, source := range copied {
		_, err := os.Stat(filepath.Join(root, source))
		assert.NoError(t, err)
	}
	for _, p := range listPackages(t) {
		if p.ImportPath == module {
			continue // main.go, which is a file to copy, not a folder
		}
		top, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module+"/"), "/")
		assert.Contains(t, copied, top, "holds %s", p.ImportPath)
	}
}
