package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

func TestBytes(t *testing.T) {
	for text, want := range map[string]config.Bytes{
		"0": 0, "1": 1, "65536": 64 * config.KiB, "3KiB": 3072, "3 KiB": 3072, "2MiB": 2 << 20,
		"9223372036854775807": 1<<63 - 1, "8796093022207MiB": (1<<43 - 1) << 20,
	} {
		var got config.Bytes
		require.NoError(t, got.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "KiB", "-1", "+1", "1.5MiB", "1GiB", "1kib", "1MiB ", " 1", "1_000", "0x10",
		"1KiBMiB", "9223372036854775808", "8796093022208MiB",
	} {
		got := config.Bytes(7)
		assert.Error(t, got.UnmarshalText([]byte(text)), "%q", text)
		assert.Equal(t, config.Bytes(7), got, "%q must leave the value alone", text)
	}
}

func FuzzBytes(f *testing.F) {
	for _, seed := range []string{"0", "1", "1024", "1KiB", "1 MiB", "-1", "99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var size, again config.Bytes
		if size.UnmarshalText([]byte(text)) != nil {
			return
		}
		assert.GreaterOrEqual(t, size, config.Bytes(0))
		require.NoError(t, again.UnmarshalText([]byte(size.String())))
		assert.Equal(t, size, again)
	})
}
