package agent

import (
	"slices"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// restraint decides when to undo what somebody else did to a row: not at once, because
// ovnkube-node clears and sets the rows in several transactions when it starts, and not for
// ever, because two writers that disagree would never end.
type restraint struct {
	// holdDown is how long to let the other writer finish.
	holdDown time.Duration
	// maxRepairs is how many repairs of one format within an hour are made before giving up.
	maxRepairs int

	formats [3]struct {
		// seen is when the present difference was first seen, and what it looked like.
		seen  time.Time
		print string
		// want is what was wanted then.
		want string
		// repairs are the times of the repairs in the last hour.
		repairs []time.Time
	}
}

// fightWindow is the time in which repairs are counted.
const fightWindow = time.Hour

// ruling is what may be done about one format now.
type ruling struct {
	act bool
	// until is when to look again; zero if there is no need.
	until time.Time
	// conflict says that somebody else won't let it be.
	conflict bool
}

// waits reports whether it may be that another writer has yet to finish.
func (r ruling) waits() bool { return !r.act && !r.conflict && !r.until.IsZero() }

// rule decides about a format whose standing is given; print tells one state from another,
// and want one wish.
func (r *restraint) rule(f validation.Format, s ovs.Standing, print, want string, now time.Time) ruling {
	state := &r.formats[f]
	if state.want != want {
		state.want, state.repairs = want, nil // something new is wanted: start afresh
	}
	state.repairs = slices.DeleteFunc(state.repairs, func(t time.Time) bool { return now.Sub(t) >= fightWindow })
	switch {
	case s.Class == ovs.InSync:
		state.seen, state.print = time.Time{}, ""
		return ruling{}
	case s.Pending:
		state.seen, state.print = time.Time{}, ""
		return ruling{act: true}
	}
	if state.print != print {
		state.seen, state.print = now, print // another write; wait anew
	}
	if len(state.repairs) >= r.maxRepairs {
		return ruling{conflict: true, until: state.repairs[0].Add(fightWindow)}
	}
	if due := state.seen.Add(r.holdDown); now.Before(due) {
		return ruling{until: due}
	}
	return ruling{act: true}
}

// repaired notes that a difference made by somebody else was undone.
func (r *restraint) repaired(f validation.Format, now time.Time) {
	r.formats[f].repairs = append(r.formats[f].repairs, now)
}

// fights counts the repairs of the last hour.
func (r *restraint) fights(f validation.Format) int { return len(r.formats[f].repairs) }
