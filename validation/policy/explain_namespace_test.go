package policy

import (
	"strings"
	"testing"

	"sluice/validation"
)

func TestExplainNamespace(t *testing.T) {
	policies := []Policy{
		tenantPolicy(func(p *Policy) { p.MaxFlowExports, p.MaxCollectors = new(2), new(1) }),
		{Name: "cluster", Deny: []Rule{{}}},
		{Name: "never", Namespaces: &Namespaces{Names: []string{"team-a"}}, Deny: []Rule{{Destinations: prefixes("10.20.9.0/24")}}},
	}
	alice := validation.User{Name: "alice"}
	for name, c := range map[string]struct {
		user      validation.User
		namespace string
		want      []string
	}{
		"allowed":     {alice, "team-a", []string{"2 of 2 policies", "10.20.0.0/16  [tenants/allow[0]]", "10.20.9.0/24  [never/deny[0]]", "At most 2 FlowExports", "Loopback, link-local and multicast addresses are always rejected", "at most 1 collectors"}},
		"not allowed": {alice, "team-b", []string{"No policy allows this user FlowExports"}},
		"exempt":      {validation.User{Name: "root"}, "team-b", []string{"exempt from all policies"}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			e := ExplainNamespace(Compile(policies, "root"), c.user, NamespaceWithName(validation.Namespace{}, c.namespace))
			if err := e.WriteText(&b); err != nil {
				t.Fatal(err)
			}
			for _, text := range c.want {
				if !strings.Contains(b.String(), text) {
					t.Errorf("no %q in:\n%s", text, &b)
				}
			}
		})
	}
}
