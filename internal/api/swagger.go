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

// swagger serves Swagger UI below /swagger/. The page and its start script are our own,
// without inline scripts, so that the Content-Security-Policy can be strict. The other
// files are embedded compressed and sent so to clients that accept it.
func swagger() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /doc.json", openAPI)
	mux.Handle("GET /index.html", ours("page.html", "text/html; charset=utf-8"))
	mux.Handle("GET /start.js", ours("start.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET /{$}", http.RedirectHandler("/swagger/index.html", http.StatusFound))
	mux.Handle("GET /", statigz.FileServer(swaggerui.FS))
	return http.StripPrefix("/swagger", mux)
}

// Documents serves Swagger UI under /swagger/, for another port.
func Documents() http.Handler { return withPolicy(policySwagger, swagger()) }

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

// openAPI writes the document that make swag generated.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(docs.Swagger)
}
