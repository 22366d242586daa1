// Package web is the dashboard: one page, its modules and its style, embedded
// in the program and served as they are written. There is no build step, and
// the page asks no other host for anything.
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
)

//go:embed index.html assets
var files embed.FS

// policy lets the page load its own files and talk to its own server, nothing
// else: no inline script or style, no frame, no form that is sent by the
// browser, and no text that becomes markup or the address of a program, but for
// that of the one worker.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types mikronec-worker"

// types are those of the files there are. They are named here because the
// system's table may say something else, and nosniff makes that fatal.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// page is a file, ready to be sent.
type page struct {
	kind   string
	tag    string // ETag: the hash of the content
	plain  []byte
	zipped []byte
}

// Handler serves the page at / and its files below /assets/. It is the same for
// everybody and holds no secret: the page asks for an API key itself.
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

// loaded is what load prepared, which takes a moment, for all handlers.
var loaded = sync.OnceValue(load)

// load prepares all files. That it can is known when the program is built.
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
		sum := sha256.Sum256(content)
		pages[name] = page{kind: types[path.Ext(name)], tag: base64.RawURLEncoding.EncodeToString(sum[:12]), plain: content, zipped: zip(content)}
		return nil
	})
	if err != nil {
		panic("web: " + err.Error()) // an embedded file that cannot be read
	}
	return pages
}

func zip(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(content)                               // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// send answers with the file, or with 304 where the browser has it. Browsers ask
// every time: a page and modules of different versions do not go together.
func (p page) send(w http.ResponseWriter, r *http.Request) {
	body, tag := p.plain, `"`+p.tag+`"`
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
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body) // a client that left needs no answer
}
