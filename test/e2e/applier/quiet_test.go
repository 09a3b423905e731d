package applier

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// apiWrites lists the agents' writes in the API server's audit log.
func apiWrites(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(shared.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	var writes []string
	for line := range strings.Lines(string(text)) {
		var event struct {
			Verb, RequestURI string
			User             struct{ Username string }
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event.User.Username == cluster.AgentUser {
			writes = append(writes, event.Verb+" "+event.RequestURI)
		}
	}
	return writes
}

func TestNothingIsWrittenWhileNothingChanges(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	collectors, targets := map[string][]string{}, `{`
	for _, format := range []string{"netFlow", "sFlow", "ipfix"} {
		_, one := listen(t, f, false)
		_, two := listen(t, f, false)
		collectors[strings.ToLower(format)] = []string{one, two}
		targets += fmt.Sprintf("%q:{%q:[%q,%q]},", format, "collectors", one, two)
	}
	export(t, strings.TrimSuffix(targets, ",")+"}")
	a := startAgent(t, f, n, "--resync=500ms", "--poll=100ms")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")

	ovnkubeStart(t, n, collectors)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	// The first records change the report: IPFIX goes from Idle to Sending, and stays so for a quarter of
	// an hour without traffic. NetFlow and sFlow, for which Open vSwitch counts nothing, stay Idle.
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 200); err != nil {
			return err.Error()
		}
		list, reasons := states(ctx, n.Name)
		if text := strings.Join(list, "\n"); strings.Count(text, "Idle") != 4 || strings.Count(text, "Sending") != 2 {
			return "collectors are " + reasons
		}
		return ""
	})
	settled := func() string {
		return nextConfig(t, n) + " " + kubectl(t, "get", "nodeflowexport", n.Name, "-o", "jsonpath={.metadata.resourceVersion}")
	}
	// What ovnkube-node did may show in the report for a moment.
	before := ""
	eventually(t, func(context.Context) string {
		last := before
		before = settled()
		if last != before {
			return "not settled"
		}
		return ""
	})
	applied, writes := a.Writes(), len(apiWrites(t))
	database := rows(t, n)

	// Six resyncs, a heartbeat of the node, and traffic.
	kubectl(t, "patch", "node", n.Name, "--subresource=status", "--type=merge", "-p", `{"status":{"nodeInfo":{"kernelVersion":"6"}}}`)
	if err := n.Traffic(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	quiet := time.Now().Add(3 * time.Second)
	_ = nodes.Wait(t.Context(), time.Until(quiet), func(context.Context) string { return "time passes" })

	if after := settled(); after != before {
		t.Errorf("next_cfg and the report's version went from %q to %q while nothing changed", before, after)
	}
	if n := a.Writes(); n != applied {
		t.Errorf("%d transactions while nothing changed", n-applied)
	}
	if now := apiWrites(t); len(now) != writes {
		t.Errorf("writes to the API server while nothing changed: %v", now[writes:])
	}
	if after := rows(t, n); after != database {
		t.Errorf("rows went from\n%s\nto\n%s", database, after)
	}
}

func TestARestartedAgentWritesNothing(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := vsctl(t, n, "--columns=targets", "list", "IPFIX"); !strings.Contains(got, target) {
		t.Errorf("export did not go on after the agent ended: %s", got)
	}
	before, version := nextConfig(t, n), kubectl(t, "get", "nodeflowexport", n.Name, "-o", "jsonpath={.metadata.resourceVersion}")
	again := startAgent(t, f, n, "--resync=200ms", "--log-level=debug")
	eventually(t, func(context.Context) string {
		if strings.Contains(again.Log(), `"msg":"reconciled"`) {
			return ""
		}
		return "the agent has not reconciled yet"
	})
	if after := nextConfig(t, n); after != before {
		t.Errorf("next_cfg went from %s to %s", before, after)
	}
	if after := kubectl(t, "get", "nodeflowexport", n.Name, "-o", "jsonpath={.metadata.resourceVersion}"); after != version {
		t.Errorf("the report was written again: %s, %s", version, after)
	}
}

// Kind of fault: a value without a bound. The API server stores no report with a message of more than
// 32,768 bytes.
func TestAForeignRowWithManyTargetsIsReported(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	var targets []string
	for i := range 900 {
		targets = append(targets, fmt.Sprintf(`"192.0.2.%d:%d"`, i%250, 10000+i))
	}
	vsctl(t, n, "--id=@n", "create", "NetFlow", "targets=["+strings.Join(targets, ",")+"]", "--", "set", "Bridge", "br-int", "netflow=@n")
	r := hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	for _, c := range r.Status.Conditions {
		if len(c.Message) > 1024 {
			t.Errorf("the message of %s has %d bytes", c.Type, len(c.Message))
		}
	}
	netFlow := r.Status.Formats[0]
	if netFlow.Applied == nil || len(netFlow.Applied.Targets) != 20 || netFlow.Applied.OmittedTargets != 880 || len(netFlow.Collectors) != 20 {
		t.Errorf("the report has %d collectors, and %+v", len(netFlow.Collectors), netFlow.Applied)
	}
}

// Kind of fault: the agent reacted to its own writes, so that a number that moves made it write as fast as
// it could.
func TestAVerificationIsReportedAtABoundedRate(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, strings.ReplaceAll(fastProfile, "cacheMaxFlows: 100", "cacheMaxFlows: 0"))
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--resync=1m", "--poll=100ms")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+time.Now().Add(12*time.Second).UTC().Format(time.RFC3339))
	before := len(apiWrites(t))
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 4); err != nil {
			return err.Error()
		}
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil || r.Status.Verification == nil || r.Status.Verification.Phase != "Done" {
			return "it is not done"
		}
		if r.Status.Verification.Formats[0].Datagrams < 20 {
			t.Errorf("too little traffic: %+v", r.Status.Verification.Formats)
		}
		return ""
	})
	// Running, the first records, every 5 seconds, Done, and what else the traffic changes.
	if writes := apiWrites(t)[before:]; len(writes) > 12 {
		t.Errorf("%d writes: %v", len(writes), writes)
	}
}
