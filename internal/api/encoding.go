package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

// weightedItem is one element of a header such as Accept: a name in lower case and its
// weight from 0 to 1. Zero means that it is not acceptable.
type weightedItem struct {
	name   string
	weight float64
}

// weighted parses the lines of a header of RFC 9110, section 12.5, in their order.
func weighted(lines []string) (items []weightedItem) {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				items = append(items, weightedItem{name, weightOf(parameters)})
			}
		}
	}
	return items
}

// preference is how much a client wants a media type. The zero preference is that for
// a type that it does not accept.
type preference struct {
	weight float64
	exact  int // 3 where the type itself is listed, 2 for type/*, 1 for */*
	place  int // in the header, beginning with 1
}

// above reports whether a type is preferred to another one: by its weight, then by how
// exactly it is named, then by the order in the header.
func (p preference) above(other preference) bool {
	switch {
	case p.weight != other.weight:
		return p.weight > other.weight
	case p.exact != other.exact:
		return p.exact > other.exact
	}
	return p.place < other.place
}

// preferenceFor returns the preference for a media type: that of the most exact range
// that includes it (RFC 9110, section 12.5.1).
func preferenceFor(ranges []weightedItem, media string) (p preference) {
	major, _, _ := strings.Cut(media, "/")
	for i, r := range ranges {
		exact := slices.Index([]string{"", "*/*", major + "/*", media}, r.name)
		if exact > p.exact {
			p = preference{r.weight, exact, i + 1}
		}
	}
	if p.weight == 0 {
		return preference{}
	}
	return p
}

// acceptsGzip reports whether a client accepts gzip by RFC 9110, section 12.5.3: it
// lists gzip or *, and does not prefer identity. Without Accept-Encoding it does not:
// scripts often read an answer without looking at Content-Encoding. Malformed items are
// ignored.
func acceptsGzip(header http.Header) bool {
	const unnamed = -1.0
	gzip, identity, others := unnamed, unnamed, unnamed
	for _, item := range weighted(header.Values("Accept-Encoding")) {
		switch item.name {
		case "gzip", "x-gzip":
			gzip = max(gzip, item.weight)
		case "identity":
			identity = max(identity, item.weight)
		case "*":
			others = max(others, item.weight)
		}
	}
	if gzip == unnamed {
		gzip = others
	}
	return gzip > 0 && gzip >= identity
}

// gzipped compresses a whole body.
func gzipped(body []byte) []byte {
	var member gzipblock.Member
	block := gzipblock.Independent(body)
	member.Add(block)
	return slices.Concat(gzipblock.Header(), block.Data, member.Trailer())
}

// unstored marks answers as not to be stored, errors as well. Those to GET and HEAD are
// compressed where the client asks for it; see [send].
func unstored(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			w.Header().Add("Vary", "Accept-Encoding")
			requestOf(r.Context()).gzip = acceptsGzip(r.Header)
		}
		next.ServeHTTP(w, r)
	})
}

// plainGzip leaves of Accept-Encoding what a handler decides by that looks for the word
// gzip: "gzip" or nothing.
func plainGzip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			accepted := acceptsGzip(r.Header)
			r = r.Clone(r.Context())
			r.Header.Del("Accept-Encoding")
			if accepted {
				r.Header.Set("Accept-Encoding", "gzip")
			}
		}
		next.ServeHTTP(w, r)
	})
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
