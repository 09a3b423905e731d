package versions

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

// oldestCompiled is the first release that takes the output of "sluice policy compile".
const oldestCompiled = 31

// compile runs "sluice policy compile" and returns the policies by name.
func compile(t *testing.T) map[string]expressions {
	t.Helper()
	policies, err := filepath.Abs("testdata/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "run", "./cmd/sluice", "policy", "compile", "--ip-families=ipv4,ipv6", "--policy", policies)
	command.Dir = "../../.."
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("sluice policy compile: %v\n%s", err, stderr.String())
	}
	list := map[string]expressions{}
	objects, err := documents("the command's output", out)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range objects {
		if d.Kind == "ValidatingAdmissionPolicy" {
			list[d.Name] = expressionsOf(into[admissionregistrationv1.ValidatingAdmissionPolicy](t, d))
		}
	}
	return list
}

// compiledCase is a request and what the compiled policies say about it: the name of the
// policy object and a part of the message, or nothing.
type compiledCase struct {
	request
	refused, why string
}

// compiledCases has collectors inside and outside the networks, in each way that they are
// written, and each other rule.
func compiledCases() map[string]compiledCase {
	mary, john := by("mary", "team-a"), by("john", "team-b")
	netFlow := func(collectors string) string { return exporting("{netFlow: {collectors: [" + collectors + "]}}") }
	required := exporting(`{ipfix: {collectors: ["10.0.0.5:4739"]}}`)
	const networks, networksWarn, flowsConfig, profiles = "sluice-networks", "sluice-networks-warn", "sluice-flows-config", "sluice-profiles"
	anna := by("anna", "team-c")
	const guarded = `{ipfix: {collectors: ["10.0.0.6:4739"]}}`
	good := `export: true, ipfix: {sampling: 50, cacheActiveTimeout: 60, cacheMaxFlows: 1}, sFlow: {sampling: 50}`
	of := func(spec string) string { return profile("{" + spec + "}") }
	return map[string]compiledCase{
		"inside the network":            {request{mary, bare, netFlow(`"10.20.0.1:2055"`)}, "", ""},
		"both, as a new object":         {request{mary, "", exporting(`{ipfix: {collectors: ["10.0.0.5:4739", "[2001:db8::1]:4739"]}}`)}, networks, `may not send IPFIX "10.0.0.5:4739": no allow rule matches`},
		"inside, with IPv6":             {request{mary, bare, netFlow(`"[2001:db8::1]:2056"`)}, "", ""},
		"outside the network":           {request{mary, bare, netFlow(`"192.0.2.1:2055"`)}, networks, `"mary" may not send NetFlow "192.0.2.1:2055": no allow rule matches`},
		"outside, with IPv6":            {request{mary, bare, netFlow(`"[2001:db9::1]:2055"`)}, networks, `"mary" may not send NetFlow "[2001:db9::1]:2055": no allow rule matches`},
		"one inside, one outside":       {request{mary, bare, netFlow(`"10.20.0.1:2055", "192.0.2.1:2055"`)}, networks, `"mary" may not send NetFlow "192.0.2.1:2055": no`},
		"outside, but there already":    {request{mary, netFlow(`"192.0.2.1:2055"`), netFlow(`"192.0.2.1:2055", "10.20.0.1:2055"`)}, "", ""},
		"another port":                  {request{mary, bare, netFlow(`"10.20.0.1:2057"`)}, networks, "no allow rule matches"},
		"another format":                {request{mary, bare, exporting(`{sFlow: {collectors: ["10.20.0.1:2055"]}}`)}, networks, `may not send sFlow "10.20.0.1:2055"`},
		"outside, by another user":      {request{john, bare, netFlow(`"192.0.2.1:2055"`)}, "", ""},
		"outside, by the operator":      {request{by(operator), bare, netFlow(`"192.0.2.1:2055"`)}, "", ""},
		"inside a denied network":       {request{mary, bare, netFlow(`"10.20.99.1:2055"`)}, networks, "the policy denies every format to 10.20.99.0/24 [policy team-a/deny[0]]"},
		"a warning":                     {request{john, bare, exporting(`{sFlow: {collectors: ["10.20.0.1:6343"]}}`)}, networksWarn, `"john" may not send sFlow "10.20.0.1:6343"`},
		"no warning outside":            {request{john, bare, exporting(`{sFlow: {collectors: ["192.0.2.1:6343"]}}`)}, "", ""},
		"too many":                      {request{mary, bare, netFlow(`"10.20.0.1:2055", "10.20.0.2:2055", "10.20.0.3:2055"`)}, networks, "would have 3 NetFlow collectors; the policy allows at most 2"},
		"a removal":                     {request{mary, netFlow(`"192.0.2.1:2055"`), bare}, networks, `"mary" may not remove NetFlow "192.0.2.1:2055"`},
		"an allowed removal":            {request{mary, netFlow(`"10.20.0.1:2055"`), bare}, "", ""},
		"a required collector":          {request{john, required, bare}, networks, `"10.0.0.5:4739"`},
		"a deleted object":              {request{john, required, ""}, networks, `"10.0.0.5:4739"`},
		"a leading zero":                {request{john, bare, netFlow(`"10.20.0.01:2055"`)}, networks, "has a leading zero in an octet"},
		"not canonical":                 {request{john, bare, netFlow(`"[2001:db8:0::1]:2055"`)}, networks, "is IPv6, or not in canonical form"},
		"never a destination":           {request{john, bare, netFlow(`"0.0.0.0:2055"`)}, networks, "cannot be a destination"},
		"a host name":                   {request{john, bare, netFlow(`"collector:2055"`)}, networks, "is a host name"},
		"the ConfigMap, inside":         {request{mary, config, configured(`{sharedTarget: "10.20.0.1:4739"}`)}, "", ""},
		"the ConfigMap, outside":        {request{mary, config, configured(`{sharedTarget: "192.0.2.1:4739"}`)}, flowsConfig, `may not send IPFIX "192.0.2.1:4739"`},
		"the ConfigMap, IPv6":           {request{mary, "", configured(`{sharedTarget: "[2001:db8::1]:4739"}`)}, "", ""},
		"the ConfigMap, node's own":     {request{mary, config, configured("{nodePort: '4739'}")}, flowsConfig, `may not send IPFIX ":4739"`},
		"the ConfigMap, any node's":     {request{john, config, configured("{nodePort: '4739'}")}, "", ""},
		"the ConfigMap, not canonical":  {request{john, config, configured(`{sharedTarget: "[2001:DB8::1]:4739"}`)}, flowsConfig, "canonical"},
		"the ConfigMap, a repeated one": {request{mary, configured(`{sharedTarget: "10.20.0.1:4739,10.20.0.1:4739"}`), configured(`{sharedTarget: "10.20.0.1:4739,10.20.0.1:4739", sampling: "7"}`)}, "", ""},

		"a sampling":               {request{anna, config, configured(`{nodePort: "1", sampling: "50", cacheMaxFlows: "1"}`)}, "", ""},
		"a sampling outside":       {request{anna, config, configured(`{nodePort: "1", sampling: "401"}`)}, flowsConfig, "data.sampling: the value that results is not allowed; the policy allows 10 to 100; write such a value, because without it the default applies, 400 [policy delivery/sampling]"},
		"a sampling by another":    {request{john, config, configured(`{nodePort: "1", sampling: "401"}`)}, "", ""},
		"a sampling that is not":   {request{anna, configured(`{nodePort: "1", sampling: "50"}`), configured(`{nodePort: "1", sampling: "x"}`)}, flowsConfig, "delivery/sampling"},
		"no sampling any more":     {request{anna, configured(`{nodePort: "1", sampling: "50"}`), configured(`{nodePort: "1"}`)}, flowsConfig, "delivery/sampling"},
		"no target any more":       {request{anna, configured(`{nodePort: "1", sampling: "50"}`), configured(`{sampling: "50"}`)}, flowsConfig, "delivery/sampling"},
		"no ConfigMap any more":    {request{anna, configured(`{nodePort: "1", cacheMaxFlows: "5"}`), ""}, flowsConfig, "delivery/cacheMaxFlows"},
		"a better sampling":        {request{anna, configured(`{nodePort: "1", sampling: "5000"}`), configured(`{nodePort: "1", sampling: "500"}`)}, "", ""},
		"a timeout":                {request{anna, config, configured(`{nodePort: "1", cacheActiveTimeout: "1m0.9s"}`)}, "", ""},
		"a timeout that was none":  {request{anna, configured(`{nodePort: "1", cacheActiveTimeout: s}`), configured(`{nodePort: "1", cacheActiveTimeout: 1m1s}`)}, flowsConfig, "delivery/cacheActiveTimeout"},
		"a timeout outside":        {request{anna, config, configured(`{nodePort: "1", cacheActiveTimeout: "1m1s"}`)}, flowsConfig, "delivery/cacheActiveTimeout"},
		"a profile":                {request{anna, "", of(good)}, "", ""},
		"a bare profile":           {request{anna, "", of("export: true")}, profiles, "spec.ipfix.sampling: the value that results is not allowed"},
		"a bare profile, by john":  {request{john, "", of("export: true")}, "", ""},
		"a profile outside":        {request{anna, of(good), of(strings.Replace(good, "sampling: 50", "sampling: 5", 1))}, profiles, "delivery/sampling"},
		"a profile without a part": {request{anna, of(good), of("export: true, ipfix: {sampling: 50, cacheMaxFlows: 1}")}, profiles, "spec.sFlow.sampling: the value that results is not allowed"},
		"a deleted profile":        {request{anna, of(good), ""}, profiles, "delivery/cacheMaxFlows"},
		"a deleted bare profile":   {request{anna, of("export: true"), ""}, "", ""},
		"a moved profile":          {request{anna, of(good), of(good + ", priority: 1")}, profiles, "delivery/sampling"},
		"a profile for few":        {request{anna, of(good), of(good + ", nodeSelector: {matchLabels: {a: b}}")}, profiles, "delivery/sampling"},
		"the same profile":         {request{anna, of(good), of(good + ", priority: 0, nodeSelector: {}")}, "", ""},
		"no export":                {request{anna, of(good), of(strings.Replace(good, "true", "false", 1))}, profiles, "spec.export: the selected nodes would export nothing, but the policy requires IPFIX 10.0.0.6:4739 [policy delivery/required[0]]"},
		"no export already":        {request{anna, of(strings.Replace(good, "true", "false", 1)), of(strings.Replace(good, "true", "false", 1) + ", netFlow: {activeTimeout: 5}")}, "", ""},
		"only observed":            {request{anna, of(good), of(good + ", mode: Observe")}, profiles, "spec.mode: the selected nodes would not apply the lists, but the policy requires IPFIX 10.0.0.6:4739 [policy delivery/required[0]]"},
		"only observed, by john":   {request{john, of(good), of(good + ", mode: Observe")}, profiles, "spec.mode: the selected nodes would not apply the lists, but the policy requires IPFIX 10.0.0.5:4739 [policy siem/required[0]]"},
		"only observed already":    {request{anna, of(good + ", mode: Observe"), of(good + ", mode: Observe, netFlow: {activeTimeout: 5}")}, "", ""},
		"applied again":            {request{anna, of(good + ", mode: Observe"), of(good + ", mode: Enforce")}, "", ""},
		"unmanaged":                {request{anna, exporting(guarded), unmanaged(guarded)}, networks, "spec.managementState: the Cluster Network Operator would no longer apply the lists, but the policy requires IPFIX 10.0.0.6:4739 [policy delivery/required[0]]"},
		"unmanaged, by john":       {request{john, exporting(guarded), unmanaged(guarded)}, "", ""},
		"unmanaged already":        {request{anna, unmanaged(guarded), unmanaged(guarded)}, "", ""},
		"unmanaged, nothing there": {request{anna, exporting("{ipfix: {}}"), unmanaged("{ipfix: {}}")}, "", ""},

		"the ConfigMap, deleted": {request{mary, configured(`{sharedTarget: "192.0.2.1:4739"}`), ""}, flowsConfig, `may not remove IPFIX "192.0.2.1:4739"`},
	}
}

