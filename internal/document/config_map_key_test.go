package document_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/internal/document"
)

func TestRefusedKeysOfAConfigMap(t *testing.T) {
	const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config, namespace: openshift-network-operator}\n"
	for text, want := range map[string][]string{
		"data: {sharedTarget: '10.0.0.1:4739', my-key_1.txt: x}": nil,
		"data: {'shared Target': '10.0.0.1:4739', '..': x}": {
			`data["shared Target"]: is a key that the API server refuses; use only letters, digits, '-', '_' and '.'`,
			`data...: is a key that the API server refuses; use only letters, digits, '-', '_' and '.'`,
		},
		"data: {sampling: '1'}\nbinaryData: {sampling: MQ==, a: MQ==, é: MQ==}": {
			"binaryData.sampling: is in data too, which the API server refuses; remove it here",
			`binaryData["\u00e9"]: is a key that the API server refuses; use only letters, digits, '-', '_' and '.'`,
		},
	} {
		docs, err := document.Parse("a.yaml", []byte(head+text+"\n"))
		if err != nil || len(docs) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		var got []string
		for _, f := range docs[0].Findings {
			got = append(got, f.Field+": "+f.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
