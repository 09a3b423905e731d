package document_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/internal/document"
	"sluice/validation"
)

func one(t *testing.T, text string) document.Document {
	t.Helper()
	docs, err := document.Parse("a.yaml", []byte(text))
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents, error %v", len(docs), err)
	}
	return docs[0]
}

func TestMergedInto(t *testing.T) {
	const stored = head + `spec:
  defaultNetwork: {type: OpenShiftSDN}
  exportNetworkFlows:
    netFlow: {collectors: [192.0.2.1:2055]}
    sFlow: {collectors: [192.0.2.1:6343]}
`
	for name, c := range map[string]struct {
		patch string
		want  validation.Flows
	}{
		"adds": {
			"spec: {exportNetworkFlows: {ipfix: {collectors: [192.0.2.1:4739]}}}",
			validation.Flows{NetFlow: list("192.0.2.1:2055"), SFlow: list("192.0.2.1:6343"), IPFIX: list("192.0.2.1:4739")},
		},
		"replaces a list": {
			"spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.2:2055]}}}",
			validation.Flows{NetFlow: list("192.0.2.2:2055"), SFlow: list("192.0.2.1:6343")},
		},
		"removes one":     {"spec: {exportNetworkFlows: {sFlow: null}}", validation.Flows{NetFlow: list("192.0.2.1:2055")}},
		"removes all":     {"spec: {exportNetworkFlows: }", validation.Flows{}},
		"changes nothing": {"spec: {exportNetworkFlows: {sFlow: {}}}", validation.Flows{NetFlow: list("192.0.2.1:2055"), SFlow: list("192.0.2.1:6343")}},
	} {
		t.Run(name, func(t *testing.T) {
			old := one(t, stored)
			d := one(t, c.patch).MergedInto(old)
			if d.Object.MergePatch || d.Name != "cluster" || d.Object.NetworkType.Text != "OpenShiftSDN" {
				t.Errorf("merged object is %+v", d.Object)
			}
			v := validation.Review(validation.Input{Object: d.Object, Old: &old.Object, Operation: validation.Update})
			if diff := cmp.Diff(c.want, v.Flows, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" || len(v.Errors) > 0 {
				t.Errorf("errors %v, exports (-want +got):\n%s", v.Errors, diff)
			}
		})
	}
}

func list(collector string) []validation.Entry {
	return []validation.Entry{{Addr: netip.MustParseAddrPort(collector)}}
}

func TestMergeKeepsPositionsOfThePatchOnly(t *testing.T) {
	old := one(t, head+"spec:\n  exportNetworkFlows:\n    sFlow: {collectors: [bad]}\n")
	d := one(t, "spec:\n  exportNetworkFlows:\n    netFlow: {collectors: [worse]}\n").MergedInto(old)
	v := validation.Review(validation.Input{Object: d.Object})
	want := map[string]validation.Position{
		"spec.exportNetworkFlows.sFlow.collectors[0]":   {},
		"spec.exportNetworkFlows.netFlow.collectors[0]": {Line: 3, Column: 28},
	}
	for _, f := range v.Errors {
		if f.Position != want[f.Field] {
			t.Errorf("%s is at %+v, want %+v", f.Field, f.Position, want[f.Field])
		}
	}
	if len(v.Errors) != 4 {
		t.Errorf("errors %+v", v.Errors)
	}
}

// A patch that was merged into an object is rewritten in its own file, which lacks the values of
// the object. To remove a key, null is written.
func TestFixMergedPatch(t *testing.T) {
	old := one(t, head+"spec:\n  exportNetworkFlows:\n    sFlow: {collectors: [192.0.2.1:6343, 192.0.2.1:6343]}\n    netFlow: {collectors: [192.0.2.9:2055]}\n")
	for name, c := range map[string]struct{ patch, want string }{
		"one list of several": {
			"spec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - 192.0.2.1:04739\n",
			"spec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n",
		},
		"empty, on separate lines": {
			"spec:\n  exportNetworkFlows:\n    netFlow: # off\n      # now\n      collectors: []\n    ipfix:\n      collectors:\n",
			"spec:\n  exportNetworkFlows:\n    netFlow: null # off\n      # now\n    ipfix: null\n",
		},
		"empty, in flow style": {
			"{\"spec\": {\"exportNetworkFlows\": {\"netFlow\": {\"collectors\": []}}}}",
			"{\"spec\": {\"exportNetworkFlows\": {\"netFlow\": null}}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := one(t, c.patch).MergedInto(old)
			v := validation.Review(validation.Input{Object: d.Object, Old: &old.Object, Operation: validation.Update})
			fixed, err := document.Fix([]byte(c.patch), []document.Document{d}, []validation.Verdict{v})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(fixed)); diff != "" {
				t.Errorf("fixed text (-want +got):\n%s", diff)
			}
		})
	}
}
