package agent

import (
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

func condition(kind string, status metav1.ConditionStatus, reason, format string, args ...any) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: bounded(fmt.Sprintf(format, args...))}
}

// applied says whether Open vSwitch has the desired configuration, and ovs-vswitchd applied it.
func (a *Agent) applied(r *reconciliation) metav1.Condition {
	no := func(reason, format string, args ...any) metav1.Condition {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, reason, format, args...)
	}
	if r.err != nil {
		reason, message := unreachable(r.err)
		return condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, reason, "%s", message)
	}
	if r.state.Bridge == nil {
		return no(v1alpha1.ReasonBridgeMissing, "bridge %s does not exist yet; ovn-controller creates it", a.config.Bridge)
	}
	if r.unknown() {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, r.desired.Unknown, "%s", r.desired.HandsOff)
	}
	differing := differing(r)
	switch {
	case r.mode == v1alpha1.ModeObserve && silent(r): // that the agent changes nothing does not explain it
		c := silence(r, v1alpha1.ConditionApplied)
		if len(differing) > 0 {
			c.Status = metav1.ConditionFalse
		}
		if r.drops.err != nil { // another cause, of another database
			c.Message += "; " + bounded(r.drops.failure(r.state))
		}
		return c
	case onlyForeign(r, differing):
		return no(v1alpha1.ReasonForeignExport, "FlowExportProfile %s switches export off, but %s, and has not the columns that OVN-Kubernetes sets, so Sluice does not remove it; remove it on the node: %s",
			r.desired.Profile, classesOf(r, differing), listed(descriptions(r, differing), "; "))
	case len(differing) > 0:
		return notApplied(r, differing)
	case r.drops.unknown:
		return condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, v1alpha1.ReasonDropsUnknown, "%s", r.drops.failure(r.state))
	case r.drops.err != nil:
		return no(v1alpha1.ReasonDropsFailed, "%s", r.drops.failure(r.state))
	case r.unfinished || r.writeErr != nil || r.mode != v1alpha1.ModeCleanup && r.desired.Drops != nil && !r.drops.sampling:
		return notApplied(r, nil)
	case silent(r):
		return silence(r, v1alpha1.ConditionApplied)
	case r.pending > 0:
		return no(v1alpha1.ReasonVSwitchdBehind, "the configuration is stored, but ovs-vswitchd has not applied it yet")
	case len(r.desired.Skipped) > 0 && r.mode != v1alpha1.ModeCleanup:
		return no(v1alpha1.ReasonMalformed, "these entries were skipped: %s", listed(r.desired.Skipped, "; "))
	case len(r.desired.OwnDuplicates) > 0 && r.mode != v1alpha1.ModeCleanup:
		return no(v1alpha1.ReasonOwnDuplicate, "the collectors are applied, but ovnkube-node will not start again on this node: %s is the node's own address, and the ConfigMap ovs-flows-config names its port alone as well; remove one of the two",
			listed(r.desired.OwnDuplicates, ", "))
	}
	yes := func(reason, format string, args ...any) metav1.Condition {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionTrue, reason, format, args...)
	}
	switch {
	case r.mode == v1alpha1.ModeCleanup:
		return yes(v1alpha1.ReasonCleanedUp, "everything that Sluice configured on the node is removed")
	case r.desired.Off:
		return yes(v1alpha1.ReasonExportOff, "FlowExportProfile %s switches export off", r.desired.Profile)
	case r.desired.Exporters == [3]*ovs.Exporter{}:
		return yes(v1alpha1.ReasonNothingConfigured, "no collectors are configured")
	case len(r.unsupported) > 0:
		return yes(v1alpha1.ReasonPartlySupported, "Open vSwitch has the desired configuration, except for parameters that the node's version does not support: %s", ovs.Requirements(r.unsupported))
	}
	if r.lock != nil {
		return yes(v1alpha1.ReasonInSync, "Open vSwitch has the desired configuration; this agent could not change it: %s", r.lock)
	}
	return yes(v1alpha1.ReasonInSync, "Open vSwitch has the desired configuration")
}

