package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

func condition(kind string, status metav1.ConditionStatus, reason, format string, args ...any) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// applied says whether Open vSwitch was told what is wanted, and dealt with it.
func (a *Agent) applied(p *pass) metav1.Condition {
	no := func(reason, format string, args ...any) metav1.Condition {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, reason, format, args...)
	}
	if p.err != nil {
		reason, message := unreachable(p.err)
		return condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, reason, "%s", message)
	}
	if p.state.Bridge == nil {
		return no(v1alpha1.ReasonBridgeMissing, "there is no bridge %s yet; ovn-controller makes it", a.config.Bridge)
	}
	if p.unknown() {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, p.desired.Unknown, "%s", p.desired.HandsOff)
	}
	differing := differing(p)
	switch {
	case onlyForeign(p, differing):
		return no(v1alpha1.ReasonForeignExport, "the FlowExportProfile %s switches export off, but %s; it was never configured in the cluster, so it is left; remove the other writer's export on the node",
			p.desired.Profile, classesOf(p, differing))
	case len(differing) > 0:
		return notApplied(p, differing)
	case p.drops.err != nil:
		return no(v1alpha1.ReasonDropsFailed, "dropped packets are not exported: %s", p.drops.err)
	case p.unfinished || p.writeErr != nil || p.mode != v1alpha1.ModeCleanup && p.desired.Drops != nil && !p.drops.sampling:
		return notApplied(p, nil)
	case p.state.Behind():
		return no(v1alpha1.ReasonVSwitchdBehind, "stored, but ovs-vswitchd has not dealt with it; is it running?")
	case len(p.desired.LeftOut) > 0 && p.mode != v1alpha1.ModeCleanup:
		return no(v1alpha1.ReasonMalformed, "left out: %s", strings.Join(p.desired.LeftOut, "; "))
	}
	yes := func(reason, format string, args ...any) metav1.Condition {
		return condition(v1alpha1.ConditionApplied, metav1.ConditionTrue, reason, format, args...)
	}
	switch {
	case p.mode == v1alpha1.ModeCleanup:
		return yes(v1alpha1.ReasonCleanedUp, "nothing of Sluice's is left on the node")
	case p.desired.Off:
		return yes(v1alpha1.ReasonExportOff, "the FlowExportProfile %s switches export off", p.desired.Profile)
	case p.desired.Records == [3]*ovs.Record{}:
		return yes(v1alpha1.ReasonNothingConfigured, "no collectors are configured")
	case len(p.unsupported) > 0:
		return yes(v1alpha1.ReasonPartlySupported, "Open vSwitch exports as wanted, except that this version has no %s", textOf(p.unsupported))
	}
	return yes(v1alpha1.ReasonInSync, "Open vSwitch exports as wanted")
}

func textOf(columns []ovs.ColumnName) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// differing are the formats that are not as wanted.
func differing(p *pass) []validation.Format {
	var list []validation.Format
	for _, f := range validation.Formats() {
		s := p.standings[f]
		// A foreign row where nothing is wanted is reported by Drifted; it is not for
		// Sluice to apply anything there. But a profile that switches export off is not
		// applied while the node exports, no matter whose row it is.
		wanted := (p.desired.Records[f] != nil || p.desired.Off) && p.mode != v1alpha1.ModeCleanup
		if s.Class != ovs.InSync && (s.Class != ovs.Foreign || wanted) {
			list = append(list, f)
		}
	}
	return list
}

// onlyForeign reports whether all that is left of export on a node where a profile switches
// it off are other writers' rows, which Sluice does not remove.
func onlyForeign(p *pass, differing []validation.Format) bool {
	return p.desired.Off && len(differing) > 0 &&
		!slices.ContainsFunc(differing, func(f validation.Format) bool { return p.standings[f].Class != ovs.Foreign })
}

// classesOf names the classes of formats: "NetFlow is foreign, IPFIX is missing".
func classesOf(p *pass, formats []validation.Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = fmt.Sprintf("%s is %s", f, strings.ToLower(string(p.standings[f].Class)))
	}
	return strings.Join(names, ", ")
}

// notApplied says why some formats are not as wanted.
func notApplied(p *pass, differing []validation.Format) metav1.Condition {
	held := slices.ContainsFunc(differing, func(f validation.Format) bool { return !p.rulings[f].act })
	reason, why := v1alpha1.ReasonPending, "it will be applied at once"
	switch {
	case p.desired.HandsOff != "":
		reason, why = v1alpha1.ReasonHandsOff, p.desired.HandsOff
	case p.mode == v1alpha1.ModeObserve:
		reason, why = v1alpha1.ReasonObserveOnly, "the agent only observes"
	case p.writeErr != nil:
		reason, why = writeFailure(p.writeErr)
	case held && conflicting(p):
		reason, why = v1alpha1.ReasonConflict, "somebody else keeps changing it; see the condition Conflict"
	case held:
		reason, why = v1alpha1.ReasonHeldDown, "somebody else wrote just now; it will be repaired"
	}
	what := classesOf(p, differing)
	if what == "" {
		what = "the export of dropped packets is not as wanted"
	}
	return condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, reason, "%s: %s", what, why)
}

func writeFailure(err error) (reason, message string) {
	if tool, ok := errors.AsType[*ovs.ToolError](err); ok && tool.Cause == ovs.CauseTimedOut {
		return v1alpha1.ReasonTimedOut, "ovs-vsctl got no answer in time; it will be tried again"
	}
	return v1alpha1.ReasonWriteFailed, err.Error()
}

