package agent

import (
	"fmt"
	"slices"
	"strconv"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// dropsStatus is about the export of dropped packets.
func dropsStatus(r *reconciliation) *v1alpha1.DropsStatus {
	want := r.desired.Drops
	unwanted := unwantedSets(r)
	switch {
	case len(unwanted) > 0:
		text := unwantedDrops(r)
		if r.drops.err != nil {
			text += "; " + r.drops.err.Error()
		}
		return &v1alpha1.DropsStatus{State: v1alpha1.DropsUnwanted, CollectorSet: int64(unwanted[0].ID), Message: bounded(text)}
	case r.drops.unknown:
		return &v1alpha1.DropsStatus{State: v1alpha1.DropsUnknown, Message: bounded(r.drops.failure(r.state))}
	case r.drops.err != nil:
		return &v1alpha1.DropsStatus{State: v1alpha1.DropsFailed, Message: bounded(r.drops.failure(r.state))}
	case want == nil || r.err != nil || !r.drops.sampling:
		return nil
	}
	if _, exists := r.dropsSet(); !exists {
		return nil // what OVN samples goes nowhere; the condition Applied says so
	}
	s := &v1alpha1.DropsStatus{State: v1alpha1.DropsSampling, CollectorSet: int64(want.CollectorSet), Domain: int32(want.Domain)}
	if domain, err := strconv.ParseInt(r.drops.appDomain, 10, 32); err == nil && domain != int64(s.Domain) {
		s.Message = fmt.Sprintf("the observation domain is %d, not %d as in the FlowExportProfile: OVN has a Sampling_App of type drop, which has precedence; OVN-Kubernetes creates it for its own sampling", domain, s.Domain)
		s.Domain = int32(domain)
	}
	return s
}

// unwantedSets are Sluice's collector sets by which dropped packets are exported although they are not to be, or to
// collectors that are not desired.
func unwantedSets(r *reconciliation) []ovs.CollectorSet {
	if r.err != nil || r.unknown() {
		return nil
	}
	var wanted []string
	if r.desired.Drops != nil && r.mode != v1alpha1.ModeCleanup {
		wanted = r.desired.Drops.Exporter.CanonicalTargets()
	}
	return slices.DeleteFunc(ownSets(r.state), func(set ovs.CollectorSet) bool {
		return len(except(r.state.Rows[set.IPFIX].Exporter.CanonicalTargets(), wanted)) == 0
	})
}

// unwantedDrops says that dropped packets are exported although they are not to be, and where to; empty if not.
func unwantedDrops(r *reconciliation) string {
	sets := unwantedSets(r)
	if len(sets) == 0 {
		return ""
	}
	var targets []string
	for _, set := range sets {
		for _, target := range r.state.Rows[set.IPFIX].Exporter.CanonicalTargets() {
			if target = cut(target, maxValue); !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	return "dropped packets are still exported, to " + listed(targets, ", ")
}
