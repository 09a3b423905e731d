package policy

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"sluice/validation"
)

func teamA(labels map[string]string) validation.Namespace {
	return validation.Namespace{Name: "team-a", Labels: labels}
}

// tenantPolicy allows team-a to send to 10.20.0.0/16.
func tenantPolicy(change func(*Policy)) Policy {
	p := Policy{Name: "tenants", Namespaces: &Namespaces{Names: []string{"team-a"}}, Allow: []Rule{{Destinations: prefixes("10.20.0.0/16")}}}
	if change != nil {
		change(&p)
	}
	return p
}

func TestJudge(t *testing.T) {
	monday := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	inside, outside := ipfix("10.20.0.5:4739"), ipfix("10.30.0.5:4739")
	one := func(c ...validation.Collector) []Stored {
		return []Stored{{Name: "siem", Created: monday, Collectors: c}}
	}
	var many []Stored
	for i, name := range []string{"e", "d", "c", "b", "a"} {
		many = append(many, Stored{Name: name, Created: monday.Add(-time.Duration(i) * time.Hour), Collectors: []validation.Collector{inside}})
	}
	production, err := labels.Parse("stage=production")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		policies  []Policy
		namespace validation.Namespace
		stored    []Stored
		want      string // reasons, in order
	}{
		"no policy":                       {namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"a policy of the cluster's":       {policies: []Policy{{Name: "all", Allow: []Rule{{}}}}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"allowed":                         {policies: []Policy{tenantPolicy(nil)}, namespace: teamA(nil), stored: one(inside), want: "Allowed"},
		"another namespace":               {policies: []Policy{tenantPolicy(nil)}, namespace: validation.Namespace{Name: "team-b"}, stored: one(inside), want: "Denied"},
		"another destination":             {policies: []Policy{tenantPolicy(nil)}, namespace: teamA(nil), stored: one(inside, outside), want: "Denied"},
		"malformed":                       {policies: []Policy{tenantPolicy(nil)}, namespace: teamA(nil), stored: []Stored{{Malformed: "x"}}, want: "Malformed"},
		"deleting":                        {policies: []Policy{tenantPolicy(nil)}, namespace: teamA(nil), stored: []Stored{{Deleting: true}}, want: "Deleting"},
		"new, beside an invalid policy":   {policies: []Policy{tenantPolicy(nil), {Name: "bad", Namespaces: &Namespaces{Selector: labels.Everything()}, Fault: "unreadable"}}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"kept beside an invalid policy":   {policies: []Policy{tenantPolicy(nil), {Name: "bad", Namespaces: &Namespaces{Selector: labels.Everything()}, Fault: "unreadable"}}, namespace: teamA(nil), stored: []Stored{{Name: "siem", Collectors: []validation.Collector{inside}, Accepted: true}}, want: "Allowed"},
		"denied beside an invalid policy": {policies: []Policy{tenantPolicy(nil), {Name: "bad", Namespaces: &Namespaces{Selector: labels.Everything()}, Fault: "unreadable"}}, namespace: teamA(nil), stored: []Stored{{Name: "siem", Collectors: []validation.Collector{outside}, Accepted: true}}, want: "Denied"},
		"a deny rule":                     {policies: []Policy{tenantPolicy(func(p *Policy) { p.Deny = []Rule{{}} })}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"a deny rule with exempt users":   {policies: []Policy{tenantPolicy(func(p *Policy) { p.Deny, p.Exempt = []Rule{{}}, []Subject{{Name: "x"}} })}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"a deny rule for other users":     {policies: []Policy{tenantPolicy(nil), tenantPolicy(func(p *Policy) { p.Deny, p.Subjects = []Rule{{}}, []Subject{{Name: "x"}} })}, namespace: teamA(nil), stored: one(inside), want: "Allowed"},
		"a deny rule that warns":          {policies: []Policy{tenantPolicy(func(p *Policy) { p.Deny, p.Enforcement = []Rule{{}}, Warn })}, namespace: teamA(nil), stored: one(inside), want: "Allowed"},
		"allowed to some users":           {policies: []Policy{tenantPolicy(func(p *Policy) { p.Subjects = []Subject{{Name: "x"}} })}, namespace: teamA(nil), stored: one(inside), want: "Allowed"},
		"the label":                       {policies: []Policy{tenantPolicy(func(p *Policy) { p.Namespaces = &Namespaces{Selector: production} })}, namespace: teamA(map[string]string{"stage": "production"}), stored: one(inside), want: "Allowed"},
		"the label is gone":               {policies: []Policy{tenantPolicy(func(p *Policy) { p.Namespaces = &Namespaces{Selector: production} })}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"an invalid policy":               {policies: []Policy{{Name: "broken", Namespaces: &Namespaces{Selector: labels.Everything()}, Fault: "x"}}, namespace: teamA(nil), stored: one(inside), want: "Denied"},
		"too many collectors":             {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxCollectors = new(0) })}, namespace: teamA(nil), stored: one(inside), want: "QuotaExceeded"},
		"the oldest ones count first":     {policies: []Policy{tenantPolicy(nil)}, namespace: teamA(nil), stored: many, want: "QuotaExceeded Allowed Allowed Allowed Allowed"},
		"more by a policy":                {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports = new(5) })}, namespace: teamA(nil), stored: many, want: "Allowed Allowed Allowed Allowed Allowed"},
		"less by a policy":                {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports = new(1) })}, namespace: teamA(nil), stored: many, want: "QuotaExceeded QuotaExceeded QuotaExceeded QuotaExceeded Allowed"},
		"more by a policy for some users": {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports, p.Subjects = new(5), []Subject{{Name: "x"}} })}, namespace: teamA(nil), stored: many, want: "Allowed Allowed Allowed Allowed Allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			var reasons []string
			for _, j := range Compile(c.policies).Judge(c.namespace, c.stored) {
				if j.Accepted != (j.Reason == "Allowed") || j.Message == "" {
					t.Errorf("%+v", j)
				}
				reasons = append(reasons, j.Reason)
			}
			if got := strings.Join(reasons, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Admission never allows what the controller would not accept, except for what it can't know: who stored it.
func TestEvaluateTenants(t *testing.T) {
	inside, outside := ipfix("10.20.0.5:4739"), ipfix("10.30.0.5:4739")
	alice := validation.User{Name: "alice", Groups: []string{"system:authenticated"}}
	for name, c := range map[string]struct {
		policies []Policy
		user     validation.User
		change   validation.Change
		denied   string // rules
		warned   string
	}{
		"no policy":                 {user: alice, change: added(inside), denied: "allow"},
		"allowed":                   {policies: []Policy{tenantPolicy(nil)}, user: alice, change: added(inside)},
		"another destination":       {policies: []Policy{tenantPolicy(nil)}, user: alice, change: added(inside, outside), denied: "tenants/allow"},
		"removal only":              {user: alice, change: validation.Change{Removed: []validation.Collector{inside}, Result: []validation.Collector{outside}}},
		"not a subject":             {policies: []Policy{tenantPolicy(func(p *Policy) { p.Subjects = []Subject{{Name: "bob"}} })}, user: alice, change: added(inside), denied: "allow"},
		"exempt from the policy":    {policies: []Policy{tenantPolicy(func(p *Policy) { p.Exempt = []Subject{{Name: "alice"}} })}, user: alice, change: added(inside), denied: "allow"},
		"a policy of the cluster's": {policies: []Policy{{Name: "all", Allow: []Rule{{}}, Deny: []Rule{{}}}}, user: alice, change: added(inside), denied: "allow"},
		"denied":                    {policies: []Policy{tenantPolicy(func(p *Policy) { p.Deny = []Rule{{}} })}, user: alice, change: added(inside), denied: "tenants/deny[0]"},
		"warned":                    {policies: []Policy{tenantPolicy(func(p *Policy) { p.Deny, p.Enforcement = []Rule{{}}, Warn })}, user: alice, change: added(inside), warned: "tenants/deny[0]"},
		"warning allows nothing":    {policies: []Policy{tenantPolicy(func(p *Policy) { p.Enforcement = Warn })}, user: alice, change: added(outside), denied: "tenants/allow"},
		"the default quota":         {policies: []Policy{tenantPolicy(nil)}, user: alice, change: fifth(inside), denied: "maxFlowExports"},
		"a smaller quota":           {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports = new(2) })}, user: alice, change: fifth(inside), denied: "tenants/maxFlowExports"},
		"a larger quota":            {policies: []Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports = new(5) })}, user: alice, change: fifth(inside)},
		"an invalid policy":         {policies: []Policy{tenantPolicy(nil), {Name: "broken", Namespaces: &Namespaces{Selector: labels.Everything()}, Fault: "x"}}, user: alice, change: added(inside), denied: "broken/fault"},
		"an exempt user":            {user: validation.User{Name: "root"}, change: added(outside)},
	} {
		t.Run(name, func(t *testing.T) {
			c.change.Resource, c.change.Namespace.Name = validation.FlowExport, "team-a"
			d := Compile(c.policies, "root").Evaluate(c.user, c.change)
			if got := sources(d.Denied); got != c.denied {
				t.Errorf("denied by %s, want %s", got, c.denied)
			}
			if got := sources(d.Warned); got != c.warned {
				t.Errorf("warned by %s, want %s", got, c.warned)
			}
		})
	}
}