func conflicting(p *pass) bool {
	for _, r := range p.rulings {
		if r.conflict {
			return true
		}
	}
	return false
}

// exporting says whether records leave to every collector, as far as the node can see.
func exporting(p *pass, formats []v1alpha1.FormatStatus) metav1.Condition {
	if p.err != nil {
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be asked")
	}
	var refused, closed, unknown []string
	total := 0
	for _, f := range formats {
		for _, c := range f.Collectors {
			total++
			text := fmt.Sprintf("%s %s: %s", f.Format, c.Target, c.Reason)
			switch c.State {
			case v1alpha1.CollectorRefused:
				refused = append(refused, text)
			case v1alpha1.CollectorNotOpen:
				closed = append(closed, text)
			case v1alpha1.CollectorUnknown:
				unknown = append(unknown, text)
			case v1alpha1.CollectorOpen:
			}
		}
	}
	var missing []string
	for _, f := range validation.Formats() {
		if p.desired.Records[f] != nil && p.mode != v1alpha1.ModeCleanup && p.standings[f].Class != ovs.InSync {
			missing = append(missing, fmt.Sprintf("%s is %s", f, strings.ToLower(string(p.standings[f].Class))))
		}
	}
	switch {
	case len(missing) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonNotApplied, "%s; see the condition Applied", strings.Join(missing, ", "))
	case p.unknown():
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, p.desired.Unknown, "%s", p.desired.HandsOff)
	case total == 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonOff, "nothing is exported")
	case len(closed) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonNotOpen, "%s", strings.Join(append(closed, refused...), "; "))
	case len(refused) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionFalse, v1alpha1.ReasonRefused, "%s", strings.Join(refused, "; "))
	case p.state.Behind():
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonVSwitchdBehind, "ovs-vswitchd has not dealt with the last change")
	case len(unknown) > 0:
		return condition(v1alpha1.ConditionExporting, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "%s", strings.Join(unknown, "; "))
	}
	if p.desired.Off && p.mode != v1alpha1.ModeCleanup {
		return condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonUnwanted,
			"%d collectors are open, though the FlowExportProfile %s switches export off; see the condition Applied", total, p.desired.Profile)
	}
	return condition(v1alpha1.ConditionExporting, metav1.ConditionTrue, v1alpha1.ReasonOpen, "%d collectors are open and none refuses", total)
}

// drifted says what somebody else changed. In cleanup what others write is theirs.
func drifted(p *pass) metav1.Condition {
	if p.err != nil {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be asked")
	}
	if p.unknown() {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionUnknown, p.desired.Unknown, "%s", p.desired.HandsOff)
	}
	var found []string
	for _, f := range validation.Formats() {
		s := p.standings[f]
		if p.mode == v1alpha1.ModeCleanup && s.Class == ovs.Foreign {
			continue
		}
		if s.Class != "" && s.Class != ovs.InSync && !s.Pending {
			text := fmt.Sprintf("%s is %s", f, strings.ToLower(string(s.Class)))
			if row, ok := p.state.Export(f); ok {
				text += ": " + row.Record.String()
			}
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		return condition(v1alpha1.ConditionDrifted, metav1.ConditionFalse, v1alpha1.ReasonNone, "nobody else changed anything")
	}
	return condition(v1alpha1.ConditionDrifted, metav1.ConditionTrue, v1alpha1.ReasonForeignWrite, "somebody else changed it: %s", strings.Join(found, "; "))
}

// conflict says that the agent gave up against another writer.
func conflict(p *pass, r *restraint) metav1.Condition {
	if p.err != nil {
		return condition(v1alpha1.ConditionConflict, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be asked")
	}
	var found []string
	for _, f := range validation.Formats() {
		if p.rulings[f].conflict {
			found = append(found, fmt.Sprintf("%s was repaired %d times within an hour and changed again", f, r.fights(f)))
		}
	}
	if len(found) == 0 {
		return condition(v1alpha1.ConditionConflict, metav1.ConditionFalse, v1alpha1.ReasonNone, "nobody else keeps changing it")
	}
	return condition(v1alpha1.ConditionConflict, metav1.ConditionTrue, v1alpha1.ReasonGaveUp,
		`%s; find the other writer with "ovsdb-tool -m show-log /etc/openvswitch/conf.db" on the node`, strings.Join(found, "; "))
}

// reachable says whether the agent can talk with ovsdb-server.
func reachable(p *pass) metav1.Condition {
	if p.err != nil {
		reason, message := unreachable(p.err)
		return condition(v1alpha1.ConditionOVSReachable, metav1.ConditionFalse, reason, "%s", message)
	}
	return condition(v1alpha1.ConditionOVSReachable, metav1.ConditionTrue, v1alpha1.ReasonConnected, "ovsdb-server answers")
}

// performanceRisk says whether export costs the node too much.
func (a *Agent) performanceRisk(p *pass) metav1.Condition {
	if p.err != nil {
		return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "Open vSwitch can't be asked")
	}
	risks := a.cost.risks(p.rows(), p.desired.AllowUnsampled)
	if len(risks) == 0 {
		return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionFalse, v1alpha1.ReasonNone, "no sign that export costs too much")
	}
	messages := make([]string, len(risks))
	for i, r := range risks {
		messages[i] = r.message
	}
	return condition(v1alpha1.ConditionPerformanceRisk, metav1.ConditionTrue, risks[0].reason, "%s", strings.Join(messages, "; "))
}
