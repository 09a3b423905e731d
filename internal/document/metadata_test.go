package document_test

import (
	"fmt"
	"testing"
)

// TestWhatTheAPIServerCannotDecode: values of the wrong type outside of the lists are errors, too.
func TestWhatTheAPIServerCannotDecode(t *testing.T) {
	const spec = "spec: {exportNetworkFlows: {}}\n"
	network := func(metadata string) string {
		return "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: " + metadata + "\n" + spec
	}
	config := func(rest string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata: {sharedTarget: '192.0.2.1:4739'}\n" + rest
	}
	for name, c := range map[string]struct{ text, want string }{
		"a boolean label":        {network("{name: cluster, labels: {enabled: yes}}"), "3:45 metadata.labels.enabled wrong-type"},
		"a number as annotation": {network("{name: cluster, annotations: {rev: 5}}"), "3:46 metadata.annotations.rev wrong-type"},
		"a number as name":       {network("{name: 5}"), "3:18 metadata.name wrong-type"},
		"a list as metadata":     {network("[]"), "3:11 metadata wrong-type"},
		"a list of labels":       {network("{name: cluster, labels: [a]}"), "3:35 metadata.labels wrong-type"},
		"a patch":                {"metadata: {labels: {a: 1}}\n" + spec, "1:24 metadata.labels.a wrong-type"},
		"null is no value":       {network("{name: cluster, labels: {a: }, annotations: }"), ""},
		"texts":                  {network("{name: cluster, labels: {a: 'yes'}, annotations: {rev: \"5\"}}"), ""},
		"immutable as text":      {config("immutable: 'true'\n"), "5:12 immutable wrong-type"},
		"immutable":              {config("immutable: true\n"), ""},
		"no base64":              {config("binaryData: {x: '%'}\n"), "5:17 binaryData.x wrong-type"},
		"base64":                 {config("binaryData: {x: 'eA=='}\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := one(t, c.text)
			got := ""
			for _, f := range d.Findings {
				got += fmt.Sprintf("%d:%d %s %s", f.Position.Line, f.Position.Column, f.Field, f.Rule)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
