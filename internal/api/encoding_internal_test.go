package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAcceptsGzip(t *testing.T) {
	for name, tt := range map[string]struct {
		lines []string
		want  bool
	}{
		"nothing said":            {nil, false},
		"nothing wanted":          {[]string{""}, false},
		"gzip":                    {[]string{"gzip"}, true},
		"browsers":                {[]string{"gzip, deflate, br, zstd"}, true},
		"curl":                    {[]string{"deflate, gzip, br"}, true},
		"others only":             {[]string{"br, deflate"}, false},
		"identity only":           {[]string{"identity"}, false},
		"everything":              {[]string{"*"}, true},
		"nothing at all":          {[]string{"*;q=0"}, false},
		"refused":                 {[]string{"gzip;q=0"}, false},
		"refused with spaces":     {[]string{" gzip ; q=0.000 , *"}, false},
		"refused, others welcome": {[]string{"br, gzip;q=0"}, false},
		"little":                  {[]string{"gzip;q=0.001"}, true},
		"capitals":                {[]string{"GZip;Q=0.5"}, true},
		"its old name":            {[]string{"x-gzip"}, true},
		"on a second line":        {[]string{"br", "gzip;q=0.8"}, true},
		"rather identity":         {[]string{"gzip;q=0.5, identity"}, false},
		"rather gzip":             {[]string{"gzip, identity;q=0.5"}, true},
		"identity as good":        {[]string{"identity, gzip"}, true},
		"all but gzip":            {[]string{"*, gzip;q=0"}, false},
		"gzip of everything else": {[]string{"br;q=1, *;q=0.1"}, true},
		"another parameter":       {[]string{"gzip;level=3;q=0"}, false},
		"a weight that is none":   {[]string{"gzip;q=high"}, false},
		"an empty weight":         {[]string{"gzip;q="}, false},
		"too heavy":               {[]string{"gzip;q=2"}, false},
		"not a number":            {[]string{"gzip;q=NaN"}, false},
		"infinite":                {[]string{"gzip;q=Inf"}, false},
		"negative":                {[]string{"gzip;q=-1"}, false},
		"part of a name":          {[]string{"gzipped, ungzip"}, false},
		"only commas":             {[]string{",,;,"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, acceptsGzip(http.Header{"Accept-Encoding": tt.lines}))
		})
	}
}

// Whatever comes, a client that does not name gzip or everything does not get
// it, and weights are from 0 to 1.
func FuzzAcceptsGzip(f *testing.F) {
	f.Add("gzip;q=0.5, identity", "*")
	f.Add("deflate, x-GZIP; q=1.000", ";;q=,=")
	f.Fuzz(func(t *testing.T, a, b string) {
		q := weightOf(a)
		assert.True(t, q >= 0 && q <= 1, q)
		got := acceptsGzip(http.Header{"Accept-Encoding": {a, b}})
		if got {
			assert.Regexp(t, `(?i)gzip|\*`, a+","+b)
		}
		refused := acceptsGzip(http.Header{"Accept-Encoding": {a, b, "identity"}})
		assert.False(t, refused && !got, "to name identity, too, never asks for gzip")
	})
}
