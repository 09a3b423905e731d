package ovs

import "slices"

// Class says how what stands in the database relates to what is wanted.
type Class string

// The classes.
const (
	InSync  Class = "InSync"  // as wanted, whoever wrote it
	Missing Class = "Missing" // wanted, but not there
	Drifted Class = "Drifted" // Sluice's or the cluster's own row, but not as wanted
	Foreign Class = "Foreign" // another writer's row, and not as wanted
	Extra   Class = "Extra"   // Sluice's or the cluster's own row, but not wanted
)

// Standing is the class of one format and whose doing it is.
type Standing struct {
	Class Class
	// Pending says that the difference is Sluice's own work yet to be done, because what is
	// wanted changed. Otherwise somebody else wrote to the database.
	Pending bool
}

// Evidence is by what a row is recognized as one that the cluster or Sluice wanted.
type Evidence struct {
	// Note is what Sluice wrote down.
	Note Note
	// Known is the row that Sluice knows as its own; empty for none.
	Known UUID
	// Cluster is what OVN-Kubernetes makes of today's lists by itself, whatever a profile
	// says; nil for nothing.
	Cluster *Record
}

// clusters reports whether OVN-Kubernetes makes this record of the cluster's lists, today's
// or earlier ones. It always writes the same settings, so that the value tells its rows.
func (e Evidence) clusters(r Record) bool {
	return e.Cluster != nil && r.Equal(*e.Cluster) || slices.Contains(e.Note.Cluster[:], r.Hash())
}

// Classify compares what is wanted of one format, nil for nothing, with the bridge's row,
// nil for none. A row is not foreign if it says what was applied last, if OVN-Kubernetes
// makes it of the cluster's own lists, or if it is the row that Sluice knows as its own.
func Classify(want *Record, row *Row, e Evidence) Standing {
	note := e.Note
	if row == nil {
		if want == nil {
			return Standing{Class: InSync}
		}
		return Standing{Class: Missing, Pending: note.Hash == "" || note.Off}
	}
	if want != nil && row.Record.Equal(*want) {
		return Standing{Class: InSync}
	}
	asApplied := note.Hash != "" && row.Record.Hash() == note.Hash
	clusters := e.clusters(row.Record)
	switch {
	case !asApplied && !clusters && (e.Known == "" || row.UUID != e.Known):
		return Standing{Class: Foreign}
	case want == nil:
		// After it was switched off, somebody brought it back: an ovnkube-node, for
		// example, that started with the arguments of before.
		return Standing{Class: Extra, Pending: !note.Off}
	default:
		// The cluster's own row on a node where Sluice never applied anything is what
		// ovnkube-node left before the agent came: there is no other writer to wait for.
		first := clusters && note.Hash == ""
		return Standing{Class: Drifted, Pending: !note.Off && (asApplied || first)}
	}
}

// Removable reports whether a row that is not wanted may be removed: only Sluice's or the
// cluster's own. What was never wanted is reported and left.
func (s Standing) Removable() bool { return s.Class == Extra }
