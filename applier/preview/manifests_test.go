package preview_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sluice/applier/desired"
	"sluice/applier/preview"
	"sluice/validation"
)

// A plan is made for what kubectl would store: an apply keeps the lists that are not in the file.
func TestAManifestIsApplied(t *testing.T) {
	const head = `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"`
	const stored = head + `},"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}}`
	const applied = head + `,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"exportNetworkFlows\":{\"netFlow\":{\"collectors\":[]}}}}"}},"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}}`
	const ipfix = head + `},"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.2:4739"]}}}}`
	for name, c := range map[string]struct{ stored, file, want string }{
		"an object":                         {stored, ipfix, "NetFlow 192.0.2.1:2055 IPFIX 192.0.2.2:4739"},
		"an object that was applied before": {applied, ipfix, "IPFIX 192.0.2.2:4739"},
		"a new object":                      {"", ipfix, "IPFIX 192.0.2.2:4739"},
		"a patch":                           {stored, `{"spec":{"exportNetworkFlows":{"netFlow":null}}}`, ""},
		"a JSON patch":                      {stored, `[{"op":"add","path":"/spec/exportNetworkFlows/netFlow/collectors/-","value":"192.0.2.3:2055"}]`, "NetFlow 192.0.2.1:2055,192.0.2.3:2055"},
	} {
		t.Run(name, func(t *testing.T) {
			var old *unstructured.Unstructured
			if c.stored != "" {
				old = object(t, c.stored)
			}
			in, objects, err := preview.Read(old, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := preview.Merge(&in, "a.json", []byte(c.file), objects); err != nil {
				t.Fatal(err)
			}
			var got []string
			for f, e := range desired.New(in).Exporters {
				if e != nil {
					got = append(got, validation.Format(f).String()+" "+strings.Join(e.Targets, ","))
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}
