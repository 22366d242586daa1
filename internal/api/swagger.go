package api

import (
	"embed"
	"net/http"

	swaggerui "github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"github.com/aprakasa/mikronec/docs"
)

//go:embed swaggerui
var swaggerPage embed.FS

// swagger serves Swagger UI below /swagger/. The page and the script that starts
// it are ours and hold no inline script, so that a strict Content-Security-Policy
// can stand; the rest lies compressed in the program and is sent as it lies to
// whoever takes gzip.
func swagger() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /doc.json", openAPI)
	mux.Handle("GET /index.html", ours("page.html", "text/html; charset=utf-8"))
	mux.Handle("GET /start.js", ours("start.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /{$}", http.RedirectHandler("/swagger/index.html", http.StatusFound))
	mux.Handle("GET /", statigz.FileServer(swaggerui.FS))
	return http.StripPrefix("/swagger", mux)
}

// Documents is what New serves under /swagger/, for a port of its own.
func Documents() http.Handler { return withPolicy(policySwagger, swagger()) }

func ours(name, contentType string) http.Handler {
	body, err := swaggerPage.ReadFile("swaggerui/" + name)
	if err != nil {
		panic(err) // a name that is not in the program
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	})
}

// openAPI writes the document that make swag generated.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(docs.Swagger)
}
