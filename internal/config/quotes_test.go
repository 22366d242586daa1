package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

// Every variable in quotation marks is told so: a secret by a warning, since it may
// have them on purpose, all others as a mistake. Neither repeats the value.
func TestQuotationMarks(t *testing.T) {
	secrets := []string{"MY_API_KEY", "TICKET_SECRET"}
	for _, v := range config.Table() {
		value := strings.TrimPrefix(v.Default, "0s") + "s0mething-quoted-30s"
		for _, marked := range []string{`"` + value + `"`, "'" + value + "'", `"` + value + "\"\r", `"` + value, value + "'", "`" + value + "`"} {
			pairs := map[string]string{v.Name: marked}
			if slices.Contains(secrets, v.Name) {
				cfg, err := load(pairs)
				require.NoError(t, err)
				require.Len(t, cfg.Warnings(), 1, "%s=%s", v.Name, marked)
				w := cfg.Warnings()[0]
				assert.Equal(t, v.Name, w.Variable)
				assert.Contains(t, w.Detail, "quotation mark")
				assert.NotContains(t, w.Detail, "s0mething")
				continue
			}
			got := mistakes(t, pairs)
			assert.Equal(t, v.Name+": has quotation marks around it, which docker --env-file and others keep as a part of the value; write the value without them", got[0])
			for _, m := range got {
				assert.NotContains(t, m, "s0mething")
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	for name, tt := range map[string]struct{ variable, value, want string }{
		"none":                  {"MY_API_KEY", key, ""},
		"the end of a line":     {"MY_API_KEY", key + "\r\n", ""},
		"marks inside":          {"MY_API_KEY", `0123"4567'89abcd`, ""},
		"short":                 {"MY_API_KEY", "fifteen-bytes..", "shorter than 16 characters: it may do everything"},
		"ticket secret, quoted": {"TICKET_SECRET", `"` + secret + `"`, "begins or ends with a quotation mark"},
		"comment":               {"MY_API_KEY", key + " # of production", "contains a space"},
		"quoted, with comment":  {"MY_API_KEY", `"` + key + `" # of production`, "begins or ends with a quotation mark"},
		"printf without printf": {"MY_API_KEY", key + `\n`, "ends with a backslash"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(map[string]string{tt.variable: tt.value})
			require.NoError(t, err)
			if tt.want == "" {
				assert.Empty(t, cfg.Warnings())
				return
			}
			require.Len(t, cfg.Warnings(), 1)
			assert.Equal(t, tt.variable, cfg.Warnings()[0].Variable)
			assert.Contains(t, cfg.Warnings()[0].Detail, tt.want)
		})
	}
}
