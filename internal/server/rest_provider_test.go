//go:build terraform

package server_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

const terraformConfiguration = `
terraform {
  required_providers { routeros = { source = "terraform-routeros/routeros" } }
}
provider "routeros" {
  hosturl  = "HOSTURL"
  username = "terraform"
  password = "KEY"
}
resource "routeros_system_identity" "me" { name = "made-by-terraform" }
resource "routeros_ip_address" "lan" {
  address   = "192.168.50.1/24"
  interface = "ether2"
  comment   = "+62 a&b <x> 50%"
}
resource "routeros_ppp_secret" "budi" {
  name     = "budi+1 x"
  password = "hush"
}
resource "routeros_interface_vlan" "v10" {
  name      = "vlan 10"
  vlan_id   = 10
  interface = "ether3"
}
resource "routeros_ip_firewall_filter" "rule" {
  for_each     = { a = "accept", b = "drop" }
  chain        = "forward"
  action       = each.value
  place_before = "*1"
}
resource "routeros_move_items" "order" {
  resource_path = "/ip/firewall/filter"
  sequence      = [for name in ["b", "a"] : routeros_ip_firewall_filter.rule[name].id]
}
resource "routeros_ip_service" "telnet" {
  numbers  = "telnet"
  port     = 23
  disabled = true
}
`

// Terraform with the real provider makes a configuration, finds nothing to change in it,
// and removes it.
func TestTerraform(t *testing.T) {
	terraform := engine.Find(t, "terraform", "terraform")
	provider := engine.Find(t, "terraform-provider-routeros", "github.com/terraform-routeros/terraform-provider-routeros")
	onBoth(t, nil, func(t *testing.T, p *program, d *sim.Device) {
		dir := t.TempDir()
		main := strings.NewReplacer("HOSTURL", p.base+"/routers/r", "KEY", testKey).Replace(terraformConfiguration)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(main), 0o600))
		settings := filepath.Join(dir, "settings")
		require.NoError(t, os.WriteFile(settings, []byte(`provider_installation {
  dev_overrides { "terraform-routeros/routeros" = "`+filepath.Dir(provider)+`" }
  direct {}
}`), 0o600))
		run := func(args ...string) {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), terraform, append(args, "-no-color", "-input=false")...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%v: %s", args, out)
		}
		before := p.rest(http.MethodGet, "/ip/firewall/filter?.proplist=.id", "").raw
		run("apply", "-auto-approve")
		run("plan", "-detailed-exitcode") // fails if there is a difference
		assert.Equal(t, "made-by-terraform", p.rest(http.MethodGet, "/system/identity", "").row(t)["name"])
		run("destroy", "-auto-approve")
		assert.Equal(t, before, p.rest(http.MethodGet, "/ip/firewall/filter?.proplist=.id", "").raw)
		assert.Equal(t, 1, d.Stats().Logins)
	})
}
