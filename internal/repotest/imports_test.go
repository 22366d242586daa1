package repotest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/aprakasa/mikronec"

// allowed lists for each package the packages of this module it may import,
// paths relative to internal/ ("main" and "docs" are at the top). Imports go
// one way, from main down to the codec, so that every package can be read and
// tested without those above it. Test files are free to import more.
//
// A new package needs a line here: deciding who may import whom is part of
// adding it.
var allowed = map[string][]string{
	"main":             {"cli"},
	"cli":              {"access", "config", "dialpolicy", "doctor", "keys", "routerfile", "secret", "server", "sim", "alert", "alertfile", "notify"},
	"docs":             {},
	"server":           {"history", "search", "access", "api", "audit", "bus", "config", "datadir", "device", "dialpolicy", "errcode", "fleet", "instance", "keys", "limit", "manager", "metrics", "poller", "pool", "register", "routerfile", "routeros", "routeros/charset", "rules", "secret", "ticket", "sse", "alert", "alertfile", "notify", "board"},
	"api":              {"history", "access", "audit", "web", "gzipblock", "hub", "keys", "limit", "sse", "device", "doctor", "errcode", "manager", "poller", "pool", "register", "rest", "routerfile", "routeros", "routeros/menu", "routeros/proto", "rules", "search", "secret", "ticket", "users", "docs", "alert", "notify"},
	"metrics":          {"errcode", "hub", "manager", "pool", "routeros", "sse", "alert", "notify"},
	"alertfile":        {"alert", "dialpolicy", "notify", "secret", "textfile"},
	"notify":           {"alert", "dialpolicy", "errcode", "secret"},
	"board":            {"register"},
	"alert":            {"errcode", "manager", "poller", "pool", "routeros/charset", "routeros/menu", "routeros/proto"},
	"manager":          {"history", "search", "device", "doctor", "errcode", "hub", "poller", "pool", "register", "routeros", "routeros/menu", "users"},
	"register":         {"errcode", "pool", "routeros", "routeros/charset", "secret"},
	"routerfile":       {"register", "secret", "textfile"},
	"relay":            {"device", "errcode", "poller", "pool", "routeros", "routeros/charset", "routeros/proto", "rules"},
	"device":           {"history", "search", "doctor", "errcode", "hub", "poller", "pool", "routeros", "routeros/charset", "routeros/menu", "routeros/proto", "users"},
	"rest":             {"errcode", "routeros", "routeros/proto", "rules"},
	"errcode":          {"pool", "routeros"},
	"poller":           {"history", "search", "routeros", "routeros/charset", "routeros/menu", "routeros/proto", "users"},
	"users":            {"routeros", "routeros/charset", "routeros/menu", "routeros/proto", "search"},
	"search":           {},
	"history":          {},
	"pool":             {"routeros", "routeros/charset", "routeros/proto", "secret"},
	"routeros":         {"routeros/charset", "routeros/proto"},
	"routeros/menu":    {"routeros/charset", "routeros/proto"},
	"routeros/charset": {},
	"routeros/proto":   {},
	"doctor":           {"routeros", "routeros/charset", "routeros/menu"},
	"sim":              {"routeros/proto"},
	"hub":              {"gzipblock"},
	"gzipblock":        {},
	"sse":              {"gzipblock", "hub"},
	"config":           {"dialpolicy", "rules"},
	"dialpolicy":       {},
	"limit":            {},
	"access":           {"rules", "textfile"},
	"datadir":          {"history", "keys", "register", "secret"},
	"keys":             {"access", "errcode", "register", "secret"},
	"ticket":           {},
	"secret":           {},
	"textfile":         {},
	"rules":            {},
	"audit":            {"rules"},
	"web":              {"client/typescript"},
	"bus":              {"register"},
	"fleet":            {"bus"},
	"exchange":         {"device", "errcode", "hub"},
	"instance":         {"bus", "device", "doctor", "history", "errcode", "exchange", "fleet", "hub", "manager", "poller", "pool", "register", "relay", "routeros", "rules", "search", "users"},
	"repotest":         {},
	"browser":          {},
	// For users of the server; nothing else in this module imports the Go client.
	"client":            {},
	"client/typescript": {},
	// For tests only.
	"chromium":   {"engine"},
	"engine":     {},
	"fleettest":  {"bench", "natsserver", "secret", "sim"},
	"natsserver": {"bench", "engine"},
	"openapi":    {"errcode", "poller", "routeros/menu"},
	// Programs that measure; nothing imports them.
	"bench":           {},
	"bench/alerts":    {"bench", "sim"},
	"bench/fleet":     {"bench", "routeros", "routeros/menu", "routeros/proto"},
	"bench/soak":      {"access", "bench", "hub", "sim"},
	"bench/traffic":   {"bench", "sim"},
	"bench/viewers":   {"bench"},
	"bench/fleetrest": {"bench", "fleettest", "sim"},
	"bench/fleetsoak": {"bench", "fleettest", "sim"},
	"fleettest/demo":  {"fleettest", "sim"},
}

