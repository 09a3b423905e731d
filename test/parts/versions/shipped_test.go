package versions

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/authentication/user"
	"sigs.k8s.io/yaml"
)

// hook is what the tests need of a webhook.
type hook struct {
	file, name string
	rules      []admissionregistrationv1.RuleWithOperations
	expressions
}

// hooks returns the webhooks of all registrations that are shipped, with the rules that the
// controller writes.
func hooks(t *testing.T) (list []hook) {
	t.Helper()
	rules := rules(t)
	add := func(file, name string, conditions []admissionregistrationv1.MatchCondition) {
		if len(rules[name]) == 0 {
			t.Errorf("%s: %s has no rules in manifests/rules.yaml", file, name)
		}
		list = append(list, hook{file, name, rules[name], expressions{conditions: conditionsOf(conditions)}})
	}
	for _, d := range shipped(t, "MutatingWebhookConfiguration") {
		for _, w := range into[admissionregistrationv1.MutatingWebhookConfiguration](t, d).Webhooks {
			add(d.file, w.Name, w.MatchConditions)
		}
	}
	for _, d := range shipped(t, "ValidatingWebhookConfiguration") {
		for _, w := range into[admissionregistrationv1.ValidatingWebhookConfiguration](t, d).Webhooks {
			add(d.file, w.Name, w.MatchConditions)
		}
	}
	return list
}

// added returns the webhooks that components add to a registration.
func added(t *testing.T) (list []hook) {
	t.Helper()
	files, err := filepath.Glob("../../../manifests/components/*/registration.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no component adds a webhook (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var patch []struct {
			Op    string                                    `json:"op"`
			Path  string                                    `json:"path"`
			Value admissionregistrationv1.ValidatingWebhook `json:"value"`
		}
		if err := yaml.UnmarshalStrict(text, &patch); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, p := range patch {
			list = append(list, hook{file, p.Value.Name, rules(t)[p.Value.Name], expressions{conditions: conditionsOf(p.Value.MatchConditions)}})
		}
	}
	return list
}

// rules returns the rules of each webhook, by its name.
func rules(t *testing.T) (list map[string][]admissionregistrationv1.RuleWithOperations) {
	t.Helper()
	text, err := os.ReadFile("../../../manifests/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// selects reports whether a rule selects the request's resource and operation.
func selects(rules []admissionregistrationv1.RuleWithOperations, a *admission.VersionedAttributes) bool {
	return slices.ContainsFunc(rules, func(r admissionregistrationv1.RuleWithOperations) bool {
		return slices.Contains(r.Resources, a.GetResource().Resource) && slices.Contains(r.Operations, admissionregistrationv1.OperationType(a.GetOperation()))
	})
}

func TestEachShippedExpressionMayBeStored(t *testing.T) {
	for _, h := range append(hooks(t), added(t)...) {
		for _, err := range h.storable() {
			t.Errorf("%s: %s: %v", h.file, h.name, err)
		}
	}
	for _, d := range shipped(t, "ValidatingAdmissionPolicy") {
		for _, err := range expressionsOf(into[admissionregistrationv1.ValidatingAdmissionPolicy](t, d)).storable() {
			t.Errorf("%s: %s: %v", d.file, d.Name, err)
		}
	}
}

const (
	bare     = "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {logLevel: Normal}}"
	debug    = "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {logLevel: Debug}}"
	specless = "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}}"
	both     = "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: all, labels: {a: b}}, spec: {export: true}}"
	config   = "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config}}"
)

// exporting is a Network with exportNetworkFlows.
func exporting(flows string) string {
	return "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {exportNetworkFlows: " + flows + "}}"
}

// withOwner adds an owner reference to an object.
func withOwner(object string) string {
	return strings.Replace(object, "metadata: {", "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: gone, uid: '1'}], ", 1)
}

// configured is the ConfigMap with data.
func configured(data string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config}, data: " + data + "}"
}

// unmanaged is a Network with exportNetworkFlows that the Cluster Network Operator leaves alone.
func unmanaged(flows string) string {
	return "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {managementState: Unmanaged, exportNetworkFlows: " + flows + "}}"
}

// profile is a FlowExportProfile.
func profile(spec string) string {
	return "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: all}, spec: " + spec + "}"
}

func by(name string, groups ...string) user.DefaultInfo {
	return user.DefaultInfo{Name: name, Groups: groups}
}

const (
	operator  = "system:serviceaccount:openshift-network-operator:cluster-network-operator"
	collector = "system:serviceaccount:kube-system:generic-garbage-collector"
	cleaner   = "system:serviceaccount:kube-system:namespace-controller"
)

