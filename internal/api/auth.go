package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// authenticate admits requests with the key in X-API-Key. Hashes are compared,
// so that neither the content nor the length of the key shows in the time.
func (h *handler) authenticate(key string) func(http.Handler) http.Handler {
	want := sha256.Sum256([]byte(key))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got := sha256.Sum256([]byte(r.Header.Get("X-API-Key")))
			if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				h.fail(w, r, &problem{codeUnauthorized, "the header X-API-Key is missing or wrong"})
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
