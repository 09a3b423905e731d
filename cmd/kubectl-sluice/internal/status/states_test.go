package status_test

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/validation"
)

// three is a cluster with three nodes on which all is well.
func three() status.Cluster { return fleet(3) }

// fleet is a cluster with nodes on which all is well.
func fleet(nodes int) status.Cluster {
	c := status.Cluster{Generation: 7, Desired: desired()}
	for i := range nodes {
		name := fmt.Sprintf("worker-%d", i+1)
		c.Nodes = append(c.Nodes, name)
		c.Exports = append(c.Exports, node(name))
	}
	return alive(c)
}

// altered is a cluster of which reports are changed, by the number of the node.
func altered(c status.Cluster, change map[int][]func(*v1alpha1.NodeFlowExportStatus)) status.Cluster {
	for i, list := range change {
		for _, f := range list {
			f(&c.Exports[i].Status)
		}
	}
	return c
}

// collector changes the state of the NetFlow collector of a node, some time ago.
func collector(state v1alpha1.CollectorState, summary, reason string, ago time.Duration) func(*v1alpha1.NodeFlowExportStatus) {
	return func(s *v1alpha1.NodeFlowExportStatus) {
		s.Formats[0].Summary = summary
		c := &s.Formats[0].Collectors[0]
		c.State, c.Reason, c.Since.Time = state, reason, noon.Add(-ago)
	}
}

// exportsNothing is a node on which nothing is configured.
func exportsNothing(s *v1alpha1.NodeFlowExportStatus) {
	s.Formats[0] = v1alpha1.FormatStatus{Format: "NetFlow", Summary: "off"}
	with("Applied", "True", "NothingConfigured", "no collectors are configured")(s)
	with("Exporting", "False", "Off", "nothing is exported")(s)
}

// foreignWrite is a node on which another program changed a row, some seconds ago.
func foreignWrite(s *v1alpha1.NodeFlowExportStatus) {
	s.Formats[0].Summary = "drifted: 1 idle"
	s.Formats[0].Collectors = append(s.Formats[0].Collectors, v1alpha1.CollectorStatus{Target: "6.6.6.6:4739", State: v1alpha1.CollectorIdle})
	const what = "the NetFlow row in Open vSwitch is not as desired"
	with("Applied", "False", "HeldDown", what+": another program has just changed it; the agent repairs it after the hold-down")(s)
	with("Exporting", "False", "NotApplied", what+"; see condition Applied")(s)
	with("Drifted", "True", "ForeignWrite", "another program changed the configuration: "+what+": targets 6.6.6.6:4739")(s)
}

// silenced stops the agents of some nodes.
func silenced(c status.Cluster, ago time.Duration, names ...string) status.Cluster {
	for _, name := range names {
		c.Heartbeats[name] = status.Heartbeat{Renewed: noon.Add(-ago), Duration: 100 * time.Second}
	}
	return c
}

// skewed sets the clocks of some nodes.
func skewed(c status.Cluster, ahead time.Duration, names ...string) status.Cluster {
	for _, name := range names {
		c.Heartbeats[name] = status.Heartbeat{Renewed: noon, Ahead: ahead, Duration: 100 * time.Second}
	}
	return c
}

// paused is a cluster of which one node is paused, before something was to be changed, or to be removed.
func paused(c status.Cluster, removed bool) status.Cluster {
	s := &c.Exports[0].Status
	s.Mode, s.AgentMode = v1alpha1.ModeObserve, v1alpha1.ModeEnforce
	for i, condition := range s.Conditions {
		switch condition.Type {
		case v1alpha1.ConditionApplied:
			s.Conditions[i].Status, s.Conditions[i].Reason, s.Conditions[i].Message = "False", v1alpha1.ReasonObserveOnly, "the NetFlow row in Open vSwitch is not as desired: FlowExportProfile canary sets the mode Observe, so the agent changes nothing"
		case v1alpha1.ConditionExporting:
			s.Conditions[i].Status, s.Conditions[i].Reason = "False", v1alpha1.ReasonNotApplied
		}
	}
	some := &v1alpha1.Export{Targets: []string{"192.0.2.1:2055"}}
	for i := range s.Formats {
		if s.Formats[i].Format == "NetFlow" {
			s.Formats[i].Applied, s.Formats[i].Desired = some, some
			if removed {
				s.Formats[i].Desired = nil
			}
		}
	}
	return c
}

