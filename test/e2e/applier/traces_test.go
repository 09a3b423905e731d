package applier

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// eventsAbout are the reasons of the Events about a node's report, each as often as it was counted, and their
// messages.
func eventsAbout(t *testing.T, node string) (reasons, messages []string) {
	t.Helper()
	uid := kubectl(t, "get", "nodeflowexport", node, "-o", "jsonpath={.metadata.uid}")
	var list struct {
		Items []struct {
			Reason, Message string
			Count           int
		}
	}
	if err := json.Unmarshal([]byte(kubectl(t, "get", "events", "--namespace=default", "--field-selector=source=sluice-agent,involvedObject.uid="+uid, "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list.Items {
		for range max(1, e.Count) {
			reasons = append(reasons, e.Reason)
		}
		messages = append(messages, e.Message)
	}
	return reasons, messages
}

// told waits for an Event with a reason.
func told(t *testing.T, node, reason, message string) {
	t.Helper()
	eventually(t, func(context.Context) string {
		reasons, messages := eventsAbout(t, node)
		if slices.Contains(reasons, reason) && strings.Contains(strings.Join(messages, "\n"), message) {
			return ""
		}
		return "no Event " + reason + " with " + message + " but " + strings.Join(append(reasons, messages...), "\n")
	})
}

// logged waits for a line of the log that has all parts.
func logged(t *testing.T, a *nodes.Agent, parts ...string) {
	t.Helper()
	eventually(t, func(context.Context) string {
		for line := range strings.Lines(a.Log()) {
			if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
				return ""
			}
		}
		return "no line of the log has " + strings.Join(parts, " and ") + ":\n" + a.Log()
	})
}

// Each change of a condition, each repair and each refusal leaves a line in the log and an Event, and nothing else
// does.
func TestWhatHappensLeavesATrace(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n, "--hold-down=2s", "--lease=3s", "--probe-interval=1s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	logged(t, a, `"msg":"applied"`, `"cause":"desired"`, `"plan":["`)

	vsctl(t, n, "set", "NetFlow", "br-int", `targets="203.0.113.9:2055"`)
	logged(t, a, `"msg":"condition changed"`, `"type":"Drifted"`, `"from":"False"`, `"to":"True"`, `"reason":"ForeignWrite"`)
	told(t, n.Name, "Repaired", "203.0.113.9:2055")
	logged(t, a, `"msg":"repaired"`)
	logged(t, a, `"msg":"applied"`, `"cause":"repair"`)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	told(t, n.Name, "HeldDown", "Applied is False")
	told(t, n.Name, "InSync", "Applied is True")

	// Nothing changes while the agent renews its Lease several times.
	before, _ := eventsAbout(t, n.Name)
	lines := strings.Count(a.Log(), "\n")
	renewed := func() string {
		return kubectl(t, "get", "lease", "--namespace="+cluster.AgentNamespace, n.Name, "-o", "jsonpath={.spec.renewTime}")
	}
	for range 3 {
		last := renewed()
		eventually(t, func(context.Context) string {
			if renewed() == last {
				return "the Lease is not renewed"
			}
			return ""
		})
	}
	if after, _ := eventsAbout(t, n.Name); len(after) != len(before) || strings.Count(a.Log(), "\n") != lines {
		t.Errorf("%d Events became %d:\n%v\n%s", len(before), len(after), after, a.Log())
	}

	n.StopDatabase()
	told(t, n.Name, "SocketMissing", "OVSReachable is False")
	logged(t, a, `"msg":"condition changed"`, `"type":"OVSReachable"`, `"to":"False"`)
	if reasons, _ := eventsAbout(t, n.Name); slices.Contains(reasons, "Unknown") {
		t.Errorf("one cause has several Events: %v", reasons)
	}
}

// An agent records Events about its own node only, and changes none of others.
func TestAnAgentRecordsEventsAboutItsOwnNode(t *testing.T) {
	reset(t)
	t.Cleanup(func() {
		reset(t)
		kubectl(t, "delete", "node", "node-a")
		kubectl(t, "delete", "events", "--namespace=default", "--all")
	})
	if err := shared.AddNode(t.Context(), "node-a", ""); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := shared.AgentKubeconfig(t.Context(), "node-a", "")
	if err != nil {
		t.Fatal(err)
	}
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	as := func(stdin string, args ...string) (string, bool) {
		cmd := exec.CommandContext(t.Context(), assets+"/kubectl", append([]string{"--kubeconfig=" + kubeconfig}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	event := func(name, kind, object, component string) string {
		return `{"apiVersion":"v1","kind":"Event","metadata":{"name":"` + name + `","namespace":"default"},"involvedObject":{"kind":"` + kind + `","name":"` + object + `"},"source":{"component":"` + component + `"},"reason":"R","message":"m","type":"Normal"}`
	}
	const refusal = "may record Events only as sluice-agent and about the Node or the NodeFlowExport of this name"
	for name, c := range map[string]struct {
		event   string
		allowed bool
	}{
		"its report":        {event("own-report", "NodeFlowExport", "node-a", "sluice-agent"), true},
		"its node":          {event("own-node", "Node", "node-a", "sluice-agent"), true},
		"another node":      {event("other", "Node", "node-b", "sluice-agent"), false},
		"another kind":      {event("kind", "FlowExportPolicy", "node-a", "sluice-agent"), false},
		"another component": {event("as-kubelet", "Node", "node-a", "kubelet"), false},
	} {
		if out, ok := as(c.event, "create", "-f", "-"); ok != c.allowed || !ok && !strings.Contains(out, refusal) {
			t.Errorf("%s: %s", name, out)
		}
	}
	kubectl(t, "create", "-f", writeFile(t, event("of-kubelet", "Node", "node-a", "kubelet")))
	// Server-side apply is a patch; kubectl patch reads the object first, which an agent may not do.
	patch := []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}
	if out, ok := as(event("of-kubelet", "Node", "node-a", "sluice-agent"), patch...); ok || !strings.Contains(out, refusal) {
		t.Errorf("an Event of the kubelet is changed: %s", out)
	}
	if out, ok := as(strings.Replace(event("own-node", "Node", "node-a", "sluice-agent"), `"reason"`, `"count":2,"reason"`, 1), patch...); !ok {
		t.Errorf("its own Event is not counted: %s", out)
	}
	for _, forbidden := range [][]string{{"get", "events"}, {"delete", "events", "own-node"}} {
		if out, ok := as("", append(forbidden, "--namespace=default")...); ok || !strings.Contains(strings.ToLower(out), "forbidden") {
			t.Errorf("%v: %s", forbidden, out)
		}
	}
}
