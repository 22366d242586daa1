package openapi

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is a document to hold answers against. It may be used concurrently.
type Document struct {
	root     object
	paths    []path
	compiler *jsonschema.Compiler // guarded by mu

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by pointer; guarded by mu
	known   map[[sha256.Size]byte]bool    // schemas and texts of JSON that are in them; guarded by mu
}

// maxKnown bounds what is remembered to some 5 MB.
const maxKnown = 1 << 16

// path is a path of the document, in elements.
type path struct {
	template string
	elements []string
}

const resource = "openapi.json"

// Parse reads a document, as JSON.
func Parse(text []byte) (*Document, error) {
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	root, ok := content.(object)
	if !ok {
		return nil, fmt.Errorf("the document is no object")
	}
	d := &Document{root: root, compiler: jsonschema.NewCompiler(), schemas: make(map[string]*jsonschema.Schema), known: make(map[[sha256.Size]byte]bool)}
	for _, template := range sorted(at(root, "paths")) {
		d.paths = append(d.paths, path{template, strings.Split(template, "/")})
	}
	// Of /run/batch and /run/{id} the former is first.
	slices.SortStableFunc(d.paths, func(a, b path) int { return strings.Count(a.template, "{") - strings.Count(b.template, "{") })
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.UseRegexpEngine(compile)
	return d, d.compiler.AddResource(resource, content)
}

// everything is the empty pattern, against which every field of every row is held.
type everything struct{}

func (everything) MatchString(string) bool { return true }
func (everything) String() string          { return "" }

// compile compiles a pattern. The empty one matches without package regexp, which takes most
// of the time of a check then.
func compile(pattern string) (jsonschema.Regexp, error) {
	if pattern == "" {
		return everything{}, nil
	}
	return regexp.Compile(pattern)
}

// match reports whether a path of a request is one of the template. The parameter {path}
// takes all elements that follow.
func (p path) match(elements []string) bool {
	for i, e := range p.elements {
		switch {
		case i >= len(elements):
			return false
		case e == "{path}":
			return true
		case strings.HasPrefix(e, "{"):
			if elements[i] == "" {
				return false
			}
		case e != elements[i]:
			return false
		}
	}
	return len(p.elements) == len(elements)
}

// operation returns the operation of a request and its pointer; nil if the document has
// none.
func (d *Document) operation(method string, u *url.URL) (object, string) {
	elements := strings.Split(u.EscapedPath(), "/")
	for _, p := range d.paths {
		if !p.match(elements) {
			continue
		}
		if method == http.MethodHead {
			method = http.MethodGet
		}
		name := strings.ToLower(method)
		item := at(d.root, "paths", p.template)
		if operation, ok := item[name].(object); ok {
			return operation, pointer("paths", p.template, name)
		}
		return nil, ""
	}
	return nil, ""
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is a JSON pointer as the fragment of a URI.
func pointer(names ...string) string {
	var b strings.Builder
	b.WriteString("#")
	for _, name := range names {
		name = escaper.Replace(name)
		b.WriteString("/" + url.PathEscape(name))
	}
	return b.String()
}

// follow returns what a reference refers to, and its pointer, or o itself.
func (d *Document) follow(o object, at string) (object, string) {
	to, ok := o["$ref"].(string)
	if !ok {
		return o, at
	}
	found := d.root
	for name := range strings.SplitSeq(strings.TrimPrefix(to, "#/"), "/") {
		found, _ = found[name].(object)
	}
	return found, to
}

// response returns the response of an operation with a status, and its pointer; nil if
// the document has none.
func (d *Document) response(operation object, pointerOf string, status int) (object, string) {
	code := strconv.Itoa(status)
	response, ok := at(operation, "responses")[code].(object)
	if !ok {
		return nil, ""
	}
	return d.follow(response, pointerOf+"/responses/"+code)
}

// Validate holds a value, as encoding/json decodes it, against the schema at a pointer such as
// #/components/schemas/Router.
func (d *Document) Validate(pointerOf string, value any) error {
	schema, err := d.schema(pointerOf)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (d *Document) schema(pointerOf string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[pointerOf]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(resource + pointerOf)
	if err == nil {
		d.schemas[pointerOf] = s
	}
	return s, err
}

// has reports whether the document has a schema.
func (d *Document) has(name string) bool { return at(d.root, "components", "schemas")[name] != nil }

// validateJSON is validate for text.
func (d *Document) validateJSON(pointerOf string, text []byte) error {
	return d.once(pointerOf, text, func(value any) error { return d.Validate(pointerOf, value) })
}

// once decodes JSON and holds it against schemas that follow from where it is, and from the
// text. A text that was found to be in them is not looked at again: tests get many answers
// over and over.
func (d *Document) once(where string, text []byte, check func(value any) error) error {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", where)
	sum.Write(text)
	key := [sha256.Size]byte(sum.Sum(nil))
	d.mu.Lock()
	known := d.known[key]
	d.mu.Unlock()
	if known {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = check(value)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && len(d.known) < maxKnown {
		d.known[key] = true
	}
	return err
}
