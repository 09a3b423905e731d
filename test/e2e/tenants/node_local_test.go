package tenants

import (
	"context"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// What is stored already, by an earlier release or without the webhook, is not accepted, whatever the
// policies allow. It can be shortened, and not be extended.
func TestAStoredCollectorOnTheNodeIsNotAccepted(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {names: [team-a]}, allow: [{}]}`)
	must(t, cluster.Admin, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	registered := func() {
		if err := shared.Register(context.WithoutCancel(t.Context()), shared.sluice); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(registered)
	eventually(t, func() string {
		if r := create(t, alice, "team-a", "siem", `["127.0.0.1:4739","10.20.0.5:4739"]`); !r.OK() && !strings.Contains(r.All(), "AlreadyExists") {
			return r.All()
		}
		return ""
	})
	accepted(t, "siem", "Malformed")
	message := must(t, alice, "", "get", "fex", "-n", "team-a", "siem", "-o", `jsonpath={.status.conditions[?(@.type=="Accepted")].message}`)
	if !strings.Contains(message, `"127.0.0.1:4739" is a loopback address`) {
		t.Errorf("the status says %q", message)
	}
	registered()
	patch := func(collectors string) cluster.Result {
		return kubectl(t, alice, "", "patch", "flowexport", "-n", "team-a", "siem", "--type=merge", "-p", `{"spec":{"ipfix":{"collectors":`+collectors+`}}}`)
	}
	eventually(t, func() string {
		if r := patch(`["127.0.0.1:4739","10.20.0.5:4739","127.0.0.2:4739"]`); r.OK() || !strings.Contains(r.All(), `"127.0.0.2:4739": is a loopback address`) {
			return "another one: " + r.All()
		}
		return ""
	})
	passes(t, patch(`["10.20.0.5:4739"]`))
	accepted(t, "siem", "Allowed")
}
