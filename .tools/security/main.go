// Security checks the packages of a module with the rules of gosec:
// go run ./security -C DIR -exclude RULES -exclude-dir DIRS
//
// The command gosec asks the go command three questions for each package, which takes most
// of its time. This one loads all packages at once.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/rules"
	"golang.org/x/tools/go/packages"
)

func main() {
	dir := flag.String("C", ".", "the folder of the module")
	exclude := flag.String("exclude", "", "rules that are left out, separated by commas")
	excludeDir := flag.String("exclude-dir", "", "folders whose packages are left out, separated by commas")
	flag.Parse()
	problems, err := check(*dir, list(*exclude), list(*excludeDir))
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

func list(s string) []string { return strings.FieldsFunc(s, func(c rune) bool { return c == ',' }) }

// check returns what the rules find in the packages of a module, without their tests.
// Generated files are left out, and what is marked as a false positive.
func check(dir string, without, leftOut []string) (problems []string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	loaded, err := packages.Load(&packages.Config{Dir: dir, Mode: gosec.LoadMode}, "./...")
	if err != nil {
		return nil, err
	}
	analyzer := gosec.NewAnalyzer(gosec.NewConfig(), false, true, false, 1, log.New(io.Discard, "", 0))
	analyzer.LoadRules(rules.Generate(false, rules.NewRuleFilter(true, without...)).RulesInfo())
	for _, p := range loaded {
		for _, e := range p.Errors {
			problems = append(problems, e.Error())
		}
		if len(p.Errors) > 0 || excluded(dir, p, leftOut) {
			continue
		}
		analyzer.CheckRules(p)
		analyzer.CheckAnalyzers(p)
	}
	found, _, _ := analyzer.Report()
	for _, i := range found {
		// Rules are left out above; those that work on SSA form are not.
		if slices.Contains(without, i.RuleID) {
			continue
		}
		file, err := filepath.Rel(dir, i.File)
		if err != nil {
			file = i.File
		}
		line, _, _ := strings.Cut(i.Line, "-") // of a range
		problems = append(problems, fmt.Sprintf("%s:%s: %s (%s, severity %s, confidence %s)", file, line, i.What, i.RuleID, i.Severity, i.Confidence))
	}
	slices.Sort(problems)
	return problems, nil
}

// excluded reports whether a package is in one of the folders.
func excluded(dir string, p *packages.Package, folders []string) bool {
	if len(p.GoFiles) == 0 {
		return true // has tests only
	}
	own, err := filepath.Rel(dir, filepath.Dir(p.GoFiles[0]))
	return err == nil && slices.ContainsFunc(folders, func(folder string) bool {
		return own == folder || strings.HasPrefix(own, folder+string(filepath.Separator))
	})
}
