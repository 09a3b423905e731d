package document_test

import (
	"strings"
	"testing"

	"sluice/internal/document"
)

// TestWhatIsNotJudged: a document that names the lists is reviewed, or it is said why not.
func TestWhatIsNotJudged(t *testing.T) {
	const good = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\nspec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}}}\n"
	const policy = "apiVersion: policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy\nspec: {object-templates: [{objectDefinition: {spec: {exportNetworkFlows: {}}}}]}\n"
	for name, c := range map[string]struct{ text, want string }{
		"a kustomization's patch":        {"kind: Kustomization\npatches:\n- patch: |\n    spec:\n      exportNetworkFlows:\n        netFlow: {}\n", "1: a kustomization"},
		"a generated ConfigMap":          {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator:\n- name: ovs-flows-config\n", "1: a kustomization"},
		"a policy of a cluster manager":  {policy, "1: an object inside of a ConfigurationPolicy"},
		"it next to a good document":     {good + "---\n" + policy, "6: an object inside of a ConfigurationPolicy"},
		"it in a List":                   {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: a/v1\n  kind: Pod\n- apiVersion: x/v1\n  kind: Manifest\n  spec: {exportNetworkFlows: {}}\n", "6: an object inside of a Manifest"},
		"with a comment about a CRD":     {"# see CustomResourceDefinition\n" + policy, "2: an object inside of a ConfigurationPolicy"},
		"a Template":                     {"apiVersion: template.openshift.io/v1\nkind: Template\nobjects: [{spec: {exportNetworkFlows: {}}}]\n", "1: a Template"},
		"a play":                         {"- hosts: all\n  tasks:\n  - kubernetes.core.k8s: {definition: {spec: {exportNetworkFlows: {}}}}\n", "1: an Ansible play"},
		"an encrypted file":              {"data: {exportNetworkFlows: ENC}\nsops: {version: 3.8.1}\n", "1: a file that SOPS encrypted"},
		"the field by itself":            {"exportNetworkFlows:\n  netFlow: {}\n", "1: an object without apiVersion and kind"},
		"another kind":                   {strings.Replace(good, "kind: Network", "kind: network", 1), "1: a network of operator.openshift.io/v1"},
		"a list":                         {"- " + strings.ReplaceAll(strings.TrimSpace(good), "\n", "\n  ") + "\n", "1: a list"},
		"a text":                         {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.yaml: |\n    spec:\n      exportNetworkFlows: {}\n", "1: a text inside of a ConfigMap"},
		"$patch":                         {strings.Replace(good, "netFlow:", "$patch: replace, netFlow:", 1), "4: the directive $patch"},
		"a JSON patch of another object": {`[{"op":"add","path":"/metadata/labels","value":{}}]`, ""},
		"a JSON patch of the ConfigMap":  {`[{"op":"add","path":"/data/sharedTarget","value":"192.0.2.1:4739"}]`, "1: a JSON patch with keys of the ConfigMap"},
		"all data in a JSON patch":       {`[{"op":"add","path":"/data","value":{"nodePort":"4739"}}]`, "1: a JSON patch with keys of the ConfigMap"},
		"a merge patch of the ConfigMap": {"data: {sharedTarget: '192.0.2.1:4739'}\n", "1: a merge patch with keys of the ConfigMap"},
		"a Gatekeeper Assign":            {"apiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nspec: {location: spec.exportNetworkFlows.ipfix.collectors}\n", "1: an object inside of an Assign"},
		"a mutating policy":              {"apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nspec: {mutations: [{applyConfiguration: {expression: 'Object{spec: Object.spec{exportNetworkFlows: x}}'}}]}\n", "1: an object inside of a MutatingAdmissionPolicy"},
		"a bundle with the ConfigMap":    {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.json: '{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"ovs-flows-config\"}}'\n", "1: a text inside of a ConfigMap"},
		"a deep wrapper":                 {"apiVersion: x/v1\nkind: X\nspec: " + strings.Repeat("[", 70) + "{exportNetworkFlows: 1}" + strings.Repeat("]", 70) + "\n", "1: an object inside of a X"},
		"data of another one":            {"data: {x: '192.0.2.1:4739'}\n", ""},
		"a comment":                      {"# set exportNetworkFlows: here\napiVersion: v1\nkind: Pod\n", ""},
		"a sentence":                     {"apiVersion: v1\nkind: ConfigMap\ndata: {text: about exportNetworkFlows}\n", ""},
		"its CRD":                        {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {properties: {exportNetworkFlows: {}}}\n", ""},
		"Sluice's registration":          {"apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nx: [{expression: 'object.?spec.?exportNetworkFlows: x'}]\n", ""},
		"a reference to a ConfigMap":     {"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules: [{resourceNames: [ovs-flows-config]}]\n", ""},
		"an unrelated object":            {"apiVersion: v1\nkind: Pod\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := document.Read("a.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range f.NotJudged {
				got = append(got, strings.TrimPrefix(n.Place(), "a.yaml:")+": "+n.What)
			}
			if text := strings.Join(got, "; "); !strings.HasPrefix(text, c.want) || (c.want == "") != (text == "") || len(got) > 1 {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

func TestJSONPatches(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"the whole spec":         {`[{"op":"add","path":"/spec","value":{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.1:4739"]}}}}]`, "a.yaml:1 JSONPatch  ipfix=192.0.2.1:4739"},
		"the field":              {`[{"op":"replace","path":"/spec/exportNetworkFlows","value":{"ipfix":{"collectors":["192.0.2.1:4739"]}}}]`, "a.yaml:1 JSONPatch  ipfix=192.0.2.1:4739"},
		"a format":               {"- op: add\n  path: /spec/exportNetworkFlows/netFlow\n  value: {collectors: [192.0.2.1:2055]}\n", "a.yaml:1 JSONPatch  netFlow=192.0.2.1:2055"},
		"a list":                 {"- {op: add, path: /spec/exportNetworkFlows/netFlow/collectors, value: [192.0.2.1:2055]}\n", "a.yaml:1 JSONPatch  netFlow=192.0.2.1:2055"},
		"an item":                {"- {op: add, path: /spec/exportNetworkFlows/netFlow/collectors/-, value: 192.0.2.1:2055}\n- {op: add, path: /spec/exportNetworkFlows/netFlow/collectors/0, value: 192.0.2.2:2055}\n", "a.yaml:1 JSONPatch  netFlow=192.0.2.2:2055,192.0.2.1:2055"},
		"a bad item":             {"- op: add\n  path: /spec/exportNetworkFlows/netFlow/collectors/-\n  value: 10.0.0.01:2055\n", "a.yaml:1 JSONPatch  3:10 spec.exportNetworkFlows.netFlow.collectors[0] leading-zero"},
		"removal":                {`[{"op":"remove","path":"/spec/exportNetworkFlows"}]`, "a.yaml:1 JSONPatch "},
		"a spec of a wrong type": {`[{"op":"replace","path":"/spec","value":7}]`, "a.yaml:1 JSONPatch  1:41 spec wrong-type"},
		"a misspelled path":      {`[{"op":"add","path":"/spec/exportnetworkflows","value":{}}]`, "a.yaml:1 JSONPatch  1:21 spec.exportnetworkflows unknown-field"},
		"a move":                 {`[{"op":"move","from":"/spec/x","path":"/spec/exportNetworkFlows"}]`, "a.yaml:1 JSONPatch  1:39 /spec/exportNetworkFlows unknown-field"},
		"after a test":           {`[{"op":"test","path":"/spec/exportNetworkFlows","value":null},{"op":"add","path":"/spec/exportNetworkFlows","value":1}]`, "a.yaml:1 JSONPatch  1:117 spec.exportNetworkFlows wrong-type"},
		"with single quotes":     {"[{'op': 'add', 'path': '/spec', 'value': {'exportNetworkFlows': {'ipfix': {'collectors': ['172.30.44.9:2055']}}}}]\n", "a.yaml:1 JSONPatch  ipfix=172.30.44.9:2055"},
		"a misplaced format":     {`[{"op":"add","path":"/spec","value":{"netFlow":{}}}]`, "a.yaml:1 JSONPatch  1:38 spec.netFlow unknown-field"},
		"an unknown item":        {`[{"op":"replace","path":"/spec/exportNetworkFlows/netFlow/collectors/7","value":"10.0.0.01:2055"}]`, "a.yaml:1 JSONPatch  1:81 spec.exportNetworkFlows.netFlow.collectors[0] leading-zero"},
		"a removed item":         {`[{"op":"remove","path":"/spec/exportNetworkFlows/netFlow/collectors/0"}]`, "a.yaml:1 JSONPatch "},
		"a negative index":       {`[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/-1","value":"192.0.2.1:2055"}]`, "a.yaml:1 JSONPatch  netFlow=192.0.2.1:2055"},
		"a negative list":        {`[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors","value":["192.0.2.1:2055"]},{"op":"remove","path":"/spec/exportNetworkFlows/netFlow/collectors/-1"},{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/-1","value":"192.0.2.2:2055"}]`, "a.yaml:1 JSONPatch  netFlow=192.0.2.2:2055"},
		"replaced in a list":     {`[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors","value":["10.0.0.01:2055"]},{"op":"replace","path":"/spec/exportNetworkFlows/netFlow/collectors/0","value":"192.0.2.2:2055"}]`, "a.yaml:1 JSONPatch  netFlow=192.0.2.2:2055"},
		"below an item":          {`[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/0/foo","value":1}]`, "a.yaml:1 JSONPatch  1:21 /spec/exportNetworkFlows/netFlow/collectors/0/foo unknown-field"},
		"the end, replaced":      {`[{"op":"replace","path":"/spec/exportNetworkFlows/netFlow/collectors/-","value":"192.0.2.1:2055"}]`, "a.yaml:1 JSONPatch  1:25 /spec/exportNetworkFlows/netFlow/collectors/- unknown-field"},
		"an empty spec":          {`[{"op":"replace","path":"/spec","value":{}}]`, "a.yaml:1 JSONPatch "},
		"a spec of a Network":    {`[{"op":"replace","path":"/spec","value":{"serviceNetwork":[]}}]`, "a.yaml:1 JSONPatch "},
		"a spec of a Deployment": {`[{"op":"replace","path":"/spec","value":{"replicas":3}}]`, ""},
		"another field":          {`[{"op":"add","path":"/spec/managementState","value":"Managed"}]`, ""},
		"a collector of a CRD":   {`[{"op":"add","path":"/metadata/annotations/x","value":"y"}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := document.Parse("a.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, d := range docs {
				got += describe(d)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
