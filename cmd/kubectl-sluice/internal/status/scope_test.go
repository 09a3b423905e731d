package status_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// narrowed is a cluster of which the DaemonSet no longer selects the nodes worker-3 and worker-4.
func narrowed() status.Cluster {
	c := silenced(fleet(4), 24*time.Hour, "worker-3", "worker-4")
	c.Nodes, c.OutOfScope, c.Installed = c.Nodes[:2], c.Nodes[2:], true
	return c
}

// Kind of fault: a node that no agent is to run on looks like one on which the agent fails, for as long as its report
// is there.
func TestReportsOfNodesThatTheDaemonSetNoLongerSelects(t *testing.T) {
	unread := silenced(three(), time.Hour, "worker-2")
	unread.ScopeUnknown = "daemonsets is forbidden"
	unreadAndNew := three()
	unreadAndNew.Nodes, unreadAndNew.ScopeUnknown = append(unreadAndNew.Nodes, "worker-4"), "daemonsets is forbidden"
	unreadAndWell := three()
	unreadAndWell.ScopeUnknown = "daemonsets is forbidden"
	runs := silenced(narrowed(), 0, "worker-3", "worker-4")
	deleted := narrowed()
	deleted.Exports = deleted.Exports[:2]
	unknown := narrowed()
	unknown.LivenessUnknown = "leases is forbidden"
	for name, c := range map[string]struct {
		cluster  status.Cluster
		problems string // nodes and reasons
		says     string
		counts   [4]int // nodes, out of scope, reports, applied
	}{
		"the reports are left":                {narrowed(), "worker-3, worker-4: OutOfScope", "delete the report: kubectl delete nodeflowexport NODE", [4]int{2, 2, 2, 2}},
		"it is asked for":                     {narrowed().Only([]string{"worker-3"}), "worker-3: OutOfScope", "the DaemonSet does not select the node", [4]int{1, 1, 0, 0}},
		"the reports are deleted":             {deleted, "", "", [4]int{2, 2, 2, 2}},
		"an agent runs there":                 {runs, "", "", [4]int{4, 0, 4, 4}},
		"it is unknown whether one does":      {unknown, "cluster: LivenessUnknown", "", [4]int{4, 0, 4, 0}},
		"the DaemonSet can't be read":         {unread, "cluster: ScopeUnknown\nworker-2: AgentDown", "can't read DaemonSet sluice-agent/sluice-agent: daemonsets is forbidden", [4]int{3, 0, 3, 2}},
		"it can't be read, and a node is new": {unreadAndNew, "worker-4: NoReport\ncluster: ScopeUnknown", "", [4]int{4, 0, 3, 3}},
		"it can't be read, and all is well":   {unreadAndWell, "", "", [4]int{3, 0, 3, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.cluster.Summarize()
			var problems, messages []string
			for _, p := range s.Problems {
				problems, messages = append(problems, p.Where()+": "+p.Reason), append(messages, p.Message)
			}
			if got := strings.Join(problems, "\n"); got != c.problems {
				t.Errorf("problems: %s", got)
			}
			if got := strings.Join(messages, "\n"); !strings.Contains(got, c.says) {
				t.Errorf("no %q in %s", c.says, got)
			}
			if got := [4]int{s.Nodes, s.OutOfScope, s.Reports, s.Applied}; got != c.counts {
				t.Errorf("counts %v, not %v", got, c.counts)
			}
		})
	}
	if reason, message := narrowed().Unable("worker-3"); reason != status.ReasonOutOfScope || !strings.Contains(message, "does not select") {
		t.Errorf("why it can't answer: %s: %s", reason, message)
	}
	c := narrowed()
	c.Labels = map[string]map[string]string{"worker-1": nil, "worker-3": nil, "windows": nil}
	c.OutOfScope = append(c.OutOfScope, "windows")
	if names := strings.Join(c.Matching(labels.Everything()), " "); names != "worker-1 worker-3" {
		t.Errorf("a selector chooses %s", names)
	}
}