// differing are the formats that are not as desired.
func differing(r *reconciliation) []validation.Format {
	var list []validation.Format
	for _, f := range validation.Formats() {
		s := r.drifts[f]
		// A foreign row where nothing is desired is reported by Drifted; there is nothing
		// for Sluice to apply. But a profile that switches export off is not applied while
		// the node exports, no matter whose row it is.
		wanted := (r.desired.Exporters[f] != nil || r.desired.Off) && r.mode != v1alpha1.ModeCleanup
		if s.Class != ovs.InSync && (s.Class != ovs.Foreign || wanted) {
			list = append(list, f)
		}
	}
	return list
}

// onlyForeign reports whether a profile switches export off and only other writers' rows,
// which Sluice does not remove, still export.
func onlyForeign(r *reconciliation, differing []validation.Format) bool {
	return r.desired.Off && len(differing) > 0 &&
		!slices.ContainsFunc(differing, func(f validation.Format) bool { return r.drifts[f].Class != ovs.Foreign })
}

// classesOf says how formats differ: "Open vSwitch has no NetFlow row, Open vSwitch has no IPFIX row".
func classesOf(r *reconciliation, formats []validation.Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = classOf(f, r.drifts[f].Class)
	}
	return listed(names, ", ")
}

// descriptions are the contents of rows.
func descriptions(r *reconciliation, formats []validation.Format) []string {
	var list []string
	for _, f := range formats {
		if row, ok := r.state.Export(f); ok {
			list = append(list, fmt.Sprintf("%s: %s", f, described(row.Exporter)))
		}
	}
	return list
}

// classOf says how a format's row in Open vSwitch differs from the desired state.
func classOf(f validation.Format, class ovs.DriftClass) string {
	switch class {
	case ovs.Missing:
		return fmt.Sprintf("Open vSwitch has no %s row", f)
	case ovs.Drifted:
		return fmt.Sprintf("the %s row in Open vSwitch is not as desired", f)
	case ovs.Foreign:
		return fmt.Sprintf("the %s row in Open vSwitch is not known to this agent", f)
	case ovs.Extra:
		return fmt.Sprintf("the %s row in Open vSwitch is not desired", f)
	case ovs.InSync:
	}
	return fmt.Sprintf("the %s row in Open vSwitch is as desired", f)
}

// notApplied says why some formats are not as desired.
func notApplied(r *reconciliation, differing []validation.Format) metav1.Condition {
	held := slices.ContainsFunc(differing, func(f validation.Format) bool { return !r.decisions[f].act })
	reason, why := v1alpha1.ReasonPending, "the agent will change it immediately"
	switch {
	case r.desired.HandsOff != "" && r.mode != v1alpha1.ModeCleanup:
		reason, why = v1alpha1.ReasonHandsOff, r.desired.HandsOff
	case r.mode == v1alpha1.ModeObserve:
		reason, why = v1alpha1.ReasonObserveOnly, "the agent runs in mode Observe and changes nothing"
		if r.desired.Observe {
			why = fmt.Sprintf("FlowExportProfile %s sets the mode Observe, so the agent changes nothing", r.desired.Profile)
		}
	case r.lock != nil:
		reason, why = lockFailure(r.lock)
	case r.writeErr != nil:
		reason, why = writeFailure(r.writeErr)
	case r.limited:
		reason, why = v1alpha1.ReasonRateLimited, "the agent wrote to Open vSwitch too often and waits; is another agent running on the node, or another program undoing its changes?"
	case held && conflicting(r):
		reason, why = v1alpha1.ReasonConflict, "another program keeps changing it; see condition Conflict"
	case held:
		reason, why = v1alpha1.ReasonHeldDown, "another program has just changed it; the agent repairs it after the hold-down"
	}
	if left := leftTarget(r, differing); left != "" {
		why += "; the row has the target of a verification that was interrupted: " + left
	} else if kept := undesiredTargets(r, differing); len(kept) > 0 {
		why += "; the node sends to collectors that are not desired: " + listed(kept, ", ")
	}
	what := classesOf(r, differing)
	if what == "" {
		what = "the export of dropped packets is not as desired"
	}
	if text := unwantedDrops(r); text != "" {
		why += "; " + text
	} else if r.drops.err != nil {
		why += "; " + r.drops.failure(r.state)
	}
	return condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, reason, "%s: %s", what, why)
}

