package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRowFormatOf(t *testing.T) {
	for name, tt := range map[string]struct {
		lines []string
		want  rowFormat
	}{
		"nothing said":                    {nil, wholeAnswer},
		"nothing wanted":                  {[]string{""}, wholeAnswer},
		"everything":                      {[]string{"*/*"}, wholeAnswer},
		"JSON":                            {[]string{"application/json"}, wholeAnswer},
		"lines":                           {[]string{"application/x-ndjson"}, ndjson},
		"lines by their other name":       {[]string{"application/ndjson"}, ndjson},
		"capitals and spaces":             {[]string{" Application/X-NDJSON ; Q=0.5 "}, ndjson},
		"events":                          {[]string{"text/event-stream"}, events},
		"a browser":                       {[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, wholeAnswer},
		"EventSource":                     {[]string{"text/event-stream"}, events},
		"another type":                    {[]string{"text/html"}, wholeAnswer},
		"the higher weight":               {[]string{"application/json;q=0.5, application/x-ndjson"}, ndjson},
		"the higher weight, first":        {[]string{"application/json, application/x-ndjson;q=0.9, text/event-stream;q=0.1"}, wholeAnswer},
		"the higher weight, last":         {[]string{"application/x-ndjson;q=0.1, text/event-stream;q=0.2, application/json;q=0.3"}, wholeAnswer},
		"three digits":                    {[]string{"application/x-ndjson;q=0.899, text/event-stream;q=0.9"}, events},
		"on two lines":                    {[]string{"application/x-ndjson;q=0.5", "text/event-stream;q=0.6"}, events},
		"as good: the first":              {[]string{"application/x-ndjson, application/json"}, ndjson},
		"as good: the first again":        {[]string{"application/json, application/x-ndjson"}, wholeAnswer},
		"as good: the exact one":          {[]string{"*/*, text/event-stream"}, events},
		"as good: the group":              {[]string{"*/*, text/*"}, events},
		"as good: exact before the group": {[]string{"application/*, application/x-ndjson"}, ndjson},
		"a group":                         {[]string{"application/*"}, wholeAnswer},
		"the other group":                 {[]string{"text/*"}, events},
		"refused":                         {[]string{"application/x-ndjson;q=0, */*"}, wholeAnswer},
		"refused, others as good":         {[]string{"application/json;q=0, */*"}, ndjson},
		"two refused":                     {[]string{"application/json;q=0, application/x-ndjson;q=0.0, */*;q=0.1"}, events},
		"one refused alone":               {[]string{"text/event-stream;q=0"}, wholeAnswer},
		"all refused":                     {[]string{"*/*;q=0"}, wholeAnswer},
		"exact over a wildcard":           {[]string{"text/event-stream;q=0.2, */*;q=0.9"}, wholeAnswer},
		"less of JSON than of the rest":   {[]string{"application/json;q=0.1, */*;q=0.5"}, ndjson},
		"no weight":                       {[]string{"application/x-ndjson;q=x, application/json;q=0.1"}, wholeAnswer},
		"too heavy":                       {[]string{"application/x-ndjson;q=1.5, application/json;q=0.1"}, wholeAnswer},
		"another parameter":               {[]string{"application/x-ndjson;charset=utf-8;q=0.9, application/json;q=0.1"}, ndjson},
		"only commas":                     {[]string{",,;,"}, wholeAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, rowFormatOf(http.Header{"Accept": tt.lines}))
		})
	}
}
