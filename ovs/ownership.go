package ovs

// Class says how what stands in the database relates to what is wanted.
type Class string

// The classes.
const (
	InSync  Class = "InSync"  // as wanted, whoever wrote it
	Missing Class = "Missing" // wanted, but not there
	Drifted Class = "Drifted" // Sluice's own row, but not as wanted
	Foreign Class = "Foreign" // somebody else's row, and not as wanted
	Extra   Class = "Extra"   // Sluice's own row, but no longer wanted
)

// Standing is the class of one format and whose doing it is.
type Standing struct {
	Class Class
	// Pending says that the difference is Sluice's own work yet to be done, because what is
	// wanted changed. Otherwise somebody else wrote to the database.
	Pending bool
}

// Classify compares what is wanted of one format, nil for nothing, with the bridge's row,
// nil for none. A row is Sluice's own if it says what was applied last, or if it is the row
// that Sluice knows as its own.
func Classify(want *Record, row *Row, note Note, known UUID) Standing {
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
	ours := asApplied || known != "" && row.UUID == known
	switch {
	case !ours:
		return Standing{Class: Foreign}
	case want == nil:
		// After it was switched off, somebody brought it back: an ovnkube-node, for
		// example, that started with the arguments of before.
		return Standing{Class: Extra, Pending: !note.Off}
	default:
		return Standing{Class: Drifted, Pending: asApplied && !note.Off}
	}
}

// Removable reports whether a row that nobody wants may be removed: only Sluice's own. What
// was never wanted is reported and left.
func (s Standing) Removable() bool { return s.Class == Extra }
