package document_test

import (
	"testing"

	"sluice/internal/document"
)

func TestMentions(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"a JSON patch":               {`[{"op":"add","path":"/spec/exportNetworkFlows","value":{}}]`, true},
		"a JSON patch of one list":   {"- op: add\n  path: /spec/exportNetworkFlows/ipfix/collectors/-\n  value: 10.0.0.01:4739\n", true},
		"a kustomization's patch":    {"kind: Kustomization\npatches:\n- patch: |\n    spec:\n      exportNetworkFlows:\n        netFlow: {}\n", true},
		"a wrapped object":           {`{"kind":"ConfigurationPolicy","spec":{"object-templates":[{"objectDefinition":{"spec":{"exportNetworkFlows":{}}}}]}}`, true},
		"the field by itself":        {"exportNetworkFlows:\n  netFlow: {}\n", true},
		"a generated ConfigMap":      {"kind: Kustomization\nconfigMapGenerator:\n- name: ovs-flows-config\n", true},
		"a comment":                  {"# set exportNetworkFlows: here\nkind: Kustomization\n", false},
		"a sentence":                 {"kind: ConfigMap\ndata: {text: about exportNetworkFlows}\n", false},
		"its CRD":                    {"kind: CustomResourceDefinition\nspec: {properties: {exportNetworkFlows: {}}}\n", false},
		"Sluice's registration":      {"kind: MutatingWebhookConfiguration\nexpression: object.?spec.?exportNetworkFlows: x\n", false},
		"a reference to a ConfigMap": {"kind: Role\nresourceNames: [ovs-flows-config]\n", false},
		"an unrelated object":        {"kind: Pod\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := document.Mentions([]byte(c.text)); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