func TestTheMatchConditionsSelectTheRequestsThatConcernSluice(t *testing.T) {
	one, two := exporting(`{ipfix: {collectors: ["10.0.0.5:4739"]}}`), exporting(`{ipfix: {collectors: ["10.0.0.6:4739"]}}`)
	other := "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: b}}"
	for name, c := range map[string]struct {
		request
		called string
	}{
		"a Network with a list":           {request{by("mary"), "", one}, "networks.mutate networks.validate"},
		"a Network without a list":        {request{by("mary"), "", bare}, ""},
		"a Network without a spec":        {request{by("mary"), "", specless}, ""},
		"a first list":                    {request{by("mary"), specless, one}, "networks.mutate networks.validate"},
		"another list":                    {request{by("mary"), one, two}, "networks.mutate networks.validate"},
		"another list by the operator":    {request{by(operator), one, two}, ""},
		"the same list":                   {request{by("mary"), one, one}, ""},
		"something else":                  {request{by("mary"), bare, debug}, ""},
		"no list any more":                {request{by("mary"), one, bare}, "networks-removal.validate"},
		"no spec any more":                {request{by("mary"), one, specless}, "networks-removal.validate"},
		"a deleted Network":               {request{by("mary"), one, ""}, "networks-removal.validate"},
		"a deleted Network without lists": {request{by("mary"), bare, ""}, ""},
		"a Network that is collected":     {request{by(collector), one, ""}, "networks-removal.validate"},
		"a Network with an owner":         {request{by("mary"), one, withOwner(one)}, "networks.validate"},
		"the same owner":                  {request{by("mary"), withOwner(one), withOwner(one)}, ""},
		"no owner any more":               {request{by("mary"), withOwner(one), one}, "networks.validate"},
		"an owner without a list":         {request{by("mary"), bare, withOwner(bare)}, "networks.validate"},
		"an owner, by the operator":       {request{by(operator), one, withOwner(one)}, ""},
		"a ConfigMap":                     {request{by("mary"), "", configured(`{sharedTarget: "10.0.0.5:4739"}`)}, "flows-config.mutate flows-config.validate"},
		"a ConfigMap without data":        {request{by("mary"), "", config}, "flows-config.mutate flows-config.validate"},
		"a ConfigMap's first data":        {request{by("mary"), config, configured("{nodePort: '4739'}")}, "flows-config.mutate flows-config.validate"},
		"the same data":                   {request{by("mary"), configured("{nodePort: '4739'}"), configured("{nodePort: '4739'}")}, ""},
		"another ConfigMap":               {request{by("mary"), "", other}, ""},
		"a deleted ConfigMap":             {request{by("mary"), config, ""}, "flows-config-removal.validate"},
		"a ConfigMap that is collected":   {request{by(collector), config, ""}, "flows-config-removal.validate"},
		"a ConfigMap that is cleaned up":  {request{by(cleaner), config, ""}, ""},
		"a ConfigMap with an owner":       {request{by("mary"), config, withOwner(config)}, "flows-config.validate"},
		"unmanaged, with a list":          {request{by("mary"), one, unmanaged(`{ipfix: {collectors: ["10.0.0.5:4739"]}}`)}, "networks.validate"},
		"unmanaged already":               {request{by("mary"), unmanaged("{ipfix: {}}"), unmanaged("{ipfix: {}}")}, ""},
		"managed again":                   {request{by("mary"), unmanaged(`{ipfix: {collectors: ["10.0.0.5:4739"]}}`), one}, ""},
		"unmanaged, without a list":       {request{by("mary"), bare, strings.Replace(bare, "logLevel: Normal", "managementState: Unmanaged", 1)}, ""},
		"a profile":                       {request{by("mary"), "", profile("{export: false}")}, "profiles.validate"},
		"another profile":                 {request{by("mary"), profile("{export: true}"), profile("{export: false}")}, "profiles.validate"},
		"a profile's label":               {request{by("mary"), profile("{export: true}"), both}, ""},
		"a deleted profile":               {request{by("mary"), profile("{export: true}"), ""}, "profiles.validate"},
		"a profile that is collected":     {request{by(collector), profile("{export: true}"), ""}, "profiles.validate"},
		"another deleted ConfigMap":       {request{by("mary"), other, ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			attributes, err := c.attributes()
			if err != nil {
				t.Fatal(err)
			}
			called := map[string][]string{}
			for _, h := range hooks(t) {
				if !selects(h.rules, attributes) {
					continue
				}
				matches, _, err := h.evaluate(t.Context(), c.request)
				if err != nil {
					t.Errorf("%s: %s: %v", h.file, h.name, err)
				}
				if matches {
					called[h.file] = append(called[h.file], strings.TrimSuffix(h.name, ".sluice.dev"))
				}
			}
			for _, h := range hooks(t) {
				if got := strings.Join(called[h.file], " "); got != c.called {
					t.Errorf("%s calls %q, not %q", h.file, got, c.called)
				}
			}
		})
	}
}

