package agent

import (
	"slices"

	"sluice/applier/ovs"
	"sluice/validation"
)

// progress tells whether ovs-vswitchd has applied what is stored about the exporters. Every writer of
// the database adds to next_cfg, and ovs-vswitchd says in cur_cfg how far it is. On a busy node there
// is always a change of some other writer's that it has not applied, such as a new port. Only the
// last change that concerns the exporters counts.
type progress struct {
	// exporters is what was stored last; nil before the first reading.
	exporters []string
	// last is next_cfg when that was first read: it was written at this number or before.
	last int64
}

// pending is how many changes have to be applied until the last one that concerns the exporters is.
// remembered says that the state is the last one, and that nothing was pending then.
func (p *progress) pending(s ovs.State, remembered bool) int64 {
	if remembered {
		return 0
	}
	if now := stored(s); p.exporters == nil || !slices.Equal(now, p.exporters) {
		p.exporters, p.last = now, s.NextConfig
	}
	p.last = min(p.last, s.NextConfig) // the database may be a new one
	return max(0, p.last-s.CurrentConfig)
}

// wrote takes in the state that was read after the agent wrote. done says that ovs-vswitchd has applied
// that: ovs-vsctl waits for it.
func (p *progress) wrote(s ovs.State, done bool) {
	p.exporters, p.last = stored(s), s.NextConfig
	if done {
		p.last = s.CurrentConfig
	}
}

// stored identifies everything in a state that makes ovs-vswitchd export.
func stored(s ovs.State) []string {
	list := []string{"bridge"}
	if s.Bridge != nil {
		list = append(list, string(s.Bridge.UUID))
	}
	for _, f := range validation.Formats() {
		if row, ok := s.Export(f); ok {
			list = append(list, string(row.UUID), row.Exporter.Hash())
		}
	}
	for _, set := range s.CollectorSets {
		list = append(list, string(set.UUID), string(set.IPFIX), s.Rows[set.IPFIX].Exporter.Hash())
	}
	return list
}