func writeFailure(err error) (reason, message string) {
	if tool, ok := errors.AsType[*ovs.ToolError](err); ok && tool.Cause == ovs.CauseTimedOut {
		return v1alpha1.ReasonTimedOut, "ovs-vsctl got no answer in time; the agent retries"
	}
	return v1alpha1.ReasonWriteFailed, err.Error()
}

func lockFailure(err *ovs.LockError) (reason, message string) {
	if err.Cause == ovs.LockHeld {
		return v1alpha1.ReasonLockHeld, err.Error() + "; this one only observes; end one of the two"
	}
	return v1alpha1.ReasonLockUnavailable, err.Error() + "; it must be in a directory of the host that the agent may write to"
}

func conflicting(r *reconciliation) bool {
	for _, r := range r.decisions {
		if r.conflict {
			return true
		}
	}
	return false
}

// exporting says whether records are sent to every collector, as far as the node can see.
func (a *Agent) exporting(r *reconciliation, formats []v1alpha1.FormatStatus) metav1.Condition {
	if r.err != nil {
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be read; see condition OVSReachable")
	}
	var refused, closed, unknown []string
	total := 0
	count := func(what string, c v1alpha1.CollectorStatus) {
		total++
		text := fmt.Sprintf("%s %s: %s", what, cut(c.Target, maxValue), c.Reason)
		switch c.State {
		case v1alpha1.CollectorRefused:
			refused = append(refused, text)
		case v1alpha1.CollectorNotOpen:
			closed = append(closed, text)
		case v1alpha1.CollectorUnknown:
			unknown = append(unknown, text)
		case v1alpha1.CollectorSending, v1alpha1.CollectorIdle:
		}
	}
	for _, f := range formats {
		for _, c := range f.Collectors {
			count(string(f.Format), c)
		}
	}
	for _, c := range a.droppedTo(r, formats) {
		count("dropped packets to", c)
	}
	var missing []string
	for _, f := range validation.Formats() {
		if r.desired.Exporters[f] != nil && r.mode != v1alpha1.ModeCleanup && r.drifts[f].Class != ovs.InSync {
			missing = append(missing, classOf(f, r.drifts[f].Class))
		}
	}
	switch {
	case r.unknown():
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, r.desired.Unknown, "%s", r.desired.HandsOff)
	case total > 0 && silent(r):
		return silence(r, v1alpha1.ConditionExporting)
	case len(closed) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonNotOpen, "%s", listed(append(closed, refused...), "; "))
	case len(refused) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonRefused, "%s", listed(refused, "; "))
	case len(missing) > 0: // comes last of these: a difference may be intended, and explains none of them
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonNotApplied, "%s; see condition Applied", listed(missing, ", "))
	case total == 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonOff, "nothing is exported")
	case r.pending > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonVSwitchdBehind, "ovs-vswitchd has not applied the last change yet")
	case len(unknown) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "%s", listed(unknown, "; "))
	}
	if r.desired.Off && r.mode != v1alpha1.ModeCleanup {
		return condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonUnwanted,
			"ovs-vswitchd has sockets for %d collectors, although FlowExportProfile %s switches export off; see condition Applied", total, r.desired.Profile)
	}
	note := ""
	if a.delivery.logErr != nil {
		note = "; ovs-vswitchd's log can't be read, so that some refusals may go unnoticed"
	}
	return condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonSocketsOpen, "ovs-vswitchd has sockets for %d collectors, and none of them refuses%s", total, note)
}