func TestTheMatchConditionsOfNetObservSelectDestinations(t *testing.T) {
	collector := func(spec string) string {
		return "{apiVersion: flows.netobserv.io/v1beta2, kind: FlowCollector, metadata: {name: cluster}, spec: " + spec + "}"
	}
	sending := collector("{exporters: [{type: IPFIX, ipfix: {targetHost: 192.0.2.1, targetPort: 4739}}]}")
	for name, c := range map[string]struct {
		request
		matches bool
	}{
		"new":                  {request{by("mary"), "", sending}, true},
		"new, by the operator": {request{by(operator), "", sending}, false},
		"deleted":              {request{by("mary"), sending, ""}, true},
		"an exporter":          {request{by("mary"), collector("{}"), sending}, true},
		"a namespace":          {request{by("mary"), sending, strings.Replace(sending, "spec: {", "spec: {namespace: other, ", 1)}, true},
		"an environment":       {request{by("mary"), collector("{}"), collector("{agent: {ebpf: {advanced: {env: {A: b}}}}}")}, true},
		"an owner":             {request{by("mary"), sending, withOwner(sending)}, true},
		"sampling":             {request{by("mary"), collector("{}"), collector("{agent: {ebpf: {sampling: 1}}}")}, false},
		"nothing":              {request{by("mary"), sending, sending}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, h := range added(t) {
				if matches, _, err := h.evaluate(t.Context(), c.request); err != nil || matches != c.matches {
					t.Errorf("%s: matches is %t: %v", h.name, matches, err)
				}
			}
		})
	}
}

func TestAnAgentWritesTheReportOfItsOwnNodeOnly(t *testing.T) {
	report := func(node string) string {
		return "{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: " + node + "}}"
	}
	agent := by("system:serviceaccount:sluice-agent:sluice-agent")
	agent.Extra = map[string][]string{"authentication.kubernetes.io/pod-name": {"sluice-agent-x"}}
	onNode := agent
	onNode.Extra = map[string][]string{"authentication.kubernetes.io/node-name": {"worker-1"}}
	const (
		noNode  = "the agent's token names no node; it must be the token of a pod, on Kubernetes 1.30 or newer"
		foreign = "the agent on node worker-1 may write only the NodeFlowExport of this name, not worker-2"
	)
	for name, c := range map[string]struct {
		request
		matches bool
		want    []string
	}{
		"its own, new":           {request{onNode, "", report("worker-1")}, true, nil},
		"its own, changed":       {request{onNode, report("worker-1"), report("worker-1")}, true, nil},
		"its own, deleted":       {request{onNode, report("worker-1"), ""}, true, nil},
		"another, new":           {request{onNode, "", report("worker-2")}, true, []string{foreign}},
		"another, deleted":       {request{onNode, report("worker-2"), ""}, true, []string{foreign}},
		"a token without a node": {request{agent, "", report("worker-1")}, true, []string{noNode}},
		"a user without extra":   {request{by(agent.Name), "", report("worker-1")}, true, []string{noNode}},
		"another user":           {request{by("mary"), "", report("worker-2")}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range shippedAs(t, "ValidatingAdmissionPolicy", "sluice-agent-own-node") {
				matches, refusals, err := expressionsOf(into[admissionregistrationv1.ValidatingAdmissionPolicy](t, d)).evaluate(t.Context(), c.request)
				if err != nil || matches != c.matches {
					t.Errorf("%s: matches is %t: %v", d.file, matches, err)
				}
				if diff := cmp.Diff(c.want, refusals); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", d.file, diff)
				}
			}
		})
	}
}

func TestAnAgentRecordsEventsOfItsOwnNodeOnly(t *testing.T) {
	event := func(kind, node, component string) string {
		return "{apiVersion: v1, kind: Event, metadata: {name: e, namespace: default}, involvedObject: {kind: " + kind + ", name: " + node + "}, source: {component: " + component + "}}"
	}
	onNode := by("system:serviceaccount:sluice-agent:sluice-agent")
	onNode.Extra = map[string][]string{"authentication.kubernetes.io/node-name": {"worker-1"}}
	const foreign = "the agent on node worker-1 may record Events only as sluice-agent and about the Node or the NodeFlowExport of this name"
	own := event("NodeFlowExport", "worker-1", "sluice-agent")
	for name, c := range map[string]struct {
		request
		matches bool
		want    []string
	}{
		"its own, new":        {request{onNode, "", own}, true, nil},
		"its own, counted":    {request{onNode, own, own}, true, nil},
		"of another node":     {request{onNode, "", event("Node", "worker-2", "sluice-agent")}, true, []string{foreign}},
		"of another program":  {request{onNode, "", event("Node", "worker-1", "kubelet")}, true, []string{foreign}},
		"one of another":      {request{onNode, event("Node", "worker-1", "kubelet"), own}, true, []string{foreign}},
		"of another kind":     {request{onNode, "", event("Pod", "worker-1", "sluice-agent")}, true, []string{foreign}},
		"without any subject": {request{onNode, "", "{apiVersion: v1, kind: Event, metadata: {name: e}, involvedObject: {}}"}, true, []string{foreign}},
		"another user":        {request{by("mary"), "", event("Pod", "x", "y")}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range shippedAs(t, "ValidatingAdmissionPolicy", "sluice-agent-own-events") {
				matches, refusals, err := expressionsOf(into[admissionregistrationv1.ValidatingAdmissionPolicy](t, d)).evaluate(t.Context(), c.request)
				if err != nil || matches != c.matches {
					t.Errorf("%s: matches is %t: %v", d.file, matches, err)
				}
				if diff := cmp.Diff(c.want, refusals); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", d.file, diff)
				}
			}
		})
	}
}
