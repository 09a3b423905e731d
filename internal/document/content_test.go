package document_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sigsyaml "sigs.k8s.io/yaml"

	"sluice/internal/document"
)

// TestContentIsWhatKubectlSends compares the content with what kubectl's own parser makes of the
// same text.
func TestContentIsWhatKubectlSends(t *testing.T) {
	const network = `apiVersion: operator.openshift.io/v1
kind: Network
metadata: {name: cluster, labels: {a: "yes", b: &b later, c: *b}}
spec:
  logLevel: Normal
  disableMultiNetwork: no
  useMultiNetworkPolicy: On
  clusterNetwork:
  - {cidr: 10.128.0.0/14, hostPrefix: 23}
  defaultNetwork: &merged
    type: OVNKubernetes
    ovnKubernetesConfig: {mtu: 0x578, ratio: 1.5, nothing: ~, since: 2026-01-02}
  other: {<<: *merged, type: Other}
  exportNetworkFlows:
    netFlow:
      collectors: ["192.0.2.1:2055"]
`
	documents, err := document.Parse("a.yaml", []byte(network))
	if err != nil || len(documents) != 1 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	got, err := documents[0].Content()
	if err != nil {
		t.Fatal(err)
	}
	text, err := sigsyaml.YAMLToJSON([]byte(network))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var want, have any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &have); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-kubectl +content)\n%s", diff)
	}
}

func TestContentIsBounded(t *testing.T) {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		text += strings.NewReplacer("N", string(rune('1'+i)), "P", string(rune('0'+i))).Replace("aN: &aN [*aP, *aP, *aP, *aP, *aP, *aP, *aP, *aP, *aP, *aP]\n")
	}
	if documents, err := document.Parse("a.yaml", []byte(text)); err == nil || len(documents) > 0 {
		t.Errorf("%d documents, error %v: ten to the tenth values are no error", len(documents), err)
	}
}
