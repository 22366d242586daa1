package api

import (
	"net/http"
	"strconv"
	"strings"
)

// acceptsGzip reports whether a client wants gzip, by RFC 9110, section 12.5.3:
// it names gzip, or everything, and does not rather want the answer as it is. A
// client that says nothing gets that: scripts often read what comes without
// looking at its coding. What cannot be understood is not wanted.
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

// weightOf is the value of q among the parameters of a coding, from 0 to 1: 1
// without one, 0 where it is none.
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
