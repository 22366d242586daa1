// Platforms checks the types of a program as other platforms see them: go run ./platforms
// -C DIR GOOS/GOARCH ...
//
// It finds what does not compile elsewhere, such as a constant that 32 bits do not hold or
// a system call that Windows does not have, and makes no machine code, which takes most of
// the time of a compiler.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	dir := flag.String("C", ".", "the folder of the module")
	flag.Parse()
	found := 0
	for _, platform := range flag.Args() {
		problems, err := check(*dir, platform)
		if err != nil {
			problems = []string{err.Error()}
		}
		for _, problem := range problems {
			fmt.Fprintln(os.Stderr, platform+": "+problem)
		}
		found += len(problems)
	}
	if found > 0 {
		os.Exit(1)
	}
}

// check returns what does not compile for a platform, GOOS/GOARCH; what follows, such as
// the version of arm, does not change types.
func check(dir, platform string) (problems []string, err error) {
	parts := strings.Split(platform, "/")
	if len(parts) < 2 {
		return nil, fmt.Errorf("write a platform as GOOS/GOARCH")
	}
	cfg := &packages.Config{Dir: dir, Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS="+parts[0], "GOARCH="+parts[1])}
	own, err := linked(cfg)
	if err != nil {
		return nil, err
	}
	// Of what is not named here, Load leaves out what is inside functions.
	cfg.Mode = packages.NeedName | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
		packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax
	list, err := packages.Load(cfg, own...)
	if err != nil {
		return nil, err
	}
	packages.Visit(list, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			problems = append(problems, e.Error())
		}
	})
	return problems, nil
}

// linked returns the packages of its own module that the program in the folder contains.
func linked(cfg *packages.Config) (paths []string, err error) {
	cfg.Mode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	list, err := packages.Load(cfg, ".")
	if err != nil {
		return nil, err
	}
	packages.Visit(list, nil, func(p *packages.Package) {
		if p.Module != nil && p.Module.Main {
			paths = append(paths, p.PkgPath)
		}
	})
	return paths, nil
}
