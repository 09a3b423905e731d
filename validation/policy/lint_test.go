package policy_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

// manifests reads policies, each with a name and a spec.
func manifests(t *testing.T, list ...string) []policy.Policy {
	t.Helper()
	var policies []policy.Policy
	for i, spec := range list {
		text := fmt.Sprintf("{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p%d}, spec: %s}", i, spec)
		read, err := policy.Read("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, read...)
	}
	return policies
}

func TestLint(t *testing.T) {
	const siem = `{required: [{format: IPFIX, collector: "10.0.0.5:4739"}], exempt: [{kind: Group, name: security}]}`
	eleven := func(first int) string {
		var list []string
		for i := range 6 {
			list = append(list, fmt.Sprintf(`{format: IPFIX, collector: "10.0.0.%d:4739"}`, first+i))
		}
		return "{required: [" + strings.Join(list, ", ") + "]}"
	}
	for name, c := range map[string]struct {
		policies []string
		ipv6     bool
		want     []string // place, severity and check; parts of the message follow
	}{
		"nothing to say":                       {[]string{siem, `{subjects: [{kind: Group, name: a}], allow: [{destinations: [10.20.0.0/16]}]}`}, false, nil},
		"the guide's examples":                 {[]string{siem, `{exempt: [{kind: Group, name: security}], deny: [{}]}`, `{deny: [{formats: [SFlow]}]}`}, false, nil},
		"required and denied":                  {[]string{`{required: [{format: IPFIX, collector: "10.0.0.5:4739"}], deny: [{destinations: [10.0.0.0/8]}]}`}, false, []string{"p0/required[0]: error: unsatisfiable: by p0/deny[0]"}},
		"required and denied by another":       {[]string{siem, `{deny: [{formats: [IPFIX]}]}`}, false, []string{"p0/required[0]: error: unsatisfiable: by p1/deny[0]"}},
		"required and not allowed":             {[]string{siem, `{allow: [{destinations: [10.20.0.0/16]}]}`}, false, []string{"p0/required[0]: error: unsatisfiable: by p1/allow"}},
		"allowed for some":                     {[]string{siem, `{allow: [{destinations: [10.20.0.0/16]}]}`, `{subjects: [{kind: Group, name: a}], allow: [{ports: ["4739"]}]}`}, false, nil},
		"denied for a group":                   {[]string{siem, `{subjects: [{kind: Group, name: a}], deny: [{}]}`}, false, nil},
		"denied for all who are authenticated": {[]string{siem, `{subjects: [{kind: Group, name: "system:authenticated"}], deny: [{}]}`}, false, []string{"p0/required[0]: error: unsatisfiable"}},
		"only warned of":                       {[]string{siem, `{enforcement: Warn, deny: [{}]}`}, false, nil},
		"exempt by two ways":                   {[]string{siem, `{exempt: [{kind: Group, name: a}], deny: [{ports: ["4739"]}]}`, `{exempt: [{kind: User, name: b}], deny: [{formats: [IPFIX]}]}`}, false, nil},
		"required in IPv6":                     {[]string{`{required: [{format: IPFIX, collector: "[2001:db8::1]:4739"}]}`}, false, []string{"p0/required[0]: error: unsatisfiable: IPv4 only"}},
		"required in IPv6 where it is stored":  {[]string{`{required: [{format: IPFIX, collector: "[2001:db8::1]:4739"}]}`}, true, nil},
		"required more than once":              {[]string{`{required: [{format: IPFIX, collector: "10.0.0.5:1"}, {format: IPFIX, collector: "10.0.0.5:1"}]}`}, false, []string{"p0/required[1]: warning: shadowed"}},
		"a limit below what others require":    {[]string{siem, `{maxCollectors: 0}`}, false, []string{"p0/required[0]: error: unsatisfiable: by p1/maxCollectors", "p1/maxCollectors: error: conflict: require 1 IPFIX"}},
		"more than a Network holds":            {[]string{eleven(1), eleven(7)}, false, []string{"p0/required: error: conflict: require 12 IPFIX", "p1/required: error: conflict: a Network can hold 10"}},
		"a limit that leaves no room":          {[]string{`{allow: [{}], maxCollectors: 0}`}, false, []string{"p0/maxCollectors: warning: shadowed"}},

		"allowed and denied":          {[]string{`{allow: [{destinations: [10.20.0.0/16]}], deny: [{destinations: [10.0.0.0/8]}]}`}, false, []string{"p0/allow[0]: warning: shadowed: deny[0]"}},
		"denied in part":              {[]string{`{allow: [{destinations: [10.20.0.0/16]}], deny: [{destinations: [10.20.99.0/24]}]}`}, false, nil},
		"denied in two halves":        {[]string{`{allow: [{destinations: [10.20.0.0/16], ports: ["1-9"]}], deny: [{destinations: [10.20.128.0/17, 10.20.0.0/17], ports: ["5-9", "1-4"]}]}`}, false, []string{"p0/allow[0]: warning: shadowed"}},
		"allowed more than once":      {[]string{`{allow: [{formats: [IPFIX, SFlow]}, {formats: [IPFIX], destinations: [10.0.0.0/8]}, {formats: [NetFlow]}]}`}, false, []string{"p0/allow[1]: warning: shadowed: allow[0]"}},
		"the node's own address":      {[]string{`{allow: [{destinations: [0.0.0.0/0]}, {}]}`}, false, nil},
		"every network is an address": {[]string{`{allow: [{destinations: [0.0.0.0/0, "::/0"]}, {}]}`}, false, []string{"p0/allow[1]: warning: shadowed"}},
		"denied more than once":       {[]string{`{deny: [{destinations: [10.0.0.0/8]}, {destinations: [10.1.0.0/16], ports: ["7"]}]}`}, false, []string{"p0/deny[1]: warning: shadowed"}},
		"denied by another":           {[]string{`{subjects: [{kind: Group, name: a}], allow: [{destinations: [10.20.0.0/16]}]}`, `{deny: [{destinations: [10.0.0.0/8]}]}`}, false, []string{"p0/allow[0]: warning: conflict: deny[0] of policy p1"}},
		"denied by one that warns":    {[]string{`{allow: [{destinations: [10.20.0.0/16]}]}`, `{enforcement: Audit, deny: [{}]}`}, false, nil},
		"denied for others":           {[]string{`{subjects: [{kind: Group, name: a}], allow: [{}]}`, `{subjects: [{kind: Group, name: b}], deny: [{}]}`}, false, nil},
		"denied, with an exemption":   {[]string{`{subjects: [{kind: Group, name: a}], allow: [{}]}`, `{exempt: [{kind: Group, name: c}], deny: [{}]}`}, false, nil},

		"names and addresses":         {[]string{`{allow: [{hosts: ["*.example.com"]}, {destinations: [10.0.0.0/8]}, {}]}`}, false, nil},
		"names twice":                 {[]string{`{allow: [{hosts: ["*.example.com"], destinations: [10.0.0.0/8]}, {hosts: [a.example.com, "*.b.example.com"], destinations: [10.1.0.0/16]}]}`}, false, []string{"p0/allow[1]: warning: shadowed: allow[0]"}},
		"any address has no name":     {[]string{`{allow: [{}, {hosts: [a.example.com]}]}`}, false, nil},
		"denied by name":              {[]string{`{allow: [{hosts: [a.example.com]}, {hosts: [a.example.org]}], deny: [{hosts: ["*.example.com"]}]}`}, false, []string{"p0/allow[0]: warning: shadowed: deny[0]"}},
		"denied by any address":       {[]string{`{allow: [{hosts: [a.example.com]}], deny: [{}]}`}, false, []string{"p0/allow[0]: warning: shadowed: deny[0]"}},
		"a name that is listed":       {[]string{`{allow: [{hosts: [a.example.com]}], deny: [{destinations: [10.0.0.0/8]}]}`}, false, nil},
		"names are no addresses":      {[]string{`{allow: [{destinations: [10.0.0.0/8]}], deny: [{hosts: ["*"]}]}`}, false, nil},
		"names denied twice":          {[]string{`{deny: [{hosts: ["*"]}, {hosts: [a.example.com]}]}`}, false, []string{"p0/deny[1]: warning: shadowed"}},
		"another format of NetObserv": {[]string{`{allow: [{formats: [NetFlow, SFlow, IPFIX]}, {formats: [Kafka, IPFIX]}]}`}, false, nil},
		"names in lists":              {[]string{`{allow: [{formats: [NetFlow], hosts: [a.example.com]}]}`}, false, []string{"p0/allow[0].hosts: warning: never-matches"}},
		"IPv6 for NetObserv":          {[]string{`{allow: [{formats: [Kafka], destinations: ["2001:db8::/32"]}]}`}, false, nil},

		"reserved":                   {[]string{`{allow: [{destinations: [240.0.0.0/8, 10.0.0.0/8]}]}`}, false, []string{"p0/allow[0].destinations[0]: warning: never-matches: 240.0.0.0/4"}},
		"the unspecified address":    {[]string{`{deny: [{destinations: [0.0.0.0/32, "::/128"]}]}`}, true, []string{"p0/deny[0].destinations[0]: warning: never-matches", "p0/deny[0].destinations[1]: warning: never-matches"}},
		"IPv6 in a list of IPv4":     {[]string{`{allow: [{formats: [NetFlow], destinations: ["2001:db8::/32"]}]}`}, false, []string{"p0/allow[0].destinations[0]: warning: never-matches: --ip-families"}},
		"IPv6 in the ConfigMap":      {[]string{`{allow: [{destinations: ["2001:db8::/32"]}]}`}, false, nil},
		"IPv6 where it is stored":    {[]string{`{allow: [{formats: [NetFlow], destinations: ["2001:db8::/32"]}]}`}, true, nil},
		"all but what is reserved":   {[]string{`{deny: [{destinations: [0.0.0.0/0, 224.0.0.0/3]}]}`}, false, nil},
		"subjects that are exempt":   {[]string{`{subjects: [{kind: User, name: a}, {kind: Group, name: b}], exempt: [{kind: Group, name: b}, {kind: User, name: a}], deny: [{}]}`}, false, []string{"p0/subjects: warning: no-user"}},
		"one subject is not exempt":  {[]string{`{subjects: [{kind: User, name: a}, {kind: Group, name: b}], exempt: [{kind: User, name: a}], deny: [{}]}`}, false, nil},
		"a group of the subject":     {[]string{`{subjects: [{kind: ServiceAccount, name: a, namespace: flows}], exempt: [{kind: Group, name: "system:serviceaccounts:flows"}], deny: [{}]}`}, false, []string{"p0/subjects: warning: no-user"}},
		"a subject in other words":   {[]string{`{subjects: [{kind: ServiceAccount, name: a, namespace: flows}], exempt: [{kind: User, name: "system:serviceaccount:flows:a"}], deny: [{}]}`}, false, []string{"p0/subjects: warning: no-user"}},
		"the exempt user of a flag":  {[]string{`{subjects: [{kind: User, name: argocd}], deny: [{}]}`}, false, []string{"p0/subjects: warning: no-user"}},
		"everyone is exempt":         {[]string{`{exempt: [{kind: Group, name: "system:authenticated"}], deny: [{}]}`}, false, []string{"p0/exempt: warning: no-user"}},
		"bounds that exclude others": {[]string{`{sampling: {max: 100}}`, `{subjects: [{kind: Group, name: a}], sampling: {min: 101}}`}, false, []string{"p0/sampling: error: conflict: allows at most 100, but policy p1 allows at least 101"}},
		"bounds that meet":           {[]string{`{cacheMaxFlows: {max: 100}}`, `{cacheMaxFlows: {min: 100}}`}, false, nil},
		"bounds of different users":  {[]string{`{exempt: [{kind: Group, name: a}], sampling: {max: 100}}`, `{subjects: [{kind: Group, name: a}], sampling: {min: 101}}`}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range policy.Lint(manifests(t, c.policies...), policy.LintOptions{IPv6: c.ipv6, Exempt: []string{"argocd"}}) {
				got = append(got, fmt.Sprintf("%s/%s: %s: %s: %s", f.Policy, f.Rule, f.Severity, f.Check, f.Message))
			}
			for i, line := range got {
				if i >= len(c.want) {
					break
				}
				parts := strings.SplitN(c.want[i], ": ", 4)
				if strings.HasPrefix(line, strings.Join(parts[:3], ": ")) && (len(parts) < 4 || strings.Contains(line, parts[3])) {
					got[i] = c.want[i]
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// nameHosts gives host names to some rules.
func nameHosts(r *rand.Rand, rules []policy.Rule) {
	for i := range rules {
		if r.IntN(2) == 0 {
			rules[i].Hosts = []string{"*", "*.example.com", "a.example.com", "*.a.example.com", "a.example.org"}[r.IntN(5):][:1]
		}
	}
}

// without removes the rule that a finding is about; false if it is about something else.
func without(list []policy.Policy, f policy.LintFinding) ([]policy.Policy, bool) {
	changed := slices.Clone(list)
	i := slices.IndexFunc(changed, func(p policy.Policy) bool { return p.Name == f.Policy })
	p := &changed[i]
	var index int
	if _, err := fmt.Sscanf(f.Rule, "allow[%d]", &index); err == nil && len(p.Allow) > 1 {
		p.Allow = slices.Delete(slices.Clone(p.Allow), index, index+1)
		return changed, true
	}
	if _, err := fmt.Sscanf(f.Rule, "deny[%d]", &index); err == nil {
		p.Deny = slices.Delete(slices.Clone(p.Deny), index, index+1)
		return changed, true
	}
	return nil, false
}

// A rule without effect can go: no change of any user is judged otherwise.
func TestAShadowedRuleCanBeRemoved(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	users := []validation.User{mary, john, policy.UserAsAuthenticated(flowsBot.Name, nil), policy.UserAsAuthenticated("eve", []string{"team-b"})}
	removed, unsatisfiable := 0, 0
	for range 3000 {
		policies := randomPolicies(r)
		for i := range policies {
			nameHosts(r, policies[i].Allow)
			nameHosts(r, policies[i].Deny)
		}
		for _, f := range policy.Lint(policies, policy.LintOptions{}) {
			for range 20 {
				user := users[r.IntN(len(users))]
				if f.Check == policy.Unsatisfiable && strings.HasPrefix(f.Rule, "required") {
					unsatisfiable++
					checkUnsatisfiable(t, policies, f, user)
				}
				less, ok := without(policies, f)
				if !ok || f.Check != policy.Shadowed && f.Check != policy.Conflict {
					continue
				}
				removed++
				change := difference(randomSinks(r), randomSinks(r))
				change.Removed = nil // an allow rule also says what may be removed
				for range r.IntN(3) {
					change.Added = append(change.Added, validation.Collector{
						Format: validation.PolicyFormats()[2+r.IntN(3)], Host: []string{"a.example.com", "b.a.example.com", "a.example.org"}[r.IntN(3)],
						Addr: netip.AddrPortFrom(netip.Addr{}, uint16(2055+r.IntN(3))),
					})
				}
				before, after := refusals(policies, user, change), refusals(less, user, change)
				if (before > 0) != (after > 0) {
					t.Fatalf("%s\nbefore %d, after %d denials of %+v to %s\n%+v", f.Text(), before, after, change, user.Name, policies)
				}
			}
		}
	}
	if removed < 1000 || unsatisfiable < 1000 {
		t.Errorf("the generator is lopsided: %d removed, %d unsatisfiable", removed, unsatisfiable)
	}
}

func checkUnsatisfiable(t *testing.T, policies []policy.Policy, f policy.LintFinding, user validation.User) {
	t.Helper()
	for _, p := range policies {
		if p.Name != f.Policy {
			continue
		}
		var index int
		if _, err := fmt.Sscanf(f.Rule, "required[%d]", &index); err != nil {
			t.Fatal(err)
		}
		added := p.Required[index : index+1]
		if refusals(policies, user, validation.Change{Added: added, Result: added}) == 0 {
			t.Fatalf("%s may add it: %s\n%+v", user.Name, f.Text(), policies)
		}
	}
}

func TestLintIsBounded(t *testing.T) {
	var list []policy.Policy
	for i := range 200 {
		p := policy.Policy{Name: fmt.Sprintf("p%03d", i), Deny: []policy.Rule{{}}, Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739")}}
		for k := range 64 {
			p.Exempt = append(p.Exempt, policy.Subject{Name: fmt.Sprintf("user-%d-%d", i, k)})
		}
		list = append(list, p)
	}
	for _, f := range policy.Lint(list, policy.LintOptions{}) {
		if f.Check == policy.Unsatisfiable {
			t.Fatalf("claimed although not all users were tried: %s", f.Text())
		}
	}
}
