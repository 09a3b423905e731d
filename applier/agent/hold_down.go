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
		// since is when the present difference was first seen. seen is when its present content
		// was first seen, and sight what was seen last.
		since, seen time.Time
		sight       sight
		// writes is how often another writer wrote during the present difference.
		writes int
		// begun says that the repairs of an earlier agent were taken over.
		begun bool
		// desired is the hash of what was desired then.
		desired string
		// repairs are the repairs within repairWindow.
		repairs []repair
	}
}

// repair is one repair of a format. It weighs more if the other writer wrote many times before it.
type repair struct {
	at     time.Time
	weight int
}

// sight is what is in the database instead of what is desired. The same content in another row is
// another write, but nothing new to wait for.
type sight struct {
	row     ovs.UUID
	content string
}

const (
	// repairWindow is the time in which repairs are counted.
	repairWindow = time.Hour
	// longestHoldDown is how many hold-downs a repair waits at most: a writer that never pauses
	// must not keep the agent from repairing.
	longestHoldDown = 3
	// writesPerRepair is how many writes of another writer during one difference count like one
	// more repair.
	writesPerRepair = 10
)

// decision is what may be done about one format now.
type decision struct {
	act bool
	// until is when to decide again; zero if nothing is to be done.
	until time.Time
	// conflict says that another writer keeps changing the record.
	conflict bool
}

// begin takes over, once, the repairs that an earlier agent stored, if they were of what is desired
// now. Otherwise, an agent that keeps restarting would never give up.
func (h *holdDown) begin(f validation.Format, stored ovs.Repairs, desired string) {
	state := &h.formats[f]
	if state.begun {
		return
	}
	state.begun, state.desired = true, desired
	if stored.Desired != desired {
		return
	}
	for _, r := range stored.Made() {
		state.repairs = append(state.repairs, repair{at: time.Unix(r.At, 0), weight: int(r.Weight)})
	}
}

// decide decides about the drift of a format. desired differs for each configuration that the
// cluster desires, no matter what a verification adds to it.
func (h *holdDown) decide(f validation.Format, drift ovs.Drift, seen sight, desired string, now time.Time) decision {
	state := &h.formats[f]
	if state.desired != desired {
		// Earlier repairs and writes say nothing about this.
		state.desired, state.repairs, state.writes = desired, nil, 0
	}
	state.repairs = slices.DeleteFunc(state.repairs, func(r repair) bool { return now.Sub(r.at) >= repairWindow || r.at.After(now) })
	if drift.Class == ovs.InSync || drift.Pending {
		h.forget(f)
		return decision{act: drift.Pending}
	}
	if state.since.IsZero() {
		state.since = now
	}
	if state.seen.IsZero() || state.sight.content != seen.content {
		state.seen = now // another content: wait again
	}
	if state.sight != seen {
		state.writes++
	}
	state.sight = seen
	// A row that must not be there is removed without end: "export: false" is about privacy. The limit of
	// all writes bounds the cost.
	unwanted := desired == "" && drift.Class == ovs.Extra
	if h.repairs(f) >= h.maxRepairs && !unwanted {
		return decision{conflict: true, until: state.repairs[0].at.Add(repairWindow)}
	}
	due := state.seen.Add(h.wait)
	if latest := state.since.Add(longestHoldDown * h.wait); latest.Before(due) {
		due = latest
	}
	if now.Before(due) {
		return decision{until: due}
	}
	return decision{act: true}
}

// forget ends the present difference.
func (h *holdDown) forget(f validation.Format) {
	state := &h.formats[f]
	state.since, state.seen, state.sight, state.writes = time.Time{}, time.Time{}, sight{}, 0
}

// weight is what a repair of the present difference weighs.
func (h *holdDown) weight(f validation.Format) int {
	return min(1+h.formats[f].writes/writesPerRepair, ovs.HeaviestRepair)
}

// repaired records that another writer's change was undone.
func (h *holdDown) repaired(f validation.Format, weight int, now time.Time) {
	h.formats[f].repairs = append(h.formats[f].repairs, repair{at: now, weight: weight})
	h.forget(f)
}

// stored are the repairs to store together with one that is made now.
func (h *holdDown) stored(f validation.Format, now time.Time) *ovs.Repairs {
	state := &h.formats[f]
	next := ovs.Repairs{Desired: state.desired}
	for _, r := range state.repairs {
		next = next.With(ovs.Repair{At: r.at.Unix(), Weight: uint8(r.weight)}) //nolint:gosec // at most HeaviestRepair
	}
	next = next.With(ovs.Repair{At: now.Unix(), Weight: uint8(h.weight(f))}) //nolint:gosec // at most HeaviestRepair
	return &next
}

// repairs counts the repairs within repairWindow, each with its weight.
func (h *holdDown) repairs(f validation.Format) int {
	sum := 0
	for _, r := range h.formats[f].repairs {
		sum += r.weight
	}
	return sum
}

// made counts the repairs within repairWindow.
func (h *holdDown) made(f validation.Format) int { return len(h.formats[f].repairs) }
