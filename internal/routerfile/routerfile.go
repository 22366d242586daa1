// Package routerfile reads and writes the file of declared routers (ROUTERS_FILE), which
// is YAML:
//
//	routers:
//	  - router_id: cabang-jakarta-01
//	    host: 192.168.88.1        # the port is optional
//	    user: api
//	    pass_file: /run/secrets/cabang-jakarta-01   # or pass_env: the name of a variable
//	    comment: first floor      # optional, as are the following
//	    code_page: windows-1252
//	    tls:
//	      mode: pin
//	      fingerprint: "3A:5C:…"
//
// It never has a password.
package routerfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/textfile"
)

// Limits of the file and of a file with a password, in bytes.
const (
	maxFile     = 16 << 20
	maxPassword = 4 << 10
)

// file is the content of the file.
type file struct {
	Routers *[]entry `yaml:"routers"`
}

// entry is one router in the file.
type entry struct {
	RouterID string        `yaml:"router_id"`
	Host     string        `yaml:"host"`
	User     string        `yaml:"user"`
	PassFile string        `yaml:"pass_file,omitempty"`
	PassEnv  string        `yaml:"pass_env,omitempty"`
	CodePage string        `yaml:"code_page,omitempty"`
	Comment  string        `yaml:"comment,omitempty"`
	TLS      *register.TLS `yaml:"tls,omitempty"`
}

// Mistakes are all that is wrong in a file.
type Mistakes struct {
	Path string
	List []string // each with the line or the router
}

func (m *Mistakes) Error() string {
	return m.Path + ":\n  " + strings.Join(m.List, "\n  ")
}

// Declared is what a file declares.
type Declared struct {
	Routers []register.Router
	Files   []string // that were read, sorted: the file itself, and those with passwords
}

// Read reads a file, with the passwords that it names: relative paths begin at the folder
// of the file, variables are found by lookup, normally os.LookupEnv. The error is a
// [*Mistakes], or that of reading the file; it has no password.
func Read(path string, lookup func(name string) (string, bool)) (Declared, error) {
	text, err := textfile.Read(path, maxFile)
	if err != nil {
		return Declared{}, err
	}
	reader := reader{folder: filepath.Dir(path), lookup: lookup, found: Mistakes{Path: path}}
	reader.out.Files = []string{path}
	reader.parse(text)
	slices.Sort(reader.out.Files)
	reader.out.Files = slices.Compact(reader.out.Files)
	if len(reader.found.List) > 0 {
		return Declared{Files: reader.out.Files}, &reader.found
	}
	return reader.out, nil
}

// reader reads one file.
type reader struct {
	folder string
	lookup func(name string) (string, bool)
	found  Mistakes
	out    Declared
}

func (r *reader) wrong(format string, args ...any) {
	r.found.List = append(r.found.List, fmt.Sprintf(format, args...))
}

func (r *reader) parse(text []byte) {
	var content file
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	switch err := dec.Decode(&content); {
	case errors.Is(err, io.EOF), err == nil && content.Routers == nil:
		r.wrong(`there is no list "routers"; write "routers: []" for none`)
		return
	case err != nil:
		for line := range strings.Lines(err.Error()) {
			if line = strings.TrimSpace(line); line != "yaml: unmarshal errors:" {
				r.wrong("%s", strings.TrimPrefix(line, "yaml: "))
			}
		}
		return
	}
	if err := dec.Decode(new(file)); !errors.Is(err, io.EOF) {
		r.wrong("there is more than one YAML document")
		return
	}
	seen := make(map[string]bool)
	for i, e := range *content.Routers {
		name := fmt.Sprintf("router %d (%q)", i+1, e.RouterID)
		if seen[e.RouterID] {
			r.wrong("%s: this router_id is declared twice", name)
			continue
		}
		seen[e.RouterID] = true
		router, err := r.router(e)
		if err != nil {
			r.wrong("%s: %v", name, err)
			continue
		}
		r.out.Routers = append(r.out.Routers, router)
	}
}

func (r *reader) router(e entry) (register.Router, error) {
	if err := register.CheckID(e.RouterID); err != nil {
		return register.Router{}, err
	}
	if err := register.CheckComment(e.Comment); err != nil {
		return register.Router{}, err
	}
	if e.Host == "" || e.User == "" {
		return register.Router{}, errors.New("host and user must be given")
	}
	password, err := r.password(e)
	if err != nil {
		return register.Router{}, err
	}
	settings := register.Settings{Host: e.Host, User: e.User, Password: password, CodePage: e.CodePage, TLS: e.TLS}
	key, err := settings.Key()
	return register.Router{ID: e.RouterID, Comment: e.Comment, Key: key}, err
}

func (r *reader) password(e entry) (secret.Text, error) {
	switch {
	case (e.PassFile == "") == (e.PassEnv == ""):
		return secret.Text{}, errors.New("give either pass_file or pass_env")
	case e.PassEnv != "":
		value, ok := r.lookup(e.PassEnv)
		if !ok {
			return secret.Text{}, fmt.Errorf("pass_env: the variable %s is not set", e.PassEnv)
		}
		return checked(value, "pass_env")
	}
	path := e.PassFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.folder, path)
	}
	r.out.Files = append(r.out.Files, path)
	text, err := textfile.Read(path, maxPassword)
	if err != nil {
		return secret.Text{}, fmt.Errorf("pass_file: %w", err)
	}
	return checked(strings.TrimRight(string(text), "\r\n"), "pass_file") // editors end files with a line break
}

func checked(password, field string) (secret.Text, error) {
	if !utf8.ValidString(password) || strings.ContainsAny(password, "\r\n\x00") {
		return secret.Text{}, fmt.Errorf("%s: the password is not one line of UTF-8", field)
	}
	return secret.New(password), nil
}

// header is at the top of what Write writes.
const header = `# Routers of Mikronec, for ROUTERS_FILE. Add pass_file or pass_env to each of them.
`

// Write writes routers in the form of the file, without passwords.
func Write(w io.Writer, routers []register.Router) error {
	entries := make([]entry, 0, len(routers))
	for _, r := range routers {
		s := register.SettingsOf(r.Key)
		entries = append(entries, entry{RouterID: r.ID, Host: s.Host, User: s.User, CodePage: s.CodePage, Comment: r.Comment, TLS: s.TLS})
	}
	if _, err := io.WriteString(w, header); err != nil {
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(file{Routers: &entries}); err != nil {
		return err
	}
	return enc.Close()
}
