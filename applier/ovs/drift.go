package ovs

import "slices"

// DriftClass says how the configuration of a format in the database relates to the desired one.
type DriftClass string

// The classes.
const (
	InSync  DriftClass = "InSync"  // as desired, no matter who wrote it
	Missing DriftClass = "Missing" // desired, but absent
	Drifted DriftClass = "Drifted" // Sluice's or the cluster's own row, but not as desired
	Foreign DriftClass = "Foreign" // another writer's row, and not as desired
	Extra   DriftClass = "Extra"   // Sluice's or the cluster's own row, but not desired
)

// Drift is the class of one format, and what caused it.
type Drift struct {
	Class DriftClass
	// Pending says that Sluice has yet to apply a change of the desired configuration, or to finish a change of
	// its own. Otherwise another writer changed the database.
	Pending bool
}

// Evidence is by what a row is recognized as Sluice's or the cluster's own.
type Evidence struct {
	// LastApplied is what Sluice applied last.
	LastApplied AppliedFormat
	// Known is the row that Sluice knows as its own; empty for none.
	Known UUID
	// Cluster is what OVN-Kubernetes configures for today's lists, without a profile; nil for
	// nothing.
	Cluster *Exporter
	// Earlier are the hashes of what OVN-Kubernetes configured for earlier lists, as far as they are
	// known in addition to LastApplied.
	Earlier []string
	// Shape is set where a row with exactly the columns that OVN-Kubernetes sets counts as the cluster's, no
	// matter which list and ConfigMap it is from.
	Shape *Shape
}

// clusters reports whether OVN-Kubernetes configures this exporter for the cluster's lists,
// today's or earlier ones. It always writes the same settings, so its rows are recognized by
// their content.
func (e Evidence) clusters(x Exporter) bool {
	if e.Cluster != nil && x.Equal(*e.Cluster) || x.shaped(e.Shape) {
		return true
	}
	hash := x.Hash()
	return slices.Contains(e.LastApplied.Cluster[:], hash) || slices.Contains(e.Earlier, hash)
}

// Classify compares the desired exporter of one format, nil for none, with the bridge's row,
// nil for none. A row is not foreign if it is what was applied last, if OVN-Kubernetes
// configures it for the cluster's own lists, or if it is the row that Sluice knows as its own.
func Classify(want *Exporter, row *Row, e Evidence) Drift {
	last := e.LastApplied
	if row == nil {
		if want == nil {
			return Drift{Class: InSync}
		}
		return Drift{Class: Missing, Pending: last.Hash == "" || last.Off}
	}
	if want != nil && row.Exporter.Equal(*want) {
		return Drift{Class: InSync}
	}
	asApplied := last.Hash != "" && row.Exporter.Hash() == last.Hash
	clusters := e.clusters(row.Exporter)
	switch {
	case last.interim(row.Exporter) && want == nil:
		return Drift{Class: Extra, Pending: true}
	case last.interim(row.Exporter):
		return Drift{Class: Drifted, Pending: true}
	case !asApplied && !clusters && (e.Known == "" || row.UUID != e.Known):
		return Drift{Class: Foreign}
	case want == nil:
		// Another writer restored it after it was switched off: for example an ovnkube-node
		// that started with its earlier arguments.
		return Drift{Class: Extra, Pending: !last.Off}
	default:
		// The cluster's own row on a node where Sluice never applied anything was written by
		// ovnkube-node before the agent started: there is no other writer to wait for.
		first := clusters && last.Hash == ""
		return Drift{Class: Drifted, Pending: !last.Off && (asApplied || first)}
	}
}

// Removable reports whether a row that is not desired may be removed: only Sluice's or the
// cluster's own. One of which that is not known is reported, not removed.
func (s Drift) Removable() bool { return s.Class == Extra }
