package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/applier/collector"
	"sluice/test/harness/node"
	"sluice/test/harness/require"
	"sluice/validation"
)

// pause pauses a node, and waits until its agent knows: another watch may tell it of a change of the lists before.
func pause(t *testing.T, n *node.Node) {
	t.Helper()
	apply(t, paused)
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r.Status.Mode != v1alpha1.ModeObserve {
			return fmt.Sprintf("it is not paused: %+v, %v", r, err)
		}
		return ""
	})
}

const paused = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: pause}\nspec: {mode: Observe, priority: 100}\n"

// Kind of fault: a pause, which explains that a row differs, hid what it does not explain.
func TestAPauseHidesNoOtherProblem(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	_, added := listen(t, f, false)
	dying, err := f.Network.Listen(t.Context(), "udp", address(f.Network.CollectorAddress(false), "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dying.Close() })
	dead := dying.LocalAddr().String()
	export(t, `{"ipfix":{"collectors":["`+target+`","`+dead+`"]}}`)
	startAgent(t, f, n, "--ovs-timeout=1s", "--probe-interval=1s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	pause(t, n)
	export(t, `{"ipfix":{"collectors":["`+target+`","`+dead+`","`+added+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "ObserveOnly")
	statusSays(t, 0, "OK", "1 node is paused by its FlowExportProfile.")
	onlyPaused(t, n, true)

	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Exporting", "False", "Refused")
	statusSays(t, 1, "node-a: Refused: IPFIX "+dead)
	if err := n.Freeze(); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Exporting", "Unknown", "VSwitchdHangs")
	statusSays(t, 1, "node-a: VSwitchdHangs: ")
	onlyPaused(t, n, false)
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	statusSays(t, 1, "node-a: Refused: IPFIX "+dead)
	onlyPaused(t, n, true)
	n.StopVswitchd()
	hasCondition(t, n.Name, "Exporting", "False", "VSwitchdDown")
	statusSays(t, 1, "node-a: VSwitchdDown: ")
	onlyPaused(t, n, false)
}

// Kind of fault: a privacy problem was taken for a pause. The node sends to a collector that was removed.
func TestAPauseHidesNoCollectorThatWasRemoved(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	r, removed := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`","`+removed+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	pause(t, n)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "ObserveOnly")
	arrives(t, r, n, func(m collector.Message) bool { return m.Format == validation.IPFIX })
	statusSays(t, 1, "node-a: ObserveOnly: ", "the node sends to collectors that are not desired: "+removed)
	onlyPaused(t, n, false)
	kubectl(t, "delete", "flowexportprofile", "pause")
	statusSays(t, 0, "OK")
}

// The same of dropped packets.
func TestAPauseHidesNoExportOfDroppedPackets(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ovn.Stop)
	if err := ovn.Drop(t.Context(), "udp.dst == 5001"); err != nil {
		t.Fatal(err)
	}
	r, target := listen(t, f, false)
	const profile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {mode: %s, ipfix: {sampling: 4000000000}%s}\n"
	apply(t, fmt.Sprintf(profile, "Enforce", ", drops: {domain: 7, collectorSet: 99}"))
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if err := ovn.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, fmt.Sprintf(profile, "Observe", ""))
	report := hasCondition(t, n.Name, "Applied", "False", "ObserveOnly")
	if d := report.Status.Drops; d == nil || d.State != "Unwanted" || d.CollectorSet != 99 || d.Message != "dropped packets are still exported, to "+target {
		t.Errorf("the report says of drops: %+v", d)
	}
	arrives(t, r, n, func(m collector.Message) bool { return m.ObservationDomain>>24 == 7 && len(m.Records) > 0 })
	statusSays(t, 1, "node-a: ObserveOnly: ", "dropped packets are still exported, to "+target)
	if out, _ := plugin(t, "", "plan", "--node", n.Name); !strings.Contains(out, "OVN: stop sampling dropped packets") {
		t.Errorf("the plan does not remove it:\n%s", out)
	}
	apply(t, fmt.Sprintf(profile, "Enforce", ""))
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	statusSays(t, 0, "OK")
}

// onlyPaused waits until a report says that a pause explains why the lists are not applied, or that it does not. The
// metric sluice_agent_paused has the same value.
func onlyPaused(t *testing.T, n *node.Node, want bool) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil || r.Status.OnlyPaused() != want {
			return fmt.Sprintf("it does not hold that the node is only paused: %t", want)
		}
		return ""
	})
}

// arrives waits until one more message of a kind arrives from a node.
func arrives(t *testing.T, r *received, n *node.Node, is func(collector.Message) bool) {
	t.Helper()
	count := func() (found int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range r.messages {
			if is(m) {
				found++
			}
		}
		return found
	}
	before := count()
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 8); err != nil {
			return err.Error()
		}
		if count() == before {
			return "nothing more arrives"
		}
		return ""
	})
}
