package tenants

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/applier/collector"
	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// records counts the records that came to a collector.
type records struct{ count atomic.Int64 }

func listen(t *testing.T, f *nodes.Fleet) (*records, string) {
	t.Helper()
	conn, err := f.Network.Listen(t.Context(), "udp", f.Network.CollectorAddress(false)+":0")
	if err != nil {
		t.Fatal(err)
	}
	var r records
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = collector.Receive(ctx, conn, time.Now, func(m collector.Message, _ error) { r.count.Add(int64(len(m.Records))) })
	}()
	t.Cleanup(func() {
		stop()
		<-done
		_ = conn.Close()
	})
	return &r, conn.LocalAddr().String()
}

// The whole way: a tenant asks, a policy allows it, the controller accepts, the agent sends and reports, and
// the tenant sees it with no other rights than "edit" and "view". It ends with the policy.
func TestFromTheRequestToTheRecords(t *testing.T) {
	f := startNode(t, "team-a_web", "team-b_web")
	n := f.Nodes[0]
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	startAgent(t, f)
	own, target := listen(t, f)
	host, _, _ := strings.Cut(target, ":")
	refused(t, create(t, alice, "team-a", "siem", fmt.Sprintf("[%q]", target)), "no FlowExportPolicy")
	policies(t, fmt.Sprintf(`{namespaces: {names: [team-a]}, allow: [{formats: [IPFIX], destinations: [%s/32]}]}`, host))
	passes(t, create(t, alice, "team-a", "siem", fmt.Sprintf("[%q]", target)))
	accepted(t, "siem", "Allowed")
	condition := func(kind string) string {
		return must(t, alice, "", "get", "fex", "-n", "team-a", "siem", "-o", `jsonpath={.status.conditions[?(@.type=="`+kind+`")].status} {.status.conditions[?(@.type=="`+kind+`")].reason}`)
	}
	eventually(t, func() string {
		if err := n.Traffic(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		if got := condition("Exporting"); got != "True Sending" || own.count.Load() == 0 {
			return fmt.Sprintf("Exporting is %s, %d records came", got, own.count.Load())
		}
		return ""
	})
	if out := must(t, alice, "", "get", "fex", "-n", "team-a"); !strings.Contains(out, "siem") || !strings.Contains(out, "Sending") {
		t.Errorf("the tenant sees:\n%s", out)
	}
	refused(t, kubectl(t, alice, "", "get", "nodeflowexports"), "forbidden")
	sees := func(code int, texts ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), plugin, "status", "-n", "team-a", "--kubeconfig="+shared.Kubeconfig(alice))
		out, _ := cmd.CombinedOutput() // the status is checked
		if cmd.ProcessState.ExitCode() != code {
			t.Errorf("status of the tenant: exit status %d, want %d", cmd.ProcessState.ExitCode(), code)
		}
		for _, text := range texts {
			if !strings.Contains(string(out), text) {
				t.Errorf("status of the tenant does not say %q:\n%s", text, out)
			}
		}
	}
	sees(0, "OK in namespace team-a", "1 of 1 FlowExport is accepted, 1 export.", target+"  1 sending")

	policies(t)
	accepted(t, "siem", "Denied")
	sees(1, "1 problem in namespace team-a", "siem: Denied: ", "no FlowExportPolicy")
	eventually(t, func() string {
		if row, err := n.Vsctl(t.Context(), "get", "Bridge", "br-int", "ipfix"); err != nil || strings.TrimSpace(row) != "[]" {
			return fmt.Sprintf("the row of the tenants is still there: %s %v", row, err)
		}
		return ""
	})
	before := own.count.Load()
	if err := n.Traffic(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if got := condition("Exporting"); !strings.HasPrefix(got, "False") {
			return "Exporting is " + got
		}
		return ""
	})
	if after := own.count.Load(); after != before {
		t.Errorf("%d records came after the policy was deleted", after-before)
	}
}