func ipfix(text string) validation.Collector {
	addr, _ := parseCollector(text)
	return validation.Collector{Format: validation.IPFIX, Addr: addr}
}

func added(list ...validation.Collector) validation.Change {
	return validation.Change{Create: true, Added: list, Result: list}
}

func fifth(list ...validation.Collector) validation.Change {
	c := added(list...)
	c.Namespace.Others = 4
	return c
}

func sources(denials []validation.Denial) string {
	var list []string
	for _, d := range denials {
		list = append(list, d.Source())
	}
	return strings.Join(list, " ")
}

// A policy with namespaces has no effect on the lists of the cluster.
func TestPoliciesOfTenantsAreNotAboutTheCluster(t *testing.T) {
	set := Compile([]Policy{tenantPolicy(func(p *Policy) { p.Deny = []Rule{{}} })})
	c := added(ipfix("10.30.0.5:4739"))
	if d := set.Evaluate(validation.User{Name: "alice"}, c); len(d.Denied)+len(d.AppliedPolicies) > 0 {
		t.Errorf("%+v", d)
	}
	if set.Len() != 0 || len(set.All()) != 0 || len(set.Tenants()) != 1 {
		t.Errorf("%d of the cluster, %d of tenants", set.Len(), len(set.Tenants()))
	}
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}
