package ovs

import (
	"errors"
	"slices"

	"sluice/validation"
)

// Plan is a transaction that leads from one state of a node's database to another.
type Plan struct {
	// Bridge is the bridge's name, bridge its row.
	Bridge string
	bridge UUID
	// hidden are the columns that ovs-vsctl can't read or write.
	hidden Hidden
	// Expect is what the bridge's columns referred to when the plan was made. The transaction
	// does nothing if that, or the content of a row in Steps, has changed. Of a row that is too large
	// for an argument, only the reference counts.
	Expect [3]UUID
	// Steps are the changes, in the order of the formats, drops last.
	Steps []Step
	// LastApplied is what to store as applied last; WriteLastApplied says that it differs from
	// what is stored.
	LastApplied      LastApplied
	WriteLastApplied bool
}

// Step is one change to one format's row, or to the collector set of dropped packets.
type Step struct {
	Action Action
	Format validation.Format
	// Drops marks a step for the packets that OVN dropped.
	Drops *Drops
	// Row is the present row; empty for Create. Set is the collector set of a drops step.
	Row, Set UUID
	// Before is the present exporter, After the desired one; nil for none.
	Before, After *Exporter
}

// Action is what a step does.
type Action string

// The actions.
const (
	Create  Action = "create"  // a new row, referred to by the bridge
	Change  Action = "change"  // in place: caches and sockets are kept
	Replace Action = "replace" // a new row, because something else uses the old one too, or it is too large
	Clear   Action = "clear"   // the bridge no longer refers to a row
)

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Steps) == 0 && !p.WriteLastApplied }

// NewPlan plans how to get from a state to the desired one. The error says why that is
// impossible: ErrNoBridge, or a *TakenError for a collector set of another writer.
func NewPlan(d Desired, s State) (Plan, error) {
	if s.Bridge == nil {
		return Plan{}, ErrNoBridge
	}
	p := Plan{Bridge: s.Bridge.Name, bridge: s.Bridge.UUID, hidden: s.Hidden, Expect: s.Bridge.Export, LastApplied: s.Bridge.LastApplied}
	for _, f := range validation.Formats() {
		want := d.Of(f)
		p.LastApplied[f].Cluster = p.LastApplied[f].withCluster(want)
		if row, exists := s.Export(f); !want.Leave || !exists || !p.LastApplied[f].interim(row.Exporter) {
			p.LastApplied[f].Interim = "" // it is over with this plan, or another writer ended it
		}
		if want.Leave {
			continue
		}
		step, ok := exportStep(f, want.Exporter, s)
		if ok {
			p.Steps = append(p.Steps, step)
			if want.Repairs != nil {
				p.LastApplied[f].Repairs = *want.Repairs
			}
		}
		if want.Exporter != nil {
			p.LastApplied[f].Hash, p.LastApplied[f].Off = want.Exporter.Hash(), false
			continue
		}
		if p.LastApplied[f].Hash == "" && step.Before != nil {
			// The cluster's own row that Sluice never desired. It has to be stored, or each
			// time that it is written again would look like the first.
			p.LastApplied[f].Hash = step.Before.Hash()
		}
		p.LastApplied[f].Off = p.LastApplied[f].Hash != ""
	}
	if !d.LeaveDrops {
		steps, err := dropsSteps(d.Drops, s)
		if err != nil {
			return Plan{}, err
		}
		p.Steps = append(p.Steps, steps...)
	}
	if d.RemoveLastApplied {
		p.LastApplied = LastApplied{}
	}
	p.WriteLastApplied = p.LastApplied != s.Bridge.LastApplied || d.RemoveLastApplied && s.Bridge.HasLastApplied
	return p, nil
}

// exportStep is the step for one format, if one is needed.
func exportStep(f validation.Format, want *Exporter, s State) (Step, bool) {
	row, exists := s.Export(f)
	step := Step{Format: f, After: want}
	if exists {
		step.Row, step.Before = row.UUID, &row.Exporter
	}
	switch {
	case want == nil && !exists, want != nil && exists && row.Exporter.Equal(*want):
		return Step{}, false
	case want == nil:
		step.Action = Clear
	case !exists:
		step.Action = Create
	case row.Shared, row.Exporter.large():
		step.Action = Replace
	default:
		step.Action = Change
	}
	return step, true
}

// Setting is one column that a step writes.
type Setting struct {
	Column Column
	// From and To are the values in effect.
	From, To string
	// Unset says that To is the default because no value is desired.
	Unset bool
}

// Settings lists the columns that a step writes in addition to the targets; for a change in
// place, only those that differ.
func (s Step) Settings() []Setting {
	if s.After == nil {
		return nil
	}
	var list []Setting
	for _, c := range ColumnsOf(s.Format) {
		value, to := s.After.Settings[c.Name], c.effective(s.After.Settings[c.Name])
		wanted := value != ""
		if s.Action != Change {
			if wanted {
				list = append(list, Setting{Column: c, To: value})
			}
			continue
		}
		if from := c.effective(s.Before.Settings[c.Name]); from != to {
			list = append(list, Setting{Column: c, From: from, To: to, Unset: !wanted})
		}
	}
	return list
}

// Retargets reports whether the targets differ.
func (s Step) Retargets() bool {
	return s.Before == nil || s.After == nil || !slices.Equal(s.Before.CanonicalTargets(), s.After.CanonicalTargets())
}

// ErrNoBridge says that the bridge does not exist (yet); ovn-controller creates it.
var ErrNoBridge = errors.New("the bridge does not exist")
