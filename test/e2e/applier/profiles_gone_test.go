package applier

import (
	"context"
	"fmt"
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
	apply(t, generalProfile+"---\n"+offProfile)
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
	apply(t, generalProfile)
	eventually(t, func(ctx context.Context) string { return reportsLost(ctx, n.Name, "private") })
	apply(t, offProfile)
	hasNoRow(t, n)
	if states := h.all(); len(states) != 1 {
		t.Errorf("the node exported before all profiles were back: %q", states)
	}
	// What a user deletes is deleted.
	kubectl(t, "delete", "flowexportprofiles", "--all")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

// The agent ends while its node is in doubt, starts while there is no definition, and again when there is one, but no
// profile yet.
func TestTheLossOfAProfileOutlivesTheAgent(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, offProfile)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasNoRow(t, n)
	h := record(t, n)
	t.Cleanup(func() { installProfiles(context.WithoutCancel(t.Context()), t) })
	kubectl(t, "delete", "crd", "flowexportprofiles.sluice.dev")
	hasCondition(t, n.Name, "Applied", "Unknown", "NotSynced")
	a.Kill()
	a = startAgent(t, f, n, "--watch-grace=1s")
	eventually(t, func(context.Context) string {
		if log := a.Log(); !strings.Contains(log, "could not read flowexportprofiles") {
			return "the agent does not say that it can't read the profiles: " + log
		}
		return ""
	})
	installProfiles(t.Context(), t)
	eventually(t, func(ctx context.Context) string { return reportsLost(ctx, n.Name, "private") })
	a.Kill()
	a = startAgent(t, f, n)
	eventually(t, func(context.Context) string {
		if log := a.Log(); !strings.Contains(log, "with the former one: private;") {
			return "the agent does not say that the profile is lost: " + log
		}
		return ""
	})
	if states := h.all(); len(states) != 1 {
		t.Errorf("the node exported: %q", states)
	}
	apply(t, offProfile)
	hasNoRow(t, n)
	kubectl(t, "delete", "flowexportprofile", "private")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

// generalProfile sets a parameter of all nodes. Other profiles have precedence.
const generalProfile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: general}\nspec: {priority: -1, netFlow: {activeTimeout: 30}}\n"

// reportsLost returns a text unless a node's report says that one profile, and no other, is not back yet.
func reportsLost(ctx context.Context, node, profile string) string {
	n, err := shared.Report(ctx, node)
	if err != nil || n == nil {
		return fmt.Sprintf("no report of %s: %v", node, err)
	}
	for _, c := range n.Status.Conditions {
		if c.Type == "Applied" && c.Reason == "NotSynced" && strings.Contains(c.Message, "with the former one: "+profile+";") {
			return ""
		}
	}
	return fmt.Sprintf("the conditions are %+v", n.Status.Conditions)
}

// Kind of fault: what is known once is never renewed. The definition was replaced while there were no profiles, and
// the deletion of the next one counted as a loss.
func TestAProfileIsDeletedAfterTheDefinitionWasReplaced(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	timeout := func(want string) {
		t.Helper()
		eventually(t, func(context.Context) string {
			if got := strings.TrimSpace(vsctl(t, n, "get", "NetFlow", "br-int", "active_timeout")); got != want {
				return "the timeout is " + got
			}
			return ""
		})
	}
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	timeout("60")
	t.Cleanup(func() { installProfiles(context.WithoutCancel(t.Context()), t) })
	kubectl(t, "delete", "crd", "flowexportprofiles.sluice.dev")
	installProfiles(t.Context(), t)
	apply(t, generalProfile)
	timeout("30")
	kubectl(t, "delete", "flowexportprofile", "general")
	timeout("60")
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
