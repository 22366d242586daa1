package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// metrics answers Prometheus.
//
//	@Summary		Metrics in the text format of Prometheus
//	@Description	What the server does, and what it knows of its routers. A key that is for some routers only gets the metrics of these, and nothing of the server as a whole, which would tell of the others. The key may come as X-API-Key or as Authorization: Bearer. No router is asked for it.
//	@Tags			health
//	@Produce		plain
//	@Success		200	{string}	string
//	@Failure		401	{object}	failure	"the key is missing or wrong"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		404	{object}	failure	"METRICS is off, or admin"
//	@Security		ApiKeyAuth
//	@Router			/metrics [get]
func (h *handler) metrics(w http.ResponseWriter, r *http.Request) error {
	if h.opts.Metrics == nil {
		return errcode.New(errcode.NotFound, "metrics are not served here (METRICS)")
	}
	p := requestOf(r.Context()).principal
	visible := p.sees
	if p.seesAll() {
		visible = nil
	}
	h.opts.Metrics(visible).ServeHTTP(w, r)
	return nil
}