// standardOnly lists packages that import nothing from other modules: the
// codec and the hub because everything rests on them, the simulator because
// it has to be an opinion of its own about the protocol, the Go client because
// whoever imports it would get what it imports.
var standardOnly = []string{"routeros/proto", "hub", "sim", "client"}

// vague lists names that invite anything at all.
var vague = []string{"utils", "util", "types", "helpers", "common", "models"}

// goPackage is the part of the output of go list -json that matters here.
type goPackage struct {
	ImportPath, Name, Doc string
	Imports               []string
}

// room is the key of the package in allowed.
func room(importPath string) string {
	if importPath == module {
		return "main"
	}
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module+"/"), "internal/")
}

// violations says how the package breaks the rules above.
func violations(p goPackage) []string {
	name := room(p.ImportPath)
	may, listed := allowed[name]
	if !listed {
		return []string{name + " is not listed in this test; say there what it may import"}
	}
	var broken []string
	if p.Doc == "" {
		broken = append(broken, name+" has no package comment")
	}
	for _, imported := range p.Imports {
		if inside := strings.HasPrefix(imported, module); inside && !slices.Contains(may, room(imported)) {
			broken = append(broken, fmt.Sprintf("%s must not import %s", name, room(imported)))
		} else if first, _, _ := strings.Cut(imported, "/"); !inside && strings.Contains(first, ".") && slices.Contains(standardOnly, name) {
			broken = append(broken, fmt.Sprintf("%s must not import %s, only the standard library", name, imported))
		}
	}
	return broken
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range listPackages(t) {
		assert.Empty(t, violations(p), p.ImportPath)
	}
}

func TestAllowedImportsHaveNoVagueNamesAndNoCycle(t *testing.T) {
	var depth func(name string, above []string)
	depth = func(name string, above []string) {
		require.NotContains(t, above, name, "the table lets packages import one another in a circle")
		assert.NotContains(t, vague, path.Base(name))
		require.Contains(t, allowed, name, "a package that may be imported has to be listed")
		for _, imported := range allowed[name] {
			depth(imported, append(above, name))
		}
	}
	for name := range allowed {
		depth(name, nil)
	}
}

func TestViolations(t *testing.T) {
	for name, tt := range map[string]struct {
		pkg  goPackage
		want []string
	}{
		"downwards":      {goPackage{module + "/internal/pool", "pool", "x", []string{"net", module + "/internal/routeros", "github.com/a/b"}}, nil},
		"upwards":        {goPackage{module + "/internal/pool", "pool", "x", []string{module + "/internal/manager"}}, []string{"pool must not import manager"}},
		"past a floor":   {goPackage{module, "main", "x", []string{module + "/internal/hub"}}, []string{"main must not import hub"}},
		"unlisted":       {goPackage{module + "/internal/normalize", "normalize", "x", nil}, []string{"normalize is not listed in this test; say there what it may import"}},
		"no comment":     {goPackage{module + "/internal/hub", "hub", "", []string{"sync"}}, []string{"hub has no package comment"}},
		"another module": {goPackage{module + "/internal/sim", "sim", "x", []string{"github.com/a/b"}}, []string{"sim must not import github.com/a/b, only the standard library"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, violations(tt.pkg))
		})
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	// -e: a package that does not build is some other test's finding.
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Doc,Imports", "./...")
	cmd.Dir = root
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, problems.String())

	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}
