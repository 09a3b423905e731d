package ovs

import (
	"fmt"

	"sluice/validation"
)

// DropsKey marks the Flow_Sample_Collector_Set, and OVN's options, that Sluice set.
const DropsKey = "sluice.dev/drops"

// OVNKubernetesCollectorSet is the ID that OVN-Kubernetes uses for its own sampling.
const OVNKubernetesCollectorSet = 42

// TakenError says that another writer uses a name that Sluice needs.
type TakenError struct {
	What string
	Fix  string
}

func (e *TakenError) Error() string { return e.What + "; " + e.Fix }

// dropsSteps plans the collector set to which OVN's sample actions send dropped packets.
func dropsSteps(want *Drops, s State) ([]Step, error) {
	var steps []Step
	found := false
	for _, set := range s.CollectorSets {
		if set.Bridge != s.Bridge.UUID {
			continue
		}
		if !set.Ours {
			if want != nil && set.ID == want.CollectorSet {
				return nil, &TakenError{
					What: fmt.Sprintf("collector set %d of bridge %s was not created by Sluice", set.ID, s.Bridge.Name),
					Fix:  "use another drops.collectorSet in the FlowExportProfile",
				}
			}
			continue
		}
		row := s.Rows[set.IPFIX]
		step := Step{Format: validation.IPFIX, Row: row.UUID, Set: set.UUID, Before: &row.Exporter, Drops: &Drops{CollectorSet: set.ID}}
		switch {
		case want == nil || set.ID != want.CollectorSet || row.UUID == "" || row.Shared || row.Exporter.large():
			step.Action = Clear
		case !row.Exporter.Equal(want.Exporter):
			step.Action, step.After, step.Drops = Change, &want.Exporter, want
			found = true
		default:
			found = true
			continue
		}
		steps = append(steps, step)
	}
	if want != nil && !found {
		steps = append(steps, Step{Action: Create, Format: validation.IPFIX, After: &want.Exporter, Drops: want})
	}
	return steps, nil
}
