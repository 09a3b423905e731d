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
