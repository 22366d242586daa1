// Platforms checks the types of a program as other platforms see them: go run ./platforms
// -C DIR GOOS/GOARCH ...
//
// It finds what does not compile elsewhere, such as a constant that 32 bits do not hold or
// a system call that Windows does not have, and makes no machine code, which takes most of
// the time of a compiler.
package main

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	dir := flag.String("C", ".", "the folder of the module")
	flag.Parse()
	source := newSource()
	found := 0
	for _, platform := range flag.Args() {
		problems, err := source.check(*dir, platform)
		if err != nil {
			problems = append(problems, err.Error())
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

// source holds what was parsed: most files are those of all platforms.
type source struct {
	fset  *token.FileSet
	files map[string]*ast.File // by path
}

func newSource() *source {
	return &source{fset: token.NewFileSet(), files: map[string]*ast.File{}}
}

// check returns what of the program in the folder does not compile for a platform,
// GOOS/GOARCH; what follows, such as the version of arm, does not change types. Of packages
// of other modules, what is inside functions is left to those who write them.
func (s *source) check(dir, platform string) (problems []string, err error) {
	parts := strings.Split(platform, "/")
	if len(parts) < 2 {
		return nil, errors.New("write a platform as GOOS/GOARCH")
	}
	list, err := packages.Load(&packages.Config{
		Dir:  dir,
		Env:  append(os.Environ(), "CGO_ENABLED=0", "GOOS="+parts[0], "GOARCH="+parts[1]),
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedTypesSizes,
	}, ".")
	if err != nil {
		return nil, err
	}
	checked := imported{"unsafe": types.Unsafe}
	report := func(err error) { problems = append(problems, err.Error()) }
	packages.Visit(list, nil, func(p *packages.Package) { // imports come first
		for _, e := range p.Errors {
			report(e)
		}
		if p.PkgPath == "unsafe" {
			return
		}
		if err == nil {
			checked[p.PkgPath], err = s.types(p, checked, report)
		}
	})
	return problems, err
}

// types returns the types of a package, and reports what is wrong with them.
func (s *source) types(p *packages.Package, checked imported, report func(error)) (*types.Package, error) {
	own := p.Module != nil && p.Module.Main
	files := make([]*ast.File, len(p.GoFiles))
	for i, path := range p.GoFiles {
		var err error
		if files[i], err = s.parse(path, own); err != nil {
			return nil, err
		}
	}
	config := types.Config{Importer: of{p, checked}, Sizes: p.TypesSizes, IgnoreFuncBodies: !own, Error: report}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	result, _ := config.Check(p.PkgPath, s.fset, files, nil) // errors were reported
	return result, nil
}

func (s *source) parse(path string, own bool) (*ast.File, error) {
	if file, ok := s.files[path]; ok {
		return file, nil
	}
	file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if !own {
		strip(file)
	}
	s.files[path] = file
	return file, nil
}

// strip removes what changes no type: what is inside functions, and the elements of tables
// such as those of Unicode, which took a third of the time.
func strip(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				d.Body = &ast.BlockStmt{}
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				for _, value := range spec.(*ast.ValueSpec).Values {
					if u, ok := value.(*ast.UnaryExpr); ok {
						value = u.X
					}
					if table, ok := value.(*ast.CompositeLit); ok && !counted(table.Type) {
						table.Elts = nil
					}
				}
			}
		}
	}
}

// counted reports whether the number of elements is part of the type.
func counted(table ast.Expr) bool {
	array, ok := table.(*ast.ArrayType)
	if !ok {
		return false
	}
	_, ok = array.Len.(*ast.Ellipsis)
	return ok
}

// imported are the packages of a program by their paths.
type imported map[string]*types.Package

// of finds what a package imports: a path in its source is another one where the standard
// library contains a copy of a module.
type of struct {
	p       *packages.Package
	checked imported
}

func (o of) Import(path string) (*types.Package, error) {
	p, ok := o.p.Imports[path]
	if !ok || o.checked[p.PkgPath] == nil {
		return nil, fmt.Errorf("%s was not found", path)
	}
	return o.checked[p.PkgPath], nil
}
