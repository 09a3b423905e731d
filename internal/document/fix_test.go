package document_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/internal/document"
	"sluice/validation"
)

const head = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata:\n  name: cluster\n"

// review parses a file and reviews all its documents.
func review(t testing.TB, text string) ([]document.Document, []validation.Verdict) {
	t.Helper()
	docs, err := document.Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	verdicts := make([]validation.Verdict, len(docs))
	for i, d := range docs {
		verdicts[i] = validation.Review(validation.Input{Object: d.Object})
	}
	return docs, verdicts
}

func TestFix(t *testing.T) {
	for name, c := range fixCases() {
		t.Run(name, func(t *testing.T) {
			docs, verdicts := review(t, c.text)
			if len(docs) == 0 {
				t.Fatal("no document")
			}
			fixed, err := document.Fix([]byte(c.text), docs, verdicts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(fixed)); diff != "" {
				t.Errorf("fixed text (-want +got):\n%s", diff)
			}
			_, again := review(t, string(fixed))
			for i, v := range again {
				if unfinished(v) || !cmp.Equal(v.Flows, verdicts[i].Flows, cmpopts.EquateComparable(netip.AddrPort{})) {
					t.Errorf("document %d is reviewed differently: %+v", i, v)
				}
			}
		})
	}
}

// unfinished reports whether a rewritten file still has something to rewrite. A null is kept: the
// API server drops it, and without it the file would have a different meaning.
func unfinished(v validation.Verdict) bool {
	return slices.ContainsFunc(v.Edits, func(e validation.Edit) bool { return !e.Remove })
}

type fixCase struct{ text, want string }

