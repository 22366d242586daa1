// Package web serves the dashboard, and the TypeScript client, which the page uses for its
// streams. The modules and style sheets of the page are in src; "make page" joins them into
// assets/main.js and assets/main.css, which are embedded in the program. The page sends no
// request to another host.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/client/typescript"
)

//go:embed index.html assets
var files embed.FS

// policy is the Content-Security-Policy: the page loads files and data from its own
// server only. Inline scripts and styles, frames and form submission are forbidden.
// Text cannot become markup or the URL of a script, except that of the service worker.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types mikronec-worker"

// types are the media types by extension. The table of the system is not used: it may
// differ, and with nosniff a wrong type breaks the page.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",

	".webmanifest": "application/manifest+json",
	".ts":          "application/typescript; charset=utf-8",
}

// page is a file, ready to be sent.
type page struct {
	kind   string
	tag    string // ETag: the hash of the content
	plain  []byte
	zipped func() []byte // compresses at the first call
}

// Paths are those that Handler serves, as patterns.
var Paths = []string{"/", "/assets/*", "/client.js", "/client.d.ts"}

// Handler serves the page at /, its files below /assets/, and the client, without
// authentication. They contain no secret: the page asks for an API key.
func Handler() http.Handler {
	pages := loaded()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		p, ok := pages[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		p.send(w, r)
	})
}

// loaded calls load once, for all handlers.
var loaded = sync.OnceValue(load)

// load reads all files, by name. What nobody asks for is never compressed: to compress all
// would be half of what the program does when it starts.
func load() map[string]page {
	pages := make(map[string]page)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		pages[name] = newPage(name, content)
		return nil
	})
	if err != nil {
		panic("web: " + err.Error()) // an embedded file that cannot be read
	}
	pages["client.js"] = newPage("client.js", typescript.Client)
	pages["client.d.ts"] = newPage("client.d.ts", typescript.Declarations)
	return pages
}

func newPage(name string, content []byte) page {
	sum := sha256.Sum256(content)
	return page{kind: types[path.Ext(name)], tag: base64.RawURLEncoding.EncodeToString(sum[:12]), plain: content, zipped: sync.OnceValue(func() []byte { return zip(content) })}
}

func zip(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(content)                               // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// send writes the file, or 304 if the browser has it. Browsers revalidate every time
// (no-cache), so that the page never runs modules of different versions.
func (p page) send(w http.ResponseWriter, r *http.Request) {
	body, tag := func() []byte { return p.plain }, `"`+p.tag+`"`
	header := w.Header()
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = p.zipped, `"`+p.tag+`-gz"` // another representation has another tag
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", p.kind)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache")
	header.Set("Service-Worker-Allowed", "/") // sw.js lies below the page that it is for
	header.Add("Vary", "Accept-Encoding")
	header.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body()) // the client has gone
}
