package validation

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// reading is what one text for one collector turned out to be.
type reading struct {
	// collector is valid unless there are problems.
	collector netip.AddrPort
	problems  []problem
	// notes say what is not canonical in the text.
	notes []note
	// meant is text that the user probably meant; a suggestion is read from it.
	meant string
	// suggestion would be accepted in the text's place; empty if none can be known.
	suggestion string
}

// problem is a reason to refuse the text.
type problem struct {
	rule Rule
	what string // what is wrong, and why it matters
	fix  string // what to write instead, where there is no suggestion
}

// note is something that is not canonical and can be rewritten.
type note struct {
	rule Rule
	what string
}

func (r *reading) problem(rule Rule, what, fix string) {
	r.problems = append(r.problems, problem{rule, what, fix})
}

func (r *reading) has(rule Rule) bool {
	return slices.ContainsFunc(r.problems, func(p problem) bool { return p.rule == rule })
}

func (r *reading) note(rule Rule, what string) {
	r.notes = append(r.notes, note{rule, what})
}

// findings turns the problems of a text into findings.
func (r *reading) findings(field, text string, at Position) []Finding {
	var found []Finding
	for _, p := range r.problems {
		fix := p.fix
		if r.suggestion != "" {
			fix = "write " + strconv.Quote(r.suggestion)
		}
		found = append(found, Finding{
			Rule: p.rule, Field: field, Value: text, Position: at,
			Message: p.what + "; " + fix, Suggestion: r.suggestion,
		})
	}
	return found
}

// rewriteWording says that a text is not the canonical one; notes say what differs.
func rewriteWording(canonical string, notes []note) wording {
	quoted := strconv.Quote(canonical)
	return wording{
		unchanged: "the canonical form is " + quoted,
		refused:   "is not in canonical form, and normalization is disabled; write " + quoted,
		edited:    "stored as " + Quote(canonical) + ": " + joinNotes(notes),
	}
}

// joinNotes says everything that is put right, each thing once.
func joinNotes(notes []note) string {
	var what []string
	for _, n := range notes {
		if !slices.Contains(what, n.what) {
			what = append(what, n.what)
		}
	}
	return strings.Join(what, ", ")
}

// collectorReader reads collectors of one kind of list.
type collectorReader struct {
	usualPort uint16
	ipv6      bool
	// bySluice says that Sluice's agents send to the collectors, and not Open vSwitch.
	bySluice bool
	// nodeAddress allows ":port", which OVN-Kubernetes completes with the node's address.
	nodeAddress bool
}