// pausedBut is a cluster of which one node is paused, and has another problem.
func pausedBut(c status.Cluster, applied, exporting, message string) status.Cluster {
	c = paused(c, false)
	conditions := c.Exports[0].Status.Conditions
	for i := range conditions {
		reason := map[string]string{v1alpha1.ConditionApplied: applied, v1alpha1.ConditionExporting: exporting}[conditions[i].Type]
		if reason != "" && reason != conditions[i].Reason {
			conditions[i].Reason, conditions[i].Message = reason, message
		}
	}
	return c
}

// states are the states of a cluster that "status" tells apart, by name. They are those in which first-time
// users were misled.
func states() map[string]status.Cluster {
	type change = map[int][]func(*v1alpha1.NodeFlowExportStatus)
	refused := with("Exporting", "False", "Refused", "NetFlow 192.0.2.1:2055: Connection refused")
	list := map[string]status.Cluster{
		"ok":          three(),
		"not-started": {Generation: 7, Desired: desired(), Nodes: []string{"worker-1", "worker-2"}, Installed: true, Now: noon},
		"first-idle":  altered(three(), change{0: {collector("Sending", "1 sending", "", 12*time.Second)}}),
		"refused-one": altered(three(), change{1: {refused, collector("Refused", "1 refused", "Connection refused", time.Minute)}}),
		"ovsdb-down": altered(three(), change{0: {
			with("OVSReachable", "False", "SocketMissing", "there is no socket /var/run/openvswitch/db.sock; is ovsdb-server running?"), with("Applied", "Unknown", "SocketMissing", "gone"),
		}}),
		"vswitchd-down":  altered(three(), change{0: {with("Applied", "False", "VSwitchdDown", "ovs-vswitchd does not run"), with("Exporting", "Unknown", "VSwitchdDown", "ovs-vswitchd does not run")}}),
		"bridge-missing": altered(three(), change{2: {with("Applied", "False", "BridgeMissing", "bridge br-int does not exist yet; ovn-controller creates it")}}),
		"foreign-write":  altered(three(), change{0: {foreignWrite}}),
		"conflict": altered(three(), change{0: {
			foreignWrite, with("Applied", "False", "Conflict", "another program keeps changing it; see condition Conflict"),
			with("Conflict", "True", "GaveUp", `NetFlow was repaired 5 times within an hour and then changed again; find the other program with "ovsdb-tool -m show-log /etc/openvswitch/conf.db" on the node`),
		}}),
		// A profile switches export off, and another program exports.
		"foreign-export": altered(three(), change{0: {
			with("Applied", "False", "ForeignExport", "FlowExportProfile off switches export off, but the NetFlow row in Open vSwitch is not known to this agent, and has not the columns that OVN-Kubernetes sets, so Sluice does not remove it; remove it on the node: NetFlow: targets=[\"6.6.6.6:2055\"]"),
			with("Drifted", "True", "ForeignWrite", "another program changed the configuration: the NetFlow row in Open vSwitch is not known to this agent: targets=[\"6.6.6.6:2055\"]"),
		}}),
		"foreign-write-observed": altered(three(), change{0: {
			foreignWrite, with("Applied", "False", "ObserveOnly", "the NetFlow row in Open vSwitch is not as desired: the agent runs in mode Observe and changes nothing"),
		}}),
		"malformed":       altered(three(), change{0: {with("Applied", "False", "Malformed", "these entries were skipped: 192.0.2.01:2055")}}),
		"observe":         altered(three(), change{0: {func(s *v1alpha1.NodeFlowExportStatus) { s.Mode = v1alpha1.ModeObserve }}}),
		"cleanup":         altered(three(), change{0: {exportsNothing, with("Applied", "True", "CleanedUp", "everything is removed"), func(s *v1alpha1.NodeFlowExportStatus) { s.Mode = v1alpha1.ModeCleanup }}}),
		"risk":            altered(three(), change{0: {with("PerformanceRisk", "True", "PacketsLost", "3 packets per second are lost on their way to ovs-vswitchd")}}),
		"watch-fails":     altered(three(), change{0: {func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions = append(s.Conditions, synced()) }}}),
		"outdated":        altered(three(), change{0: {func(s *v1alpha1.NodeFlowExportStatus) { s.ObservedGeneration = 6 }}}),
		"agent-down":      silenced(three(), 4*time.Minute, "worker-2"),
		"all-agents-down": silenced(three(), 4*time.Minute, "worker-1", "worker-2", "worker-3"),
		"clock-ahead":     skewed(three(), 24*time.Hour, "worker-1"),
		"clock-behind":    skewed(three(), -30*time.Minute, "worker-1", "worker-2"),
		"paused":          paused(three(), false),
		"paused-too-late": paused(three(), true),
		"paused-silent":   pausedBut(three(), v1alpha1.ReasonVSwitchdDown, v1alpha1.ReasonVSwitchdDown, "ovs-vswitchd is not running; see its service and its log on the node"),
		"paused-refused":  pausedBut(three(), v1alpha1.ReasonObserveOnly, v1alpha1.ReasonRefused, "NetFlow 192.0.2.1:2055: Connection refused"),
		"clocks-differ":   silenced(three(), -24*time.Hour, "worker-1"),
		"no-agents":       {Generation: 7, Desired: desired(), Nodes: []string{"worker-1", "worker-2"}},
	}
	leadingZero := validation.Finding{Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Value: "10.0.0.05:99", Message: `an octet has a leading zero; OVN-Kubernetes cannot parse it, and ovnkube-node would not start on any node; write "10.0.0.5:99"`}
	list["malformed-no-agents"] = status.Cluster{Generation: 7, Nodes: []string{"worker-1", "worker-2"}, Malformed: []validation.Finding{leadingZero}}
	target := leadingZero
	target.Field = "data.sharedTarget"
	list["malformed-target-no-agents"] = status.Cluster{Generation: 7, Desired: desired(), Nodes: []string{"worker-1", "worker-2"}, ConfigMalformed: []validation.Finding{target}}
	list["config-map-unknown-no-agents"] = status.Cluster{Generation: 7, Nodes: []string{"worker-1"}, InputsUnknown: "configmaps is forbidden", FlowsConfigUnknown: "configmaps is forbidden"}
	both := altered(three(), change{0: {with("Applied", "False", "Malformed", "these entries were skipped: 10.0.0.05:99")}})
	both.Malformed = []validation.Finding{leadingZero}
	list["malformed-reported"] = both
	off := altered(three(), change{0: {exportsNothing}, 1: {exportsNothing}, 2: {exportsNothing}})
	off.Desired = validation.Flows{}
	list["off"] = off
	notReady := silenced(three(), 4*time.Minute, "worker-3")
	notReady.NotReady = []string{"worker-3"}
	list["node-not-ready"] = notReady
	newNode := three()
	newNode.Nodes = append(newNode.Nodes, "worker-4")
	list["no-report"] = newNode
	list["no-such-node"] = three().Only([]string{"worker-9"})
	noLeases := three()
	noLeases.LivenessUnknown = "leases is forbidden"
	list["liveness-unknown"] = noLeases
	noNetwork := three()
	noNetwork.Generation, noNetwork.Desired = 0, validation.Flows{}
	list["no-network"] = noNetwork
	windows := three()
	windows.OutOfScope = []string{"win-1", "win-2"}
	list["out-of-scope"] = windows
	list["left-over"] = narrowed()
	unread := silenced(three(), 4*time.Minute, "worker-2")
	unread.ScopeUnknown = "daemonsets.apps \"sluice-agent\" is forbidden"
	list["scope-unknown"] = unread
	both = three()
	both.ConfigCollectors = []string{"192.0.2.9:4739"}
	list["config-map"] = both
	large := fleet(500)
	large.Nodes = append(large.Nodes, "worker-new-a", "worker-new-b")
	list["500-nodes"] = silenced(altered(large, change{6: {refused}, 66: {refused}, 266: {refused}}), 10*time.Minute, "worker-100")
	list["403-ok"] = fleet(403)
	each := fleet(100)
	for i := range each.Exports {
		with("Applied", "False", "WriteFailed", fmt.Sprintf("ovs-vsctl: row %d: no", i))(&each.Exports[i].Status)
	}
	list["another-message-on-each"] = each
	return list
}

// stateNames are the names of the states, sorted.
func stateNames() []string {
	var names []string
	for name := range states() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// synced is the condition of an agent that does not see changes.
func synced() metav1.Condition {
	return metav1.Condition{Type: "Synced", Status: "False", Reason: "WatchFailed", Message: "the watch of networks fails, so the agent does not see changes", LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour))}
}
