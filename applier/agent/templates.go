package agent

import (
	"context"
	"net/netip"
	"slices"

	"sluice/applier/ovs"
)

// sendTemplates makes ovs-vswitchd send its templates after a plan that adds or removes the target for FlowExports.
// Such a change opens all sockets again, and collectors know the templates of each socket apart. Before version
// 3.2, which has a column for the interval of templates, ovs-vswitchd sends them only when it is their time,
// so that all collectors of the row could read nothing for up to 10 minutes. It costs what the write did: the budget
// of the target bounds both.
func (a *Agent) sendTemplates(ctx context.Context, r *reconciliation, plan ovs.Plan) {
	if r.state.Supports(ipfix, ovs.TemplateInterval) {
		return
	}
	for _, s := range plan.Steps {
		if s.Format != ipfix || s.Action != ovs.Change || s.Drops != nil || len(s.Before.Targets) == 0 || !movesTenants(s, r.own.verification) {
			continue
		}
		bridge := *r.state.Bridge
		bridge.LastApplied = plan.LastApplied
		if err := a.config.OVS.Restart(ctx, bridge, ovs.Row{UUID: s.Row, Exporter: *s.After}); err != nil {
			a.current = false
			r.sooner(a.config.Now()) // what is not restored
			a.log.Info("ovs-vswitchd could not be made to send its templates", "reason", err.Error())
			continue
		}
		a.log.Info("made ovs-vswitchd send its templates")
	}
}

// movesTenants reports whether a step adds or removes a target on loopback other than the verification's.
func movesTenants(s ovs.Step, verification string) bool {
	before, after := s.Before.CanonicalTargets(), s.After.CanonicalTargets()
	return slices.ContainsFunc(slices.Concat(before, after), func(target string) bool {
		address, err := netip.ParseAddrPort(target)
		return err == nil && address.Addr().IsLoopback() && target != verification && slices.Contains(before, target) != slices.Contains(after, target)
	})
}
