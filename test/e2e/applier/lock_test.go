package applier

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

func transactions(t *testing.T, n *node.Node) int {
	t.Helper()
	number, err := strconv.Atoi(nextConfig(t, n))
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// pass lets a time pass.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	_ = nodes.Wait(t.Context(), d, func(context.Context) string { return "time passes" })
}

// waits waits until an agent says that it has no lock.
func waits(t *testing.T, a *nodes.Agent) {
	t.Helper()
	eventually(t, func(context.Context) string {
		if strings.Contains(a.Log(), "without the lock") {
			return ""
		}
		return "the agent does not say that it has no lock"
	})
}

// Kind of fault: two agents overwrite each other's reports, verifications and signs of life, although
// only one of them writes to Open vSwitch.
func TestAnObserverLeavesTheReportToTheAgentThatWrites(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	first := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	writes := len(apiWrites(t))
	waits(t, startAgent(t, f, n, "--mode=observe"))
	pass(t, 8*time.Second)
	if n := len(apiWrites(t)) - writes; n > 4 { // one report of each, and a Lease may be due
		t.Errorf("%d writes to the API server: %v", n, apiWrites(t)[writes:])
	}
	if r := hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen"); r.Status.Mode != "Enforce" {
		t.Errorf("the report is that of the observer: %s", r.Status.Mode)
	}
	out, code := plugin(t, "", "verify", "--timeout=20s", "--node="+n.Name)
	if strings.Contains(out, "mode Observe") {
		t.Errorf("the observer answers a verification: %d %s", code, out)
	}
	// Without the other one, it reports.
	first.Kill()
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil || r.Status.Mode != "Observe" {
			return fmt.Sprintf("the observer does not report: %v", err)
		}
		return ""
	})
}

// Kind of fault: two writers without restraint. An enforcing agent and one that cleans up undo each
// other's work, and each takes the other's for a change of the desired state.
func TestTwoAgentsOnANodeDoNotFight(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]},"ipfix":{"collectors":["`+target+`"]}}`)
	first := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	before, writes := transactions(t, n), len(apiWrites(t))
	second := startAgent(t, f, n, "--mode=cleanup")
	waits(t, second)
	pass(t, 8*time.Second)
	if after := transactions(t, n); after != before {
		t.Errorf("%d transactions", after-before)
	}
	// The second one reports once, and the first one again.
	if n := len(apiWrites(t)) - writes; n > 4 { // a Lease may be due
		t.Errorf("%d writes to the API server: %v", n, apiWrites(t)[writes:])
	}
	if r := hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen"); r.Status.Mode != "Enforce" {
		t.Errorf("the report is that of the agent without the lock: %s", r.Status.Mode)
	}
	// It goes on as soon as the other one ends, in whatever way.
	first.Kill()
	hasCondition(t, n.Name, "Applied", "True", "CleanedUp")
	waits(t, startAgent(t, f, n))
	if got := vsctl(t, n, "get", "Bridge", "br-int", "netflow"); strings.TrimSpace(got) != "[]" {
		t.Errorf("two agents write: %s", got)
	}
}

func TestAnAgentWithoutALockSaysSo(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	path := filepath.Join(t.TempDir(), "missing", "lock")
	startAgent(t, f, n, "--lock-file="+path)
	hasCondition(t, n.Name, "Applied", "False", "LockUnavailable")
	// One that is not in the way of its own reports.
	other := startAgent(t, f, n, "--mode=observe")
	eventually(t, func(context.Context) string {
		if strings.Contains(other.Log(), "agent started") {
			return ""
		}
		return "not started"
	})
	if got := vsctl(t, n, "find", "NetFlow"); got != "" {
		t.Errorf("an agent without a lock wrote:\n%s", got)
	}
}

// Agents that do not see the same lock, such as one of an older version, are held back by their budgets.
func TestTwoAgentsWithoutACommonLockAreBounded(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--lock-file="+filepath.Join(t.TempDir(), "a"))
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	before := transactions(t, n)
	startAgent(t, f, n, "--mode=cleanup", "--lock-file="+filepath.Join(t.TempDir(), "b"))
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil {
			return "no report"
		}
		for _, c := range r.Status.Conditions {
			if c.Type == "Applied" && c.Reason == "RateLimited" {
				return ""
			}
		}
		return "no agent is held back"
	})
	pass(t, 10*time.Second)
	// 11 each at once, and some more meanwhile; without a bound there were 90 each second.
	if after := transactions(t, n); after-before < 10 || after-before > 40 {
		t.Errorf("%d transactions", after-before)
	} else {
		t.Logf("%d transactions", after-before)
	}
}
