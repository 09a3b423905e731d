package compiled

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// The generator draws from few values, so that rules, users and collectors meet often.

func users() []validation.User {
	return []validation.User{
		{Name: "mary", Groups: []string{"team-a"}},
		{Name: "john", Groups: []string{"team-b", "auditors"}},
		{Name: "o'neil"},
		{Name: exempt, Groups: []string{"team-a"}},
		{Name: "system:serviceaccount:gitops:argocd", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:gitops"}},
		{Name: "eve", Groups: append(manyGroups(), "team-a")},
	}
}

// manyGroups are more groups than any limit on lists that is meant for objects.
func manyGroups() []string {
	groups := make([]string, 1100)
	for i := range groups {
		groups[i] = fmt.Sprintf("group-%04d", i)
	}
	return groups
}

func randomSubjects(r *rand.Rand) []policy.Subject {
	all := []policy.Subject{
		{Kind: policy.GroupSubject, Name: "team-a"},
		{Kind: policy.GroupSubject, Name: "auditors"},
		{Name: "mary"},
		{Name: "o'neil"},
		{Kind: policy.ServiceAccountSubject, Namespace: "gitops", Name: "argocd"},
		{Kind: policy.GroupSubject, Name: "nobody-is-in-here"},
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:r.IntN(3)]
}

func randomRule(r *rand.Rand) policy.Rule {
	var rule policy.Rule
	if r.IntN(2) == 0 {
		rule.Formats = []validation.Format{validation.Formats()[r.IntN(3)]}
	}
	networks := []string{"10.0.0.0/8", "10.0.0.0/24", "10.1.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "::/0", "192.168.0.0/16", "2001:db8::/32"}
	for range r.IntN(3) {
		network := netip.MustParsePrefix(networks[r.IntN(len(networks))])
		rule.Destinations = append(rule.Destinations, network)
	}
	if r.IntN(3) == 0 {
		first := uint16(2055 + r.IntN(3))
		rule.Ports = []policy.PortRange{{First: first, Last: first + uint16(r.IntN(2))}}
	}
	return rule
}

func randomRules(r *rand.Rand) (rules []policy.Rule) {
	for range r.IntN(3) {
		rules = append(rules, randomRule(r))
	}
	return rules
}

func randomPolicies(r *rand.Rand) (list []policy.Policy) {
	for i := range 1 + r.IntN(4) {
		p := policy.Policy{
			Name: fmt.Sprint("p", i), Subjects: randomSubjects(r),
			Allow: randomRules(r), Deny: randomRules(r), RemovalRestricted: r.IntN(4) == 0,
		}
		if r.IntN(2) == 0 {
			p.Enforcement = policy.Enforcement(1 + r.IntN(2))
		}
		if r.IntN(3) == 0 {
			p.Exempt = randomSubjects(r)
		}
		if r.IntN(4) == 0 {
			n := r.IntN(3)
			p.MaxCollectors = &n
		}
		if r.IntN(4) == 0 {
			p.Required = []validation.Collector{{Format: validation.Formats()[r.IntN(3)], Addr: netip.MustParseAddrPort("10.0.0.1:2055")}}
		}
		p.Bounds = randomBounds(r)
		if p.MaxCollectors != nil && *p.MaxCollectors < len(p.Required) {
			p.MaxCollectors = nil // refused, because what is required could not be added
		}
		if len(p.Allow)+len(p.Deny)+len(p.Required) == 0 && p.MaxCollectors == nil && p.Bounds == (policy.Bounds{}) {
			p.RemovalRestricted = true // a policy that restricts nothing is refused
		}
		list = append(list, p)
	}
	return list
}

// manifestOf writes a policy as its object.
func manifestOf(t *testing.T, p policy.Policy) string {
	t.Helper()
	o := v1alpha1.FlowExportPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "sluice.dev/v1alpha1", Kind: "FlowExportPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: p.Name},
	}
	subjects := func(list []policy.Subject) (out []v1alpha1.PolicySubject) {
		for _, s := range list {
			kind := map[policy.SubjectKind]string{policy.UserSubject: "User", policy.GroupSubject: "Group", policy.ServiceAccountSubject: "ServiceAccount"}[s.Kind]
			out = append(out, v1alpha1.PolicySubject{Kind: kind, Name: s.Name, Namespace: s.Namespace})
		}
		return out
	}
	rules := func(list []policy.Rule) (out []v1alpha1.PolicyRule) {
		for _, r := range list {
			var rule v1alpha1.PolicyRule
			for _, f := range r.Formats {
				rule.Formats = append(rule.Formats, v1alpha1.ExportFormat(f.Name()))
			}
			for _, d := range r.Destinations {
				rule.Destinations = append(rule.Destinations, v1alpha1.Destination(d.String()))
			}
			for _, ports := range r.Ports {
				rule.Ports = append(rule.Ports, v1alpha1.PortRange(ports.String()))
			}
			out = append(out, rule)
		}
		return out
	}
	o.Spec = v1alpha1.FlowExportPolicySpec{
		Subjects: subjects(p.Subjects), Exempt: subjects(p.Exempt), Enforcement: v1alpha1.Enforcement(p.Enforcement.String()),
		Allow: rules(p.Allow), Deny: rules(p.Deny),
	}
	for _, s := range p.Required {
		o.Spec.Required = append(o.Spec.Required, v1alpha1.RequiredCollector{Format: v1alpha1.FlowFormat(s.Format.Name()), Collector: s.Addr.String()})
	}
	if p.MaxCollectors != nil {
		o.Spec.MaxCollectors = new(int32(*p.MaxCollectors))
	}
	ends := func(b *policy.Bound) (low, high *int64) {
		if b.HasMin {
			low = &b.Min
		}
		if b.HasMax {
			high = &b.Max
		}
		return low, high
	}
	if b := p.Bounds[validation.Sampling]; b != nil {
		o.Spec.Sampling = &v1alpha1.SamplingBounds{}
		o.Spec.Sampling.Min, o.Spec.Sampling.Max = ends(b)
	}
	if b := p.Bounds[validation.CacheActiveTimeout]; b != nil {
		o.Spec.CacheActiveTimeout = &v1alpha1.CacheActiveTimeoutBounds{}
		o.Spec.CacheActiveTimeout.Min, o.Spec.CacheActiveTimeout.Max = ends(b)
	}
	if b := p.Bounds[validation.CacheMaxFlows]; b != nil {
		o.Spec.CacheMaxFlows = &v1alpha1.CacheMaxFlowsBounds{}
		o.Spec.CacheMaxFlows.Min, o.Spec.CacheMaxFlows.Max = ends(b)
	}
	if p.RemovalRestricted {
		o.Spec.Removal = v1alpha1.RemovalOnlyAllowed
	}
	text, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return "---\n" + string(text)
}

// collectors are texts that the CRD's pattern lets pass; some are malformed all the same.
func collectors() []string {
	return []string{
		"10.0.0.1:2055", "10.0.0.2:2055", "10.1.0.1:2056", "10.1.2.3:2057", "192.168.1.99:2055", "192.168.1.99:6343",
		"203.0.113.9:4739", "127.0.0.1:2055", "224.0.0.1:9", "10.0.0.1:1", "10.0.0.1:65535",
		"10.0.0.01:2055", "00.1.2.3:2055", "0.0.0.0:2055", "0.1.2.3:2055", "240.0.0.1:2055", "255.255.255.255:2055",
	}
}

// ipv6Collectors are what only a CRD for IPv6 lets pass.
func ipv6Collectors() []string {
	return []string{"[2001:db8::1]:4739", "[2001:db8::2]:2055", "[fe80::1]:2055", "[::1]:2055", "[fd00::1]:6343"}
}

// malformedToo are how many of the texts, the last ones, are malformed.
const malformedToo = 6

// randomList draws from texts, of which so many in a hundred may be malformed.
func randomList(r *rand.Rand, texts []string, malformed int) []string {
	const longest = 3
	var list []string
	for range r.IntN(longest + 1) {
		known := len(texts) - malformedToo
		if r.IntN(100) < malformed {
			known = len(texts)
		}
		list = append(list, texts[r.IntN(known)])
	}
	return list
}

// randomFlows writes exportNetworkFlows. Lists without a collector are left out: the CRD
// refuses them in its own words.
func randomFlows(r *rand.Rand, texts []string, malformed int) string {
	var formats []string
	for _, f := range validation.Formats() {
		if list := randomList(r, texts, malformed); len(list) > 0 && r.IntN(3) > 0 {
			formats = append(formats, fmt.Sprintf("%s: {collectors: [%s]}", f.Field(), quoted(list)))
		}
	}
	return "{" + strings.Join(formats, ", ") + "}"
}

func quoted(list []string) string {
	texts := make([]string, len(list))
	for i, text := range list {
		texts[i] = fmt.Sprintf("%q", text)
	}
	return strings.Join(texts, ", ")
}

// randomData writes the data of the ConfigMap.
func randomData(r *rand.Rand) string {
	var keys []string
	maybe := func(key string, in int, values ...string) {
		if r.IntN(in) == 0 {
			keys = append(keys, fmt.Sprintf("%s: %q", key, values[r.IntN(len(values))]))
		}
	}
	targets := []string{
		"", ",", ":4739", "10.0.0.1:2055", "10.0.0.1:2055,10.0.0.1:2055", "10.0.0.1:02055", " 10.0.0.1:2055", "[10.0.0.1]:2055", "udp://10.0.0.1:2055",
		"[2001:db8::1]:4739", "[2001:DB8::1]:4739", "2001:db8::1:4739", "[::ffff:10.0.0.1]:2055", "[::]:4739", "[fe80::1%eth0]:4739", "10.0.0.1", "collector:4739",
		"10.0.0.1:2055,:4739", "10.0.0.1:2055,", "10.0.0.2:2055,[2001:db8::2]:4739", "0.0.0.0:1", "10.0.0.1:0", "10.0.0.1:65536",
	}
	maybe("sharedTarget", 2, targets...)
	if r.IntN(3) == 0 {
		maybe("sharedTarget2", 1, "x")
	}
	maybe("nodePort", 2, "2055", "02055", " 2055", "0", "65536", "port", "", "10.0.0.1:2055", "4739")
	maybe("cacheActiveTimeout", 2, "60s", "60", "", "0", "-1s", "-500ms", "4200s", "4200.9s", "4201s", "70m", "1h10m0.5s", "1h10m1s", "2560000h", "00000000060s", ".5s", "1.s", "1us2ms", "+3s", "s", "1 s")
	maybe("sampling", 3, "400", "0", "x", "50", "050", "101", "9", "5000", "4294967295", "4294967296", "99999999999999999999", "+50", "-1", " 50", "0000000000000050", "5e1", "")
	maybe("cacheMaxFlows", 3, "0", "1", "400", "4294967296", "00", "x")
	return "{" + strings.Join(keys, ", ") + "}"
}