func fixCases() map[string]fixCase {
	lists := func(list string) string { return head + "spec:\n  exportNetworkFlows:\n" + list }
	return map[string]fixCase{
		"canonical": {
			lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055 # main\n"),
			lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055 # main\n"),
		},
		"items keep quotes and comments": {
			lists("    netFlow:\n      # ours\n      collectors:\n\n        - ' 192.0.2.1:2055'   # main\n        - \"udp://192.0.2.2:2055\" # second\n        -   192.0.2.3:02055# x\n"[:0] +
				"    netFlow:\n      # ours\n      collectors:\n\n        - ' 192.0.2.1:2055'   # main\n        - \"udp://192.0.2.2:2055\" # second\n        -   192.0.2.3:02055 # third\n    ipfix: {collectors: [192.0.2.1:4739]}\n"),
			lists("    netFlow:\n      # ours\n      collectors:\n\n        - '192.0.2.1:2055'   # main\n        - \"192.0.2.2:2055\" # second\n        -   192.0.2.3:2055 # third\n    ipfix: {collectors: [192.0.2.1:4739]}\n"),
		},
		"duplicates go with their line": {
			lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055 # first\n      # the same again\n      - 192.0.2.1:2055 # second\n      - 192.0.2.2:2055"),
			lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055 # first\n      # the same again\n      - 192.0.2.2:2055"),
		},
		"joined, plain, no line break at the end": {
			lists("    netFlow:\n      collectors:\n      -  192.0.2.1:2055,192.0.2.2:2055, # both"),
			lists("    netFlow:\n      collectors:\n      -  192.0.2.1:2055 # both\n      -  192.0.2.2:2055"),
		},
		"joined, then a duplicate": {
			lists("    netFlow:\n      collectors:\n      - '192.0.2.1:2055, 192.0.2.2:2055'\n      - 192.0.2.2:2055\n  x: y\n"),
			lists("    netFlow:\n      collectors:\n      - '192.0.2.1:2055'\n      - '192.0.2.2:2055'\n  x: y\n"),
		},
		"carriage returns": {
			strings.ReplaceAll(lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055,192.0.2.2:2055\n      - 192.0.2.2:2055\n"), "\n", "\r\n"),
			strings.ReplaceAll(lists("    netFlow:\n      collectors:\n      - 192.0.2.1:2055\n      - 192.0.2.2:2055\n"), "\n", "\r\n"),
		},
		"byte order mark and wide characters": {
			"\uFEFF" + lists("    netFlow: {\"collectors\": [\"192.0.2.1:02055\" , 192.0.2.2:2055]} # é世\n"),
			"\uFEFF" + lists("    netFlow: {\"collectors\": [\"192.0.2.1:2055\" , 192.0.2.2:2055]} # é世\n"),
		},
		"flow list": {
			lists("    netFlow: {collectors: [192.0.2.1:2055, '192.0.2.1:2055', \"192.0.2.2:2055,192.0.2.3:2055\", 192.0.2.3:2055]} # x\n"),
			lists("    netFlow: {collectors: [192.0.2.1:2055, \"192.0.2.2:2055\", \"192.0.2.3:2055\"]} # x\n"),
		},
		"string for a list": {
			lists("    netFlow:\n      collectors: 192.0.2.1:2055 # main\n    ipfix:\n      collectors: '192.0.2.1:4739, 192.0.2.2:4739'\n"),
			lists("    netFlow:\n      collectors:\n        - 192.0.2.1:2055 # main\n    ipfix:\n      collectors:\n        - '192.0.2.1:4739'\n        - '192.0.2.2:4739'\n"),
		},
		"string for a list, in flow style and on a line of its own": {
			lists("    netFlow: {collectors: 192.0.2.1:2055}\n    ipfix:\n      collectors:\n        192.0.2.1:4739,192.0.2.2:4739\n"),
			lists("    netFlow: {collectors: [192.0.2.1:2055]}\n    ipfix:\n      collectors:\n        [192.0.2.1:4739, 192.0.2.2:4739]\n"),
		},
		"empty block": {
			lists("    netFlow: # off\n      collectors: []\n    sFlow: {}\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n"),
			lists("    netFlow: null # off\n    sFlow: null\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n"),
		},
		"all blocks empty": {
			lists("    netFlow: # off\n      collectors:\n    sFlow:\n") + "  managementState: Managed\n",
			head + "spec:\n  exportNetworkFlows: null\n  managementState: Managed\n",
		},
		"nothing remains of spec": {
			head + "spec: # ours\n  # off\n  exportNetworkFlows:\n---\n" + smallDocument,
			head + "spec: # ours\n  # off\n  exportNetworkFlows: null\n---\n" + smallDocument,
		},
		"nothing remains of spec, in flow style": {
			head + "spec: {exportNetworkFlows: {}}\n",
			head + "spec: {exportNetworkFlows: null}\n",
		},
		"flow mappings": {
			head + "spec: {exportNetworkFlows: {netFlow: {}, sFlow: null, ipfix: {collectors: [192.0.2.1:4739]}}, managementState: Managed}\n",
			head + "spec: {exportNetworkFlows: {netFlow: null, sFlow: null, ipfix: {collectors: [192.0.2.1:4739]}}, managementState: Managed}\n",
		},
		"flow mapping, last key": {
			head + "spec: {managementState: Managed, exportNetworkFlows: {ipfix: {}}}\n",
			head + "spec: {managementState: Managed, exportNetworkFlows: null}\n",
		},
		"patch": {
			"spec:\n  exportNetworkFlows:\n    netFlow: # x\n      collectors: [192.0.2.1:02055]\n    sFlow:\n",
			"spec:\n  exportNetworkFlows:\n    netFlow: # x\n      collectors: [192.0.2.1:2055]\n    sFlow:\n",
		},
		"JSON": {
			"{\n\t\"apiVersion\": \"operator.openshift.io/v1\",\n\t\"kind\": \"Network\", \"x\": \"\\ud83d\\ude00\",\n\t\"spec\": {\n\t\t\"exportNetworkFlows\": {\n\t\t\t\"sFlow\": {},\n\t\t\t\"netFlow\": {\"collectors\": [\n\t\t\t\t\"192.0.2.1:2055,192.0.2.2:2055\",\n\t\t\t\t\"192.0.2.1:2055\"\n\t\t\t]},\n\t\t\t\"ipfix\": null\n\t\t}\n\t}\n}\n",
			"{\n\t\"apiVersion\": \"operator.openshift.io/v1\",\n\t\"kind\": \"Network\", \"x\": \"\\ud83d\\ude00\",\n\t\"spec\": {\n\t\t\"exportNetworkFlows\": {\n\t\t\t\"sFlow\": null,\n\t\t\t\"netFlow\": {\"collectors\": [\n\t\t\t\t\"192.0.2.1:2055\",\n\t\t\t\t\"192.0.2.2:2055\"\n\t\t\t]},\n\t\t\t\"ipfix\": null\n\t\t}\n\t}\n}\n",
		},
		"ConfigMap": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata:\n  sharedTarget: 192.0.2.1:04739,192.0.2.1:4739 # x\n",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config}\ndata:\n  sharedTarget: 192.0.2.1:4739 # x\n",
		},
		"list kind with one item to fix": {
			"apiVersion: v1\nkind: List\nitems:\n- apiVersion: operator.openshift.io/v1\n  kind: Network\n  spec:\n    exportNetworkFlows: {}\n- apiVersion: operator.openshift.io/v1\n  kind: Network\n  spec: {}\n",
			"apiVersion: v1\nkind: List\nitems:\n- apiVersion: operator.openshift.io/v1\n  kind: Network\n  spec:\n    exportNetworkFlows: null\n- apiVersion: operator.openshift.io/v1\n  kind: Network\n  spec: {}\n",
		},
		"an alias among the items": {
			head + "x: &a 192.0.2.1:02055\nspec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - *a # x\n      - *a\n",
			head + "x: &a 192.0.2.1:02055\nspec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - 192.0.2.1:2055 # x\n",
		},
	}
}

