package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// The requests of the Terraform provider terraform-routeros, as they were recorded of it
// (commit 0d8c069), and what it needs of the answers: a version at first, rows by filters,
// the .id of what it made, and errors whose detail it knows.
func TestTheRequestsOfTerraform(t *testing.T) {
	t.Parallel()
	onBoth(t, map[string]string{"RUN_TIMEOUT": "1s"}, func(t *testing.T, p *program, d *sim.Device) {
		ask := func(method, path, body string, status int) restAnswer {
			t.Helper()
			a := p.rest(method, path, body, "Content-Type", "application/json") // on every request
			require.Equal(t, status, a.status, "%s %s: %s", method, path, a.raw)
			return a
		}
		one := func(path string) map[string]string {
			t.Helper()
			rows := ask("GET", path, "", 200).rows(t)
			require.Len(t, rows, 1, path)
			return rows[0]
		}
		assert.Regexp(t, `^[67]\.[0-9]+`, ask("GET", "/system/resource", "", 200).row(t)["version"])

		// Created, read by id, updated, read again, removed, and read once more.
		made := ask("PUT", "/ip/address", `{"address":"192.168.50.1/24","interface":"ether2"}`, 201).row(t)[".id"]
		assert.Equal(t, "192.168.50.0", one("/ip/address?.id=" + made)["network"])
		const comment = `changed +62 a\u0026b \u003cx\u003e 50%`
		ask("PATCH", "/ip/address/"+made, `{"address":"192.168.50.1/24","comment":"`+comment+`","disabled":"yes","interface":"ether2","network":"192.168.50.0"}`, 200)
		after := one("/ip/address?.id=" + made)
		assert.Equal(t, []string{"changed +62 a&b <x> 50%", "true"}, []string{after["comment"], after["disabled"]})
		ask("DELETE", "/ip/address/"+made, "", 204)
		assert.Equal(t, "[]\n", ask("GET", "/ip/address?.id="+made, "", 200).raw)
		ask("DELETE", "/ip/address/"+made, "", 404)

		// By name: spaces are encoded, all else is raw.
		ask("PUT", "/ppp/secret", `{"limit-bytes-in":"0","name":"+6281 <budi> 50%","password":"hush","profile":"default","service":"any"}`, 201)
		assert.Equal(t, "+6281 <budi> 50%", one("/ppp/secret?name=+6281%20<budi>%2050%")["name"])

		// Menus without rows, and rows that are there already.
		assert.Equal(t, "[]\n", ask("POST", "/system/identity/set", `{"name":"renamed"}`, 200).raw)
		assert.Equal(t, "renamed", ask("GET", "/system/identity", "", 200).row(t)["name"])
		ask("POST", "/ip/service/set", `{"disabled":"yes","numbers":"telnet","port":"23"}`, 200)
		assert.Equal(t, "true", one("/ip/service?name=telnet")["disabled"])

		// The order of rules.
		var ids []string
		for _, action := range []string{"accept", "drop"} {
			rule := `{"action":"` + action + `","chain":"forward","comment":"tf","place-before":"*1"}`
			ids = append(ids, ask("PUT", "/ip/firewall/filter", rule, 201).row(t)[".id"])
		}
		assert.Equal(t, "[]\n", ask("POST", "/ip/firewall/filter/move", `{"destination":"`+ids[0]+`","numbers":"`+ids[1]+`"}`, 200).raw)
		var order []string
		for _, row := range ask("GET", "/ip/firewall/filter", "", 200).rows(t) {
			if row["comment"] == "tf" {
				order = append(order, row[".id"])
			}
		}
		assert.Equal(t, []string{ids[1], ids[0]}, order)

		// Other commands.
		script := ask("PUT", "/system/script", `{"name":"hello","policy":"read","source":":put 1"}`, 201).row(t)[".id"]
		assert.Equal(t, ":put 1", one("/system/script?.id=" + script)["source"])

		// Errors.
		ask("PUT", "/ppp/secret", `{"name":"+6281 <budi> 50%"}`, 400).failed(t, 400, "failure: secret with the same name already exists", "router_refused")
		ask("PUT", "/ppp/secret", `{"name":"x","profile":"nosuch"}`, 400).failed(t, 400, "input does not match any value of profile", "router_refused")
		ask("PUT", "/ppp/secret", `{"name":"x","number":"1"}`, 400).failed(t, 400, "unknown parameter number", "router_refused")
		d.Inject(sim.Fault{Kind: sim.Trap, Path: "/certificate/sign", Text: "action timed out - try again, if error continues contact MikroTik support and send a supout file (13)"})
		ask("POST", "/certificate/sign", `{"number":"*1"}`, 400).failed(t, 400,
			"action timed out - try again, if error continues contact MikroTik support and send a supout file (13)", "router_refused")
		ask("POST", "/interface/monitor-traffic", `{"interface":"ether1"}`, 400).failed(t, 400, "Session closed", "timeout")
	})
}
