package ovs

import "slices"

// Class says how what stands in the database relates to what is wanted.
type DriftClass string

// The classes.
const (
	InSync  DriftClass = "InSync"  // as wanted, whoever wrote it
	Missing DriftClass = "Missing" // wanted, but not there
	Drifted DriftClass = "Drifted" // Sluice's or the cluster's own row, but not as wanted
	Foreign DriftClass = "Foreign" // another writer's row, and not as wanted
	Extra   DriftClass = "Extra"   // Sluice's or the cluster's own row, but not wanted
)

// Drift is the class of one format and whose doing it is.
type Drift struct {
	Class DriftClass
	// Pending says that the difference is Sluice's own work yet to be done, because what is
	// wanted changed. Otherwise somebody else wrote to the database.
	Pending bool
}

// Evidence is by what a row is recognized as one that the cluster or Sluice wanted.
type Evidence struct {
	// Note is what Sluice wrote down.
	LastApplied AppliedFormat
	// Known is the row that Sluice knows as its own; empty for none.
	Known UUID
	// Cluster is what OVN-Kubernetes makes of today's lists by itself, whatever a profile
	// says; nil for nothing.
	Cluster *Exporter
}

// clusters reports whether OVN-Kubernetes makes this record of the cluster's lists, today's
// or earlier ones. It always writes the same settings, so that the value tells its rows.
func (e Evidence) clusters(r Exporter) bool {
	return e.Cluster != nil && r.Equal(*e.Cluster) || slices.Contains(e.LastApplied.Cluster[:], r.Hash())
}

// Classify compares what is wanted of one format, nil for nothing, with the bridge's row,
// nil for none. A row is not foreign if it says what was applied last, if OVN-Kubernetes
// makes it of the cluster's own lists, or if it is the row that Sluice knows as its own.
func Classify(want *Exporter, row *Row, e Evidence) Drift {
	note := e.LastApplied
	if row == nil {
		if want == nil {
			return Drift{Class: InSync}
		}
		return Drift{Class: Missing, Pending: note.Hash == "" || note.Off}
	}
	if want != nil && row.Exporter.Equal(*want) {
		return Drift{Class: InSync}
	}
	asApplied := note.Hash != "" && row.Exporter.Hash() == note.Hash
	clusters := e.clusters(row.Exporter)
	switch {
	case !asApplied && !clusters && (e.Known == "" || row.UUID != e.Known):
		return Drift{Class: Foreign}
	case want == nil:
		// After it was switched off, somebody brought it back: an ovnkube-node, for
		// example, that started with the arguments of before.
		return Drift{Class: Extra, Pending: !note.Off}
	default:
		// The cluster's own row on a node where Sluice never applied anything is what
		// ovnkube-node left before the agent came: there is no other writer to wait for.
		first := clusters && note.Hash == ""
		return Drift{Class: Drifted, Pending: !note.Off && (asApplied || first)}
	}
}

// Removable reports whether a row that is not wanted may be removed: only Sluice's or the
// cluster's own. What was never wanted is reported and left.
func (s Drift) Removable() bool { return s.Class == Extra }
