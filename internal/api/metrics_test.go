package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/api"
)

// Prometheus sends a key as it can.
func TestTheKeyOfPrometheus(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) {
		o.Metrics = func(visible func(string) bool) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				assert.Nil(t, visible, "the owner sees all")
				_, _ = w.Write([]byte("metrics"))
			})
		}
	})
	for name, tc := range map[string]struct {
		headers []string
		status  int
	}{
		"the header":             {[]string{"X-API-Key", apiKey}, http.StatusOK},
		"bearer":                 {[]string{"X-API-Key", "", "Authorization", "Bearer " + apiKey}, http.StatusOK},
		"a wrong bearer":         {[]string{"X-API-Key", "", "Authorization", "Bearer x"}, http.StatusUnauthorized},
		"an empty bearer":        {[]string{"X-API-Key", "", "Authorization", "Bearer "}, http.StatusUnauthorized},
		"basic":                  {[]string{"X-API-Key", "", "Authorization", "Basic " + apiKey}, http.StatusUnauthorized},
		"nothing":                {[]string{"X-API-Key", ""}, http.StatusUnauthorized},
		"the header comes first": {[]string{"X-API-Key", "wrong", "Authorization", "Bearer " + apiKey}, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			got := s.send(http.MethodGet, "/metrics", "", tc.headers...)
			assert.Equal(t, tc.status, got.Code)
			assert.Equal(t, tc.status == http.StatusOK, got.Body.String() == "metrics")
		})
	}
}

// Wrong keys are counted wherever they come.
func TestWrongBearersAreLimited(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) { o.Limits.LoginFailures = 3 })
	var last response
	for range 20 {
		last = s.json(http.MethodGet, "/metrics", "", "X-API-Key", "", "Authorization", "Bearer guess")
	}
	assert.Equal(t, http.StatusTooManyRequests, last.Code)
}

func TestNoMetrics(t *testing.T) {
	got := newSite(t, nil).json(http.MethodGet, "/metrics", "")
	assert.Equal(t, http.StatusNotFound, got.Code)
	assert.Contains(t, got.body.Error, "METRICS")
}
