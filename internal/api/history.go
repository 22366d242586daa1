package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/history"
)

// historyAnswer is the answer of history.
type historyAnswer struct {
	Success  bool                 `json:"success" example:"true"`
	RouterID string               `json:"router_id" example:"cabang-jakarta-01"`
	From     time.Time            `json:"from" example:"2026-03-01T02:00:00Z"` // when the first step begins
	Step     int                  `json:"step" example:"60"`                   // seconds
	Series   map[string][]*uint64 `json:"series"`                              // a value for each step, null where nothing was measured
} //	@name	history

// history answers with what was measured of a router.
//
//	@Summary		Get the history of a router
//	@Description	One value a minute of cpu (percent), memory-free (bytes), ppp and hotspot (users), and interface/NAME/rx and interface/NAME/tx (bits per second, sides of the router) of the interfaces that are not those of users. With HISTORY off there is no series. Steps are longer than asked for where an answer would have more than 1,440, or the server keeps longer ones, such as five minutes of what is older than HISTORY; a value is the mean of its step.
//	@Tags			routers
//	@Produce		json
//	@Param			id		path		string	true	"router_id"
//	@Param			series	query		string	false	"names, separated by commas; * at the end for all that begin so"	default(cpu)
//	@Param			from	query		string	false	"RFC 3339, Unix seconds, or how long ago, such as 1h; as far back as HISTORY by default; up to 30 days with DATA_DIR"	default(1h)
//	@Param			step	query		int		false	"seconds, 60 at least"
//	@Success		200		{object}	historyAnswer
//	@Failure		400		{object}	failure	"a parameter is malformed"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/history [get]
func (h *handler) history(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r, "id")
	q, err := historyQuery(r.URL.Query(), time.Now())
	if err != nil {
		return err
	}
	router, err := h.scoped(requestOf(r.Context())).Get(id)
	if err != nil {
		return err
	}
	kept := router.Device.History(id, q)
	if kept.Series == nil {
		kept.Series = map[string][]*uint64{}
	}
	writeJSON(w, r, http.StatusOK, historyAnswer{true, id, kept.From.UTC(), int(kept.Step.Seconds()), kept.Series})
	return nil
}

// maxSeries limits the names in a query.
const maxSeries = 100

func historyQuery(values url.Values, now time.Time) (q history.Query, err error) {
	for _, list := range values["series"] {
		for name := range strings.SplitSeq(list, ",") {
			if name != "" {
				q.Series = append(q.Series, name)
			}
		}
	}
	if len(q.Series) > maxSeries {
		return q, errcode.Field("series", "has more than 100 names")
	}
	if q.From, err = pastTime(values.Get("from"), now); err != nil {
		return q, err
	}
	step, err := number(values, "step", 60, 60, 24*60*60)
	q.Step = time.Duration(step) * time.Second
	return q, err
}

// pastTime parses a time that is not in the future; zero if it is empty.
func pastTime(text string, now time.Time) (at time.Time, err error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		at = now.Add(-ago)
	} else if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		at = time.Unix(seconds, 0)
	} else if at, err = time.Parse(time.RFC3339, text); err != nil {
		return at, errcode.Field("from", "must be a time as 2026-03-01T02:00:00Z, Unix seconds, or how long ago, such as 24h")
	}
	if at.After(now) || at.Before(time.Unix(0, 0)) {
		return at, errcode.Field("from", "must be in the past")
	}
	return at, nil
}
