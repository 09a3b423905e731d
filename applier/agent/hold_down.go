package agent

import (
	"slices"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// holdDown decides when to repair what another writer changed: not at once, because
// ovnkube-node clears and sets the records in several transactions when it starts, and not
// without end, because two writers that disagree would never stop.
type holdDown struct {
	// wait is how long to let the other writer finish.
	wait time.Duration
	// maxRepairs is how many repairs of one format within repairWindow are made.
	maxRepairs int

	formats [3]struct {
		// seen is when the present difference was first seen, and fingerprint what it was.
		seen        time.Time
		fingerprint string
		// desired is the hash of what was desired then.
		desired string
		// repairs are the times of the repairs within repairWindow.
		repairs []time.Time
	}
}

// repairWindow is the time in which repairs are counted.
const repairWindow = time.Hour

// decision is what may be done about one format now.
type decision struct {
	act bool
	// until is when to decide again; zero if nothing is to be done.
	until time.Time
	// conflict says that another writer keeps changing the record.
	conflict bool
}

// waits reports whether another writer may not be done yet.
func (d decision) waits() bool { return !d.act && !d.conflict && !d.until.IsZero() }

// decide decides about the drift of a format. fingerprint differs for each state of the row
// in Open vSwitch, and desired for each desired configuration.
func (h *holdDown) decide(f validation.Format, drift ovs.Drift, fingerprint, desired string, now time.Time) decision {
	state := &h.formats[f]
	if state.desired != desired {
		state.desired, state.repairs = desired, nil // earlier repairs say nothing about this
	}
	state.repairs = slices.DeleteFunc(state.repairs, func(t time.Time) bool { return now.Sub(t) >= repairWindow })
	switch {
	case drift.Class == ovs.InSync:
		state.seen, state.fingerprint = time.Time{}, ""
		return decision{}
	case drift.Pending:
		state.seen, state.fingerprint = time.Time{}, ""
		return decision{act: true}
	}
	if state.fingerprint != fingerprint {
		state.seen, state.fingerprint = now, fingerprint // another write: wait again
	}
	if len(state.repairs) >= h.maxRepairs {
		return decision{conflict: true, until: state.repairs[0].Add(repairWindow)}
	}
	if due := state.seen.Add(h.wait); now.Before(due) {
		return decision{until: due}
	}
	return decision{act: true}
}

// repaired records that another writer's change was undone.
func (h *holdDown) repaired(f validation.Format, now time.Time) {
	h.formats[f].repairs = append(h.formats[f].repairs, now)
}

// repairs counts the repairs within repairWindow.
func (h *holdDown) repairs(f validation.Format) int { return len(h.formats[f].repairs) }
