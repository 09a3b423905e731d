package document_test

import (
	"strings"
	"testing"

	"sluice/internal/document"
)

func TestApply(t *testing.T) {
	const head = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata:\n  name: cluster\n"
	const both = "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}, ipfix: {collectors: [192.0.2.2:4739]}}}\n"
	const ipfix = head + "spec: {exportNetworkFlows: {ipfix: {collectors: [192.0.2.3:4739]}}}\n"
	annotated := func(spec string) string {
		return head + "  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"spec\":" + spec + "}'\n" + both
	}
	managed := func(manager, operation, spec string) string {
		return head + "  managedFields:\n  - {manager: " + manager + ", operation: " + operation + ", fieldsV1: {'f:spec': " + spec + "}}\n" + both
	}
	for name, c := range map[string]struct{ stored, file, want string }{
		"nothing is known of before":           {head + both, ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"it was applied by client":             {annotated(`{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}`), ipfix, "ipfix=192.0.2.3:4739"},
		"another part was":                     {annotated(`{"exportNetworkFlows":{"sFlow":{"collectors":["192.0.2.1:2055"]}}}`), ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"the whole field is gone":              {annotated(`{"exportNetworkFlows":{"netFlow":{"collectors":[]}}}`), head + "spec: {}\n", "ipfix=192.0.2.2:4739"},
		"it was applied by server":             {managed("kubectl", "Apply", "{'f:exportNetworkFlows': {'f:netFlow': {'f:collectors': {}}}}"), ipfix, "ipfix=192.0.2.3:4739"},
		"by another manager":                   {managed("team-b", "Apply", "{'f:exportNetworkFlows': {'f:netFlow': {'f:collectors': {}}}}"), ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"by an update":                         {managed("kubectl", "Update", "{'f:exportNetworkFlows': {'f:netFlow': {'f:collectors': {}}}}"), ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"null":                                 {head + both, head + "spec: {exportNetworkFlows: {netFlow: null}}\n", "ipfix=192.0.2.2:4739"},
		"a patch":                              {annotated(`{"exportNetworkFlows":{"netFlow":{}}}`), "spec: {exportNetworkFlows: {ipfix: {collectors: [192.0.2.3:4739]}}}\n", "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"an added item of a JSON patch":        {head + both, "- {op: add, path: /spec/exportNetworkFlows/ipfix/collectors/-, value: 192.0.2.3:4739}\n", "netFlow=192.0.2.1:2055 ipfix=192.0.2.2:4739,192.0.2.3:4739"},
		"a removed item of a JSON patch":       {head + both, "- {op: remove, path: /spec/exportNetworkFlows/ipfix/collectors/0}\n", "netFlow=192.0.2.1:2055"},
		"a removed field of a JSON patch":      {head + both, "- {op: remove, path: /spec/exportNetworkFlows/ipfix}\n", "netFlow=192.0.2.1:2055"},
		"the whole field of a JSON patch":      {head + both, "- {op: remove, path: /spec/exportNetworkFlows}\n", ""},
		"all of it, with nothing of before":    {head + both, head + "spec: {}\n", "netFlow=192.0.2.1:2055 ipfix=192.0.2.2:4739"},
		"a list is replaced, as it is atomic":  {head + both, head + "spec: {exportNetworkFlows: {ipfix: {collectors: [192.0.2.9:1]}}}\n", "netFlow=192.0.2.1:2055 ipfix=192.0.2.9:1"},
		"it was applied, and stays":            {annotated(`{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.2:4739"]}}}`), ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
		"nothing of the annotation is of ours": {annotated(`{}`), ipfix, "netFlow=192.0.2.1:2055 ipfix=192.0.2.3:4739"},
	} {
		t.Run(name, func(t *testing.T) {
			stored, err := document.Parse("stored.yaml", []byte(c.stored))
			if err != nil || len(stored) != 1 {
				t.Fatal(stored, err)
			}
			docs, err := document.Parse("a.yaml", []byte(c.file))
			if err != nil || len(docs) != 1 {
				t.Fatal(docs, err)
			}
			result, err := docs[0].AppliedTo(stored[0], "kubectl")
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(describe(result), "cluster")
			if strings.TrimSpace(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestJSONPatchesOfAStoredObject: what can't be applied is an error, as in the API server.
func TestJSONPatchesOfAStoredObject(t *testing.T) {
	const stored = head + "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055, 192.0.2.2:2055]}, ipfix: {collectors: [192.0.2.2:4739]}}}\n"
	const netFlow = "/spec/exportNetworkFlows/netFlow"
	const both = "netFlow=192.0.2.1:2055,192.0.2.2:2055 ipfix=192.0.2.2:4739"
	refused := func(at, pointer string) string { return at + " " + pointer + " unknown-field" }
	for name, c := range map[string]struct{ patch, want string }{
		"replaces an item":              {"- {op: replace, path: " + netFlow + "/collectors/0, value: 192.0.2.9:2055}\n", "netFlow=192.0.2.9:2055,192.0.2.2:2055 ipfix=192.0.2.2:4739"},
		"the last item":                 {"- {op: replace, path: " + netFlow + "/collectors/-1, value: 192.0.2.9:2055}\n", "netFlow=192.0.2.1:2055,192.0.2.9:2055 ipfix=192.0.2.2:4739"},
		"adds before the end":           {"- {op: add, path: " + netFlow + "/collectors/-1, value: 192.0.2.9:2055}\n", "netFlow=192.0.2.1:2055,192.0.2.2:2055,192.0.2.9:2055 ipfix=192.0.2.2:4739"},
		"removes all but one":           {"- {op: remove, path: " + netFlow + "/collectors/1}\n- {op: remove, path: " + netFlow + "/collectors/0}\n- {op: remove, path: " + netFlow + "}\n", "ipfix=192.0.2.2:4739"},
		"an empty spec":                 {"- {op: replace, path: /spec, value: {}}\n", ""},
		"a spec without the lists":      {"- {op: replace, path: /spec, value: {defaultNetwork: {type: OVNKubernetes}}}\n", ""},
		"moves a list":                  {"- {op: move, from: " + netFlow + "/collectors, path: /spec/exportNetworkFlows/ipfix/collectors}\n- {op: remove, path: " + netFlow + "}\n", "ipfix=192.0.2.1:2055,192.0.2.2:2055"},
		"a test that holds":             {"- {op: test, path: " + netFlow + "/collectors/0, value: 192.0.2.1:2055}\n- {op: remove, path: /spec/exportNetworkFlows}\n", ""},
		"a bad item has its place":      {"- {op: replace, path: " + netFlow + "/collectors/0, value: 10.0.0.01:2055}\n", "netFlow=192.0.2.2:2055 ipfix=192.0.2.2:4739 1:77 spec.exportNetworkFlows.netFlow.collectors[0] leading-zero"},
		"replaces beyond the end":       {"- {op: replace, path: " + netFlow + "/collectors/2, value: 192.0.2.9:2055}\n", both + refused("1:23", netFlow+"/collectors/2")},
		"adds beyond the end":           {"- {op: add, path: " + netFlow + "/collectors/3, value: 192.0.2.9:2055}\n", both + refused("1:19", netFlow+"/collectors/3")},
		"far before the start":          {"- {op: add, path: " + netFlow + "/collectors/-9, value: 192.0.2.9:2055}\n", both + refused("1:19", netFlow+"/collectors/-9")},
		"appends to what is absent":     {"- {op: add, path: /spec/exportNetworkFlows/sFlow/collectors/-, value: 192.0.2.9:2055}\n", both + refused("1:19", "/spec/exportNetworkFlows/sFlow/collectors/-")},
		"removes what is absent":        {"- {op: remove, path: /spec/exportNetworkFlows/sFlow}\n", both + refused("1:22", "/spec/exportNetworkFlows/sFlow")},
		"replaces the end":              {"- {op: replace, path: " + netFlow + "/collectors/-, value: 192.0.2.9:2055}\n", both + refused("1:23", netFlow+"/collectors/-")},
		"no index":                      {"- {op: add, path: " + netFlow + "/collectors/foo, value: 192.0.2.9:2055}\n", both + refused("1:19", netFlow+"/collectors/foo")},
		"below an item":                 {"- {op: add, path: " + netFlow + "/collectors/0/foo, value: 192.0.2.9:2055}\n", both + refused("1:19", netFlow+"/collectors/0/foo")},
		"a test that fails":             {"- {op: test, path: " + netFlow + "/collectors/0, value: x}\n- {op: remove, path: /spec/exportNetworkFlows}\n", both + refused("1:20", netFlow+"/collectors/0")},
		"the second operation":          {"- {op: remove, path: " + netFlow + "}\n- {op: remove, path: " + netFlow + "}\n", both + refused("2:22", netFlow)},
		"another field":                 {"- {op: remove, path: /spec/exportNetworkFlows}\n- {op: remove, path: /metadata/labels/x}\n", both + refused("2:22", "/metadata/labels/x")},
		"an unknown operation":          {"- {op: merge, path: /spec/exportNetworkFlows}\n", both + refused("1:21", "/spec/exportNetworkFlows")},
		"a test of what is absent":      {"- {op: test, path: /spec/exportNetworkFlows/sFlow, value: null}\n- {op: remove, path: /spec/exportNetworkFlows}\n", ""},
		"a spec that is no object":      {"- {op: replace, path: /spec, value: 7}\n", "1:37 spec wrong-type"},
		"a list becomes the spec":       {"- {op: move, from: " + netFlow + "/collectors, path: /spec}\n", "1:1 spec wrong-type"},
		"replaces the object by a text": {"- {op: remove, path: /spec/exportNetworkFlows}\n- {op: replace, path: '', value: x}\n", both + refused("2:23", "/")},
	} {
		t.Run(name, func(t *testing.T) {
			d := one(t, c.patch).MergedInto(one(t, stored))
			_, got, _ := strings.Cut(describe(d), "cluster")
			if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(c.want, " ", "") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Copies that double a list each time are refused as the API server does, in bounded memory.
func TestLongJSONPatches(t *testing.T) {
	stored := one(t, head+"spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}}}\n")
	for name, c := range map[string]struct {
		operation string
		count     int
		want      string
	}{
		"copies":          {"- {op: copy, from: /spec, path: /spec/x}\n- {op: copy, from: /spec, path: /spec/y}\n", 60, "copies add more than 3 MiB"},
		"too many":        {"- {op: add, path: /spec/exportNetworkFlows/netFlow/collectors/-, value: '192.0.2.1:2055'}\n", 10_001, "takes at most 10000 operations"},
		"as many as that": {"- {op: add, path: /spec/exportNetworkFlows/netFlow/collectors/-, value: '192.0.2.1:2055'}\n", 10_000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := "- {op: test, path: /spec/exportNetworkFlows/netFlow/collectors/0, value: '192.0.2.1:2055'}\n" + strings.Repeat(c.operation, c.count-1)
			if c.count > 10_000 {
				text += c.operation
			}
			d := one(t, text).MergedInto(stored)
			got := ""
			for _, f := range d.Findings {
				got += f.Message
			}
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
