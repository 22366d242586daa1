package api

import (
	"bytes"
	"embed"
	"net/http"
	"regexp"
	"strings"
	"sync"

	swaggerui "github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"github.com/aprakasa/mikronec/docs"
)

//go:embed swaggerui
var swaggerPage embed.FS

// swaggerFiles serves the files of Swagger UI. All of them are hashed when it is made, once.
var swaggerFiles = sync.OnceValue(func() http.Handler { return statigz.FileServer(swaggerui.FS) })

// swagger serves Swagger UI below /swagger/. The page and its start script are our own,
// without inline scripts, so that the Content-Security-Policy can be strict. The other
// files are embedded compressed and sent so to clients that accept it.
func swagger() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /doc.json", serveDocument(docs.Swagger, `"basePath": "/"`, `"basePath": "`))
	mux.Handle("GET /index.html", ours("page.html", "text/html; charset=utf-8"))
	mux.Handle("GET /start.js", ours("start.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /{$}", redirect("index.html"))
	mux.Handle("GET /", swaggerFiles())
	return http.StripPrefix("/swagger", mux)
}

// Documents serves Swagger UI under /swagger/, and the OpenAPI document at every other
// path, for another port.
func Documents() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/swagger/", withPolicy(policySwagger, swagger()))
	mux.HandleFunc("/", serveDocument(docs.OpenAPI, `"url":"/"`, `"url":"`))
	return mux
}

// redirect redirects to a relative reference. A browser resolves it against the URL that
// it asked for, which may be below a path of a proxy; net/http would make it absolute
// against the path that arrived here.
func redirect(reference string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", reference)
		w.WriteHeader(http.StatusFound)
	}
}

func ours(name, contentType string) http.Handler {
	body, err := swaggerPage.ReadFile("swaggerui/" + name)
	if err != nil {
		panic(err) // not embedded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	})
}

// belowPath matches a path without characters that need an escape, in JSON or in a URL,
// or that lead elsewhere.
var belowPath = regexp.MustCompile(`^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$`)

// pathPrefix is the path below which a proxy serves this server, if it says so; else empty.
func pathPrefix(r *http.Request) string {
	prefix := strings.TrimSuffix(r.Header.Get("X-Forwarded-Prefix"), "/")
	if !belowPath.MatchString(prefix) {
		return ""
	}
	return prefix
}

// serveDocument writes a document of the API. For a proxy that serves below a path and says
// so in X-Forwarded-Prefix, the API is there: the path takes the place of the slash in root,
// after what begins it.
func serveDocument(document []byte, root, begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		document := document
		if prefix := pathPrefix(r); prefix != "" {
			document = bytes.Replace(document, []byte(root), []byte(begin+prefix+`"`), 1)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Add("Vary", "X-Forwarded-Prefix")
		_, _ = w.Write(document)
	}
}