func TestFixReportsPlacesThatItCannotRewrite(t *testing.T) {
	const flows = head + "spec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:"
	for name, c := range map[string]struct{ text, want string }{
		"anchor":        {flows + " &list\n      - 192.0.2.1:02055\nx: *list\n", `a.yaml:8:19: spec.exportNetworkFlows.netFlow.collectors can't be rewritten: it has an anchor, which other places may use; write ["192.0.2.1:2055"] there by hand`},
		"alias":         {"x: &list [192.0.2.1:02055]\n" + flows + " *list\n", `a.yaml:9:19: spec.exportNetworkFlows.netFlow.collectors can't be rewritten: it is an alias, or comes from a merge key; write ["192.0.2.1:2055"] there by hand`},
		"merge key":     {"x: &x {collectors: [192.0.2.1:02055]}\n" + head + "spec:\n  exportNetworkFlows:\n    netFlow:\n      <<: *x\n", `a.yaml:1:20: spec.exportNetworkFlows.netFlow.collectors can't be rewritten: it is an alias, or comes from a merge key; write ["192.0.2.1:2055"] there by hand`},
		"folded":        {flows + "\n      - >-\n        192.0.2.1:2055,\n        192.0.2.2:2055\n", `a.yaml:9:9: spec.exportNetworkFlows.netFlow.collectors[0] can't be rewritten: its text is folded or has several lines; write ["192.0.2.1:2055", "192.0.2.2:2055"] there by hand`},
		"several lines": {flows + "\n      - \"192.0.2.1:2055,\n        192.0.2.2:2055\"\n", `a.yaml:9:9: spec.exportNetworkFlows.netFlow.collectors[0] can't be rewritten: its text is folded or has several lines; write ["192.0.2.1:2055", "192.0.2.2:2055"] there by hand`},
		"tag":           {flows + "\n      - !!str 192.0.2.1:02055\n", `a.yaml:9:9: spec.exportNetworkFlows.netFlow.collectors[0] can't be rewritten: it has a tag; write "192.0.2.1:2055" there by hand`},
		"comment":       {flows + " [192.0.2.1:2055, # x\n        192.0.2.1:2055]\n", `a.yaml:8:19: spec.exportNetworkFlows.netFlow.collectors can't be rewritten: there is a comment inside; write ["192.0.2.1:2055"] there by hand`},
	} {
		t.Run(name, func(t *testing.T) {
			docs, verdicts := review(t, c.text)
			fixed, err := document.Fix([]byte(c.text), docs, verdicts)
			if err == nil {
				t.Fatalf("no error:\n%s", fixed)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
