package api

import (
	"net/http"
	"strconv"
	"strings"
)

// acceptsGzip reports whether a client accepts gzip by RFC 9110, section 12.5.3: it
// lists gzip or *, and does not prefer identity. Without Accept-Encoding it does not:
// scripts often read an answer without looking at Content-Encoding. Malformed items are
// ignored.
func acceptsGzip(header http.Header) bool {
	const unnamed = -1.0
	gzip, identity, others := unnamed, unnamed, unnamed
	for _, line := range header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(line, ",") {
			coding, parameters, _ := strings.Cut(item, ";")
			weight := weightOf(parameters)
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				gzip = max(gzip, weight)
			case "identity":
				identity = max(identity, weight)
			case "*":
				others = max(others, weight)
			}
		}
	}
	if gzip == unnamed {
		gzip = others
	}
	return gzip > 0 && gzip >= identity
}

// weightOf returns the parameter q of a coding, from 0 to 1: 1 without one, 0 for a
// malformed one.
func weightOf(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		value = strings.TrimSpace(value)
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || strings.Trim(value, "0123456789.") != "" || q > 1 {
			return 0
		}
		return q
	}
	return 1
}
