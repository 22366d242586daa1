package manager_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestTextGoesOutInTheRoutersCodePage(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, _, _ *sim.Device) {
		k := key("r:8728")
		k.CodePage = "windows-1251"
		_, err := m.Connect(t.Context(), "a", k, owner)
		require.NoError(t, err)
		_, err = run(t.Context(), m, "a", []string{"/system/identity/set", "=name=Офис"})
		require.NoError(t, err)
		assert.Equal(t, "\xce\xf4\xe8\xf1", identity(t, m, "a"))
		_, err = run(t.Context(), m, "a", []string{"/system/identity/set", "=name=北京"})
		assert.Equal(t, errcode.Invalid, errcode.Of(err))
		assert.ErrorContains(t, err, "args[1] cannot be sent")
	})
}

func TestRouterIDs(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		for id, text := range map[string]string{
			"a": "", "cabang-jakarta-01": "", "10.0.0.1:8728": "", "Kantor Pusat": "", "ñandú_北京.~@+": "", strings.Repeat("x", 128): "",

			"": "is missing", strings.Repeat("x", 129): "longer than 128", " a": "space", "a\t": "space",
			"\xff": "not UTF-8", "a/b": "contains", `a\b`: "contains", "a?b": "contains", "a#b": "contains", "*": "contains",
			"a,b": "contains", `a"b`: "contains", "a\nb": "contains", "a\x00b": "contains", "a\u200bb": "contains", "a\u202eb": "contains",
		} {
			_, err := m.Connect(t.Context(), id, key("r:8728"), owner)
			if text == "" {
				require.NoError(t, err, "%q", id)
				_, err = m.Get(id)
				require.NoError(t, err, "%q", id)
				continue
			}
			assert.Equal(t, errcode.Invalid, errcode.Of(err), "%q", id)
			require.ErrorContains(t, err, "router_id ")
			assert.ErrorContains(t, err, text, "%q", id)
		}
		assert.Equal(t, 1, r.Stats().Accepted)
		assert.Len(t, m.List(), 6)
	})
}
