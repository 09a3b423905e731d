package applier

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// Kind of fault: what is unknown counted as nothing. When Sluice is uninstalled, the profiles disappear with their
// CustomResourceDefinition, perhaps while agents run. A node that a profile keeps from exporting must not export then.
func TestANodeDoesNotExportWhenTheDefinitionOfItsProfileIsDeleted(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, offProfile)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasNoRow(t, n)
	h := record(t, n)
	t.Cleanup(func() { installProfiles(context.WithoutCancel(t.Context()), t) })
	kubectl(t, "delete", "crd", "flowexportprofiles.sluice.dev")
	hasCondition(t, n.Name, "Applied", "Unknown", "NotSynced")
	hasCondition(t, n.Name, "Synced", "False", "WatchFailed")
	for command, says := range map[string]string{"status": "NotSynced", "plan": "nothing is changed: it is unknown which FlowExportProfiles there are"} {
		if out, _ := plugin(t, "", command); !strings.Contains(out, n.Name) || !strings.Contains(out, says) {
			t.Errorf("%s does not say %q:\n%s", command, says, out)
		}
	}
	// Another list, which the agent sees, changes nothing either.
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	hasCondition(t, n.Name, "Applied", "Unknown", "NotSynced")
	if states := h.all(); len(states) != 1 {
		t.Errorf("the node exported meanwhile: %q", states)
	}
	installProfiles(t.Context(), t)
	apply(t, offProfile)
	hasNoRow(t, n)
	// What a user deletes is deleted.
	kubectl(t, "delete", "flowexportprofiles", "--all")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

// installProfiles creates the definition of the profiles, if it does not exist.
func installProfiles(ctx context.Context, t *testing.T) {
	t.Helper()
	root, err := cluster.Root(ctx)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "manifests", "crds", "sluice.dev_flowexportprofiles.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.ApplyObjects(ctx, string(text)); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportprofiles.sluice.dev")
}
