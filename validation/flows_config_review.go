package validation

// flowsConfigReview is one review of the ConfigMap. What the Cluster Network Operator
// ignores in silence is a warning; what stops ovnkube-node or breaks its template is an
// error.
type flowsConfigReview struct {
	findings
	in        Input
	edits     []Edit
	pieces    []entry
	canonical []Entry
}

func (r *flowsConfigReview) finding(rule Rule, m Member, message string) Finding {
	return Finding{Rule: rule, Field: "data." + m.Key, Value: m.Value.Text, Position: m.Value.Position, Message: message}
}

// unchanged reports whether a value is that of the stored object and had an effect there. A
// value that the operator ignored, because of another key or because there was no target,
// takes effect only now.
func (r *flowsConfigReview) unchanged(m Member) bool {
	return r.in.Old != nil && r.in.Old.Data.Get(m.Key).Equal(m.Value) && counts(r.in.Old, m.Key)
}

// counts reports whether the Cluster Network Operator reads the key, as far as can be known: a
// patch says nothing of the other keys.
func (r *flowsConfigReview) counts(m Member) bool { return inForce(&r.in.Object, m.Key) }

// rewrite replaces the value of a key, or refuses it where nothing may be rewritten.
func (r *flowsConfigReview) rewrite(m Member, notes []note, text string) {
	f := r.finding(notes[0].rule, m, "")
	f.Suggestion = text
	if r.settle(f, r.unchanged(m), rewriteWording(text, notes)) {
		r.edits = append(r.edits, Edit{Pointer: "/data/" + m.Key, Text: text})
	}
}
