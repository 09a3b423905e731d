package agent

import (
	"slices"

	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// maxMemory is how many hashes of each format an agent remembers.
const maxMemory = 64

// memory holds, by format, the hashes of the exporters that OVN-Kubernetes configures for the
// cluster's lists, today's and earlier ones, the newest first. The bridge has fewer of them, loses
// them when it is created again, and gets none while the agent may not write.
type memory [3][]string

// note takes in today's lists. The Cluster Network Operator applies none while Sluice is hands off.
func (m *memory) note(want desired.State) {
	if want.HandsOff != "" {
		return
	}
	for f, exporter := range want.Cluster {
		if exporter == nil {
			continue
		}
		hash := exporter.Hash()
		if len(m[f]) > 0 && m[f][0] == hash {
			continue
		}
		list := append([]string{hash}, slices.DeleteFunc(m[f], func(h string) bool { return h == hash })...)
		m[f] = list[:min(len(list), maxMemory)]
	}
}

// take takes in what is stored with the bridge, as older than what is known.
func (m *memory) take(stored ovs.LastApplied) {
	for _, f := range validation.Formats() {
		for _, hash := range stored[f].Cluster {
			if hash != "" && len(m[f]) < maxMemory && !slices.Contains(m[f], hash) {
				m[f] = append(m[f], hash)
			}
		}
	}
}
