package agent

import (
	"context"

	"sluice/applier/ovs"
)

// owed are the exporters of IPFIX that the agent made ovs-vswitchd open new sockets for, and that have not sent their
// templates since. Collectors know the templates of each socket apart. Before version 3.2, which has a column for the interval of
// templates, ovs-vswitchd sends them only when it is their time, whatever the sockets are, so that all collectors of the
// exporter could read nothing for up to 10 minutes.
type owed struct {
	// bridge is the bridge's exporter, drops that of the collector set for dropped packets.
	bridge, drops bool
}

// sendsLate reports whether ovs-vswitchd sends templates late to new sockets.
func sendsLate(s ovs.State) bool { return !s.Supports(ipfix, ovs.TemplateInterval) }

// note takes in a plan that was executed. An exporter that begins with it sends its templates on its own.
func (o *owed) note(plan ovs.Plan, s ovs.State) {
	if !sendsLate(s) {
		return
	}
	for _, step := range plan.Steps {
		if step.Format != ipfix || step.After == nil || step.Before == nil || len(step.Before.Targets) == 0 {
			continue
		}
		o.bridge = o.bridge || step.Drops == nil
		o.drops = o.drops || step.Drops != nil
	}
}

// sendTemplates makes ovs-vswitchd start the exporters again that owe their templates, once it has applied what was
// written. It tries once for each write, whatever becomes of it, so that what bounds the writes bounds it.
func (a *Agent) sendTemplates(ctx context.Context, r *reconciliation) {
	if !r.mayWrite() {
		a.owed = owed{} // it may be hours until the agent may write again
	}
	if a.owed == (owed{}) || r.err != nil || r.writeErr != nil || r.pending > 0 {
		return
	}
	due := a.owed
	a.owed = owed{}
	// A row that another program has changed since would not be recognized if the agent were killed meanwhile.
	if row, exists := r.state.Export(ipfix); due.bridge && exists && row.Exporter.Hash() == r.state.Bridge.LastApplied[ipfix].Hash {
		a.restart(ctx, r, row)
	}
	if set, exists := r.dropsSet(); due.drops && exists {
		a.restart(ctx, r, r.state.Rows[set.IPFIX])
	}
}

// restart starts the exporter of a row again.
func (a *Agent) restart(ctx context.Context, r *reconciliation, row ovs.Row) {
	a.lookAtSockets()
	if err := a.config.OVS.Restart(ctx, *r.state.Bridge, row); err != nil {
		a.current = false
		r.sooner(a.config.Now()) // what is not restored
		a.log.Info("ovs-vswitchd could not be made to send its templates", "reason", err.Error())
		return
	}
	a.lookAtSockets()
	a.log.Info("made ovs-vswitchd send its templates")
}

// lookAtSockets lists ovs-vswitchd's sockets for the agent's own collectors: before it sends what it still has and closes
// them, and after it has opened others.
func (a *Agent) lookAtSockets() {
	if a.verification.target != "" {
		a.verification.received.look()
	}
	if a.tenants.target != "" {
		a.tenants.splitter.Refresh()
	}
}
