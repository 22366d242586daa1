package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// metrics answers with the metrics that the key permits.
//
//	@Summary		Get metrics in the Prometheus text format
//	@Description	Metrics of the server and of its routers. A key that is limited to some routers gets only the metrics of these, because those of the server would show the others. The key can be sent as X-API-Key or as Authorization: Bearer. No router is asked.
//	@Tags			health
//	@Produce		plain
//	@Success		200	{string}	string
//	@Failure		401	{object}	failure	"the key is missing or wrong"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		404	{object}	failure	"METRICS is off or admin"
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