// TestTheCompiledPoliciesJudge proves that the API server stores the compiled policies, and
// that each expression gives the right value on it. Where it can't, before 1.31, the test
// proves that it refuses to store them, instead of failing when a request comes.
func TestTheCompiledPoliciesJudge(t *testing.T) {
	policies := compile(t)
	if len(policies) == 0 {
		t.Fatal("no policies")
	}
	if release() < oldestCompiled {
		for name, p := range policies {
			// The rules about profiles need nothing of ip() and cidr(), unlike the others.
			if errs := p.storable(); len(errs) == 0 && name != "sluice-profiles" {
				t.Errorf("1.%d takes %s; the documented releases are too few", release(), name)
			}
		}
		return
	}
	for name, p := range policies {
		for _, err := range p.storable() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range compiledCases() {
		t.Run(name, func(t *testing.T) {
			attributes, err := c.attributes()
			if err != nil {
				t.Fatal(err)
			}
			refusals := map[string]string{}
			for policy, p := range policies {
				if !strings.HasPrefix(policy, map[string]string{"networks": "sluice-networks", "configmaps": "sluice-flows-config", "flowexportprofiles": "sluice-profiles"}[attributes.GetResource().Resource]) {
					continue
				}
				_, list, err := p.evaluate(t.Context(), c.request)
				if err != nil {
					t.Errorf("%s: %v", policy, err)
				}
				if len(list) > 0 {
					refusals[policy] = strings.Join(list, "\n")
				}
			}
			if c.refused == "" && len(refusals) > 0 || !strings.Contains(refusals[c.refused], c.why) {
				t.Errorf("refused: %q, not by %q with %q", refusals, c.refused, c.why)
			}
		})
	}
}
