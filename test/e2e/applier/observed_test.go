package applier

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Kind of fault: a report counts for what no agent has seen.
func TestAReportCountsOnlyForTheObjectsThatItIsAbout(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	list := `{"netFlow":{"collectors":["` + target + `"]}}`
	export(t, list)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	const up = "1 of 1 node is up to date"
	statusSays(t, 0, up)
	const profile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: p}\nspec: "
	config := func(data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config, namespace: openshift-network-operator}\ndata: " + data
	}
	for _, change := range []struct{ what, says string }{
		{profile + "{priority: 1}", "about another FlowExportProfile than"},
		{profile + "{priority: 1, netFlow: {activeTimeout: 61}}", "generation 1 of its FlowExportProfile; the current one is 2"},
		{strings.ReplaceAll(profile, "name: p", "name: q") + "{priority: 2}", "about another FlowExportProfile than"},
		{config("{}"), "another version of the ConfigMap"},
		{config(`{sampling: "300"}`), "another version of the ConfigMap"},
	} {
		signal(t, a, syscall.SIGSTOP) // its Lease is valid for a while
		apply(t, change.what)
		statusSays(t, 1, "0 of 1 node is up to date", "Outdated: the node reports", change.says)
		signal(t, a, syscall.SIGCONT)
		statusSays(t, 0, up)
	}
	signal(t, a, syscall.SIGSTOP)
	kubectl(t, "delete", "flowexportprofile", "q")
	statusSays(t, 1, "about another FlowExportProfile than")
	signal(t, a, syscall.SIGCONT)
	statusSays(t, 0, up)
	// Metadata of the ConfigMap changes nothing of what is exported.
	signal(t, a, syscall.SIGSTOP)
	kubectl(t, "label", "--namespace=openshift-network-operator", "configmap", "ovs-flows-config", "a=b")
	statusSays(t, 0, up)
	signal(t, a, syscall.SIGCONT)
}

// withoutRight takes the agents' right to read profiles, and returns a function that gives it back.
func withoutRight(t *testing.T) (restore func()) {
	t.Helper()
	role := kubectl(t, "get", "clusterrole", "sluice-agent", "-o", "jsonpath={.rules}")
	restore = func() {
		kubectl(t, "patch", "clusterrole", "sluice-agent", "--type=merge", "-p", `{"rules":`+role+`}`)
	}
	t.Cleanup(restore)
	kubectl(t, "patch", "clusterrole", "sluice-agent", "--type=merge", "-p", `{"rules":`+strings.ReplaceAll(role, `"flowexportprofiles"`, `"nothing"`)+`}`)
	return restore
}

// Kind of fault: a lost right is in the log only.
func TestAWatchThatFailsIsReported(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	flags := []string{"--watch-grace=2s"}
	running, starting := f.Nodes[0], f.Nodes[1]
	startAgent(t, f, running, flags...)
	hasCondition(t, running.Name, "Synced", "True", "Watching")
	restore := withoutRight(t)
	f.Server.Cut() // the API server checks the right when a watch begins
	startAgent(t, f, starting, flags...)
	hasCondition(t, running.Name, "Synced", "False", "WatchFailed")
	statusSays(t, 1, "0 of 2 nodes are up to date", "WatchFailed: the watch of flowexportprofiles fails")
	// What was known goes on, and nothing is done that is not known.
	hasCondition(t, running.Name, "Applied", "True", "InSync")
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, starting.Name)
		if err != nil || r == nil {
			return "no report"
		}
		for _, c := range r.Status.Conditions {
			if c.Type == "Applied" && c.Status == "Unknown" && c.Reason == "NotSynced" && strings.Contains(c.Message, "flowexportprofiles") {
				return ""
			}
		}
		return "Applied is not Unknown because of NotSynced"
	})
	if got := vsctl(t, starting, "find", "NetFlow"); got != "" {
		t.Errorf("it was applied although the profiles are unknown:\n%s", got)
	}
	restore()
	for _, n := range []string{running.Name, starting.Name} {
		hasCondition(t, n, "Synced", "True", "Watching")
		hasCondition(t, n, "Applied", "True", "InSync")
	}
	statusSays(t, 0, "2 of 2 nodes are up to date")
}

// In an outage of the API server nothing is known of any watch, and nothing can be reported. Its end
// makes no node write what is over.
func TestAnOutageIsNoFailedWatch(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	startAgent(t, f, n, "--watch-grace=2s")
	hasCondition(t, n.Name, "Synced", "True", "Watching")
	before := len(apiWrites(t))
	f.Server.Shut()
	pass(t, 5*time.Second) // longer than the grace period
	f.Server.Open()
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	reports := 0
	for _, write := range apiWrites(t)[before:] {
		if strings.Contains(write, "nodeflowexports") {
			reports++
		}
	}
	if reports > 3 { // of the new list
		t.Errorf("%d reports were written: %v", reports, apiWrites(t)[before:])
	}
}