// synced says whether the agent sees changes of the objects in the cluster. unknown says why profiles that disappeared
// may count nevertheless; empty if none did.
func synced(failing []string, unknown string) metav1.Condition {
	if unknown != "" {
		return condition(v1alpha1.ConditionSynced, metav1.ConditionFalse, v1alpha1.ReasonWatchFailed, "%s", unknown)
	}
	if len(failing) == 0 {
		return condition(v1alpha1.ConditionSynced, metav1.ConditionTrue, v1alpha1.ReasonWatching, "the agent watches all objects that it needs")
	}
	return condition(v1alpha1.ConditionSynced, metav1.ConditionFalse, v1alpha1.ReasonWatchFailed,
		"the watch of %s fails, so the agent does not see changes; see its log, and the permissions of its ServiceAccount", listed(failing, ", "))
}

// drifted says what another program changed. In mode Cleanup, foreign rows are no concern.
func drifted(r *reconciliation) metav1.Condition {
	if r.err != nil {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be read; see condition OVSReachable")
	}
	if r.unknown() {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionUnknown, r.desired.Unknown, "%s", r.desired.HandsOff)
	}
	var found []string
	for _, f := range validation.Formats() {
		s := r.drifts[f]
		if r.mode == v1alpha1.ModeCleanup && s.Class == ovs.Foreign {
			continue
		}
		if s.Class != "" && s.Class != ovs.InSync && !s.Pending {
			text := classOf(f, s.Class)
			if row, ok := r.state.Export(f); ok {
				text += ": " + described(row.Exporter)
			}
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionFalse, v1alpha1.ReasonNone, "no other program changed the configuration")
	}
	return condition(v1alpha1.ConditionDrifted, metav1.ConditionTrue, v1alpha1.ReasonForeignWrite, "another program changed the configuration: %s", listed(found, "; "))
}

// conflict says that the agent stopped repairing what another program keeps changing.
func conflict(r *reconciliation, h *holdDown) metav1.Condition {
	if r.err != nil {
		return condition(v1alpha1.ConditionConflict, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be read; see condition OVSReachable")
	}
	var found []string
	for _, f := range validation.Formats() {
		if r.decisions[f].conflict {
			found = append(found, fmt.Sprintf("%s was repaired %d times within an hour and then changed again", f, h.made(f)))
		}
	}
	if len(found) == 0 {
		return condition(v1alpha1.ConditionConflict, metav1.ConditionFalse, v1alpha1.ReasonNone, "no other program keeps changing the configuration")
	}
	return condition(v1alpha1.ConditionConflict, metav1.ConditionTrue, v1alpha1.ReasonGaveUp,
		`%s; find the other program with "ovsdb-tool -m show-log /etc/openvswitch/conf.db" on the node`, listed(found, "; "))
}

// reachable says whether the agent can read Open vSwitch's database.
func reachable(r *reconciliation) metav1.Condition {
	if r.err != nil {
		reason, message := unreachable(r.err)
		return condition(v1alpha1.ConditionOVSReachable, metav1.ConditionFalse, reason, "%s", message)
	}
	return condition(v1alpha1.ConditionOVSReachable, metav1.ConditionTrue, v1alpha1.ReasonConnected, "ovsdb-server answers")
}

// performanceRisk says whether export costs the node too much.
func (a *Agent) performanceRisk(r *reconciliation) metav1.Condition {
	if r.err != nil {
		return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be read; see condition OVSReachable")
	}
	risks := a.cost.risks(r.rows(), r.desired.SamplingChosen)
	if len(risks) == 0 {
		return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionFalse, v1alpha1.ReasonNone, "no performance risk detected")
	}
	messages := make([]string, len(risks))
	for i, r := range risks {
		messages[i] = r.message
	}
	return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionTrue, risks[0].reason, "%s", listed(messages, "; "))
}
