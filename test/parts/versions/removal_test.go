package versions

import (
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// parameter is a FlowExportPolicy, with the condition RemovalEnforced of a generation if reason is
// not empty. Its own generation is 2.
func parameter(spec, reason, status string, generation string) string {
	text := "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: siem, generation: 2}, spec: " + spec
	if reason != "" {
		text += ", status: {conditions: [{type: Ready, status: 'False', reason: Unreadable, observedGeneration: 2}," +
			" {type: RemovalEnforced, reason: '" + reason + "', status: '" + status + "', observedGeneration: " + generation + "}]}"
	}
	return text + "}"
}

func TestTheFixedPolicyOnRemovals(t *testing.T) {
	const (
		required   = `{exempt: [{kind: Group, name: security}], required: [{format: IPFIX, collector: "10.0.0.5:4739"}, {format: SFlow, collector: "10.0.0.6:6343"}]}`
		restricted = `{subjects: [{kind: Group, name: team-a}, {kind: ServiceAccount, name: bot, namespace: flows}, {kind: User, name: john}], allow: [{destinations: [10.20.0.0/16]}], removal: OnlyAllowed}`
		allowing   = `{allow: [{destinations: [10.20.0.0/16]}]}`

		mayNot      = `"mary" may not remove IPFIX "10.0.0.5:4739": the policy requires it; ask an administrator or an exempt user [policy siem/required]`
		notCompiled = "the API server cannot evaluate the current rules of the policy"
	)
	mary, john, guard := by("mary", "team-a"), by("john"), by("guard", "security")
	ipfix := exporting(`{ipfix: {collectors: ["10.0.0.5:4739"]}}`)
	namespace := "{apiVersion: v1, kind: Namespace, metadata: {name: openshift-network-operator}}"
	for name, c := range map[string]struct {
		request
		parameter string
		want      string // a part of the refusal; "" if it passes; "-" if no condition matches
	}{
		"a required collector":                  {request{mary, ipfix, bare}, parameter(required, "", "", ""), mayNot},
		"a required collector, object deleted":  {request{mary, ipfix, ""}, parameter(required, "", "", ""), mayNot},
		"a required collector, spec gone":       {request{mary, ipfix, specless}, parameter(required, "", "", ""), mayNot},
		"a required collector, port with zeros": {request{mary, exporting(`{ipfix: {collectors: ["10.0.0.5:04739"]}}`), bare}, parameter(required, "", "", ""), mayNot},
		"a required collector in brackets":      {request{mary, exporting(`{ipfix: {collectors: ["[::ffff:10.0.0.5]:4739"]}}`), bare}, parameter(required, "", "", ""), mayNot},
		"a required sFlow collector":            {request{mary, exporting(`{sFlow: {collectors: ["10.0.0.6:6343"]}}`), bare}, parameter(required, "", "", ""), `may not remove SFlow "10.0.0.6:6343"`},
		"the address in another format":         {request{mary, exporting(`{netFlow: {collectors: ["10.0.0.5:4739"]}}`), bare}, parameter(required, "", "", ""), ""},
		"what is not required":                  {request{mary, exporting(`{ipfix: {collectors: ["10.0.0.7:4739"]}}`), bare}, parameter(required, "", "", ""), ""},
		"text that is no collector":             {request{mary, exporting(`{ipfix: {collectors: ["10.0.0.5", ":", "a:b", "99999999999999999999:99999999999999999999"]}}`), bare}, parameter(required, "", "", ""), ""},
		"a required collector, an owner":        {request{mary, ipfix, withOwner(ipfix)}, parameter(required, "", "", ""), "may not add an owner reference"},
		"a required collector, the same owner":  {request{mary, withOwner(ipfix), strings.Replace(withOwner(ipfix), "spec: {", "spec: {logLevel: Debug, ", 1)}, parameter(required, "", "", ""), "-"},
		"by an exempt user":                     {request{guard, ipfix, bare}, parameter(required, "", "", ""), "-"},
		"by the operator":                       {request{by(operator), ipfix, bare}, parameter(required, "", "", ""), "-"},
		"by the garbage collector":              {request{by(collector), ipfix, ""}, parameter(required, "", "", ""), "may not remove IPFIX"},
		"with enforcement Warn":                 {request{mary, ipfix, bare}, parameter("{enforcement: Warn, "+required[1:], "", "", ""), "-"},
		"a part of the lists":                   {request{mary, exporting(`{ipfix: {collectors: ["10.0.0.5:4739", "10.0.0.7:4739"]}}`), ipfix}, parameter(required, "", "", ""), "-"},

		"restricted, compiled":                {request{mary, ipfix, bare}, parameter(restricted, "InAPIServer", "True", "2"), ""},
		"restricted, without a condition":     {request{mary, ipfix, bare}, parameter(restricted, "", "", ""), notCompiled},
		"restricted, an older generation":     {request{mary, ipfix, bare}, parameter(restricted, "InAPIServer", "True", "1"), notCompiled},
		"restricted, not expressible":         {request{mary, ipfix, bare}, parameter(restricted, "NotExpressible", "False", "2"), notCompiled},
		"restricted, switched off":            {request{mary, ipfix, bare}, parameter(restricted, "Off", "False", "2"), ""},
		"restricted, a service account":       {request{by("system:serviceaccount:flows:bot"), ipfix, bare}, parameter(restricted, "", "", ""), notCompiled},
		"restricted, another service account": {request{by("system:serviceaccount:flows:bot2"), ipfix, bare}, parameter(restricted, "", "", ""), "-"},
		"restricted, a user":                  {request{john, ipfix, ""}, parameter(restricted, "", "", ""), notCompiled},
		"restricted, another user":            {request{guard, ipfix, ""}, parameter(restricted, "", "", ""), "-"},
		"only allow rules, compiled":          {request{mary, ipfix, bare}, parameter(allowing, "InAPIServer", "True", "2"), ""},
		"only allow rules, without condition": {request{mary, ipfix, bare}, parameter(allowing, "", "", ""), ""},
		"only allow rules, not restricted":    {request{mary, ipfix, bare}, parameter(allowing, "NotRestricted", "True", "1"), ""},
		"only allow rules, an older one":      {request{mary, ipfix, bare}, parameter(allowing, "InAPIServer", "True", "1"), notCompiled},
		"the ConfigMap":                       {request{mary, config, ""}, parameter(restricted, "", "", ""), notCompiled},
		"the ConfigMap, compiled":             {request{mary, config, ""}, parameter(restricted, "InAPIServer", "True", "2"), ""},
		"the ConfigMap, only required":        {request{mary, config, ""}, parameter(required, "", "", ""), ""},
		"an owner of the ConfigMap":           {request{mary, config, withOwner(config)}, parameter(restricted, "InAPIServer", "True", "2"), "may not add an owner reference"},
		"data of the ConfigMap":               {request{mary, config, configured("{sampling: '1'}")}, parameter(restricted, "", "", ""), "-"},
		"the ConfigMap, bounded":              {request{mary, config, ""}, parameter("{sampling: {max: 100}}", "", "", ""), notCompiled},
		"the ConfigMap, bounded, compiled":    {request{mary, config, ""}, parameter("{cacheMaxFlows: {max: 100}}", "InAPIServer", "True", "2"), ""},
		"the Network, bounded":                {request{mary, ipfix, ""}, parameter("{cacheActiveTimeout: {max: 100}}", "", "", ""), ""},
		"another ConfigMap":                   {request{mary, strings.Replace(config, "ovs-flows-config", "other", 1), ""}, parameter(restricted, "", "", ""), "-"},
		"the namespace":                       {request{mary, namespace, ""}, parameter(restricted, "InAPIServer", "True", "2"), "may not delete this namespace"},
		"an owner of an empty Network":        {request{mary, bare, withOwner(bare)}, parameter(required, "", "", ""), "may not add an owner reference"},
		"an owner, only allow rules":          {request{mary, ipfix, withOwner(ipfix)}, parameter(allowing, "", "", ""), ""},
		"no owner any more":                   {request{mary, withOwner(ipfix), ipfix}, parameter(required, "", "", ""), "-"},
		"the namespace, only required":        {request{mary, namespace, ""}, parameter(required, "", "", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy, _, _, err := object(c.parameter)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range shippedAs(t, "ValidatingAdmissionPolicy", "sluice-removal") {
				e := expressionsOf(into[admissionregistrationv1.ValidatingAdmissionPolicy](t, d))
				matches, refusals, err := e.evaluateWith(t.Context(), c.request, policy, nil)
				if err != nil {
					t.Fatalf("%s: %v", d.file, err)
				}
				got := strings.Join(refusals, "\n")
				if matches == (c.want == "-") || c.want == "" && got != "" || c.want != "-" && !strings.Contains(got, c.want) {
					t.Errorf("%s: matches is %t, and it says %q", d.file, matches, got)
				}
			}
		})
	}
}

// TestWhatANamespaceTakesWithIt deletes the ConfigMap while its namespace is being deleted.
func TestWhatANamespaceTakesWithIt(t *testing.T) {
	if release() < oldestCompiled {
		t.Logf("1.%d stores no compiled policies", release())
		return
	}
	deletion := request{by("mary", "team-a"), configured(`{sharedTarget: "192.0.2.1:4739"}`), ""}
	now := metav1.NewTime(time.Unix(1, 0))
	for name, c := range map[string]struct {
		namespace *corev1.Namespace
		refused   bool
	}{
		"kept":    {&corev1.Namespace{}, true},
		"deleted": {&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &now}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			matches, refusals, err := compile(t)["sluice-flows-config"].evaluateWith(t.Context(), deletion, nil, c.namespace)
			if err != nil || !matches || (len(refusals) > 0) != c.refused {
				t.Errorf("matches is %t, refused: %q: %v", matches, refusals, err)
			}
		})
	}
}
