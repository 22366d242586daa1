package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who calls an exported function can write the type of what it returns. An unexported
// interface is allowed: the caller knows its methods.
func TestExportedFunctionsReturnExportedTypes(t *testing.T) {
	functions := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name := entry.Name(); name == "node_modules" || name == "testdata" || name == "dist" || len(name) > 2 && name[0] == '.' {
			return filepath.SkipDir
		}
		texts := map[string]string{}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && err == nil {
				var text []byte
				text, err = os.ReadFile(file)
				texts[file] = string(text)
			}
		}
		found, all := unexportedResults(t, texts)
		assert.Empty(t, found, path)
		functions += all
		return err
	}))
	assert.Greater(t, functions, 500, "the functions were found")
}

func TestUnexportedResultsAreFound(t *testing.T) {
	found, all := unexportedResults(t, map[string]string{
		"types.go": "package x; type hidden struct{}; type able interface{}; type Shown struct{}; type list[T any] []T",
		"funcs.go": `package x
			func A() hidden { return hidden{} }
			func B() (*hidden, error) { return nil, nil }
			func C() []map[string][]hidden { return nil }
			func H() map[list[int]]string { return nil }
			func (*Shown) D() <-chan hidden { return nil }
			func E() list[int] { return nil }
			func (hidden) Own() hidden { return hidden{} }
			func own() hidden { return hidden{} }
			func F() (able, *Shown, string, error) { return nil, nil, "", nil }
			func G[T any](of T) T { return of }`,
	})
	assert.Equal(t, []string{"A: hidden", "B: hidden", "C: hidden", "D: hidden", "E: list", "H: list"}, found)
	assert.Equal(t, 8, all)
}

// unexportedResults returns the exported functions of a package that return a type that is
// not, with its name, and the number of all exported functions.
func unexportedResults(t *testing.T, texts map[string]string) (found []string, functions int) {
	t.Helper()
	unexported := map[string]bool{}
	var exported []*ast.FuncDecl
	set := token.NewFileSet()
	for name, text := range texts {
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && !s.Name.IsExported() {
						_, able := s.Type.(*ast.InterfaceType)
						unexported[s.Name.Name] = !able
					}
				}
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(named(d.Recv.List[0].Type)[0])) {
					exported = append(exported, d)
				}
			}
		}
	}
	for _, d := range exported {
		if d.Type.Results == nil {
			continue
		}
		for _, result := range d.Type.Results.List {
			for _, name := range named(result.Type) {
				if unexported[name] {
					found = append(found, d.Name.Name+": "+name)
				}
			}
		}
	}
	slices.Sort(found)
	return found, len(exported)
}

// named returns the names of the types that an expression is made of.
func named(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.Ident:
		return []string{e.Name}
	case *ast.StarExpr:
		return named(e.X)
	case *ast.ArrayType:
		return named(e.Elt)
	case *ast.ChanType:
		return named(e.Value)
	case *ast.MapType:
		return append(named(e.Key), named(e.Value)...)
	case *ast.IndexExpr:
		return named(e.X)
	case *ast.IndexListExpr:
		return named(e.X)
	}
	return nil
}
