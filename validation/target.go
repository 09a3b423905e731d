package validation

import (
	"strconv"
	"strings"
)

// sharedTarget reviews the target of the ConfigMap. OVN-Kubernetes splits it at commas; a
// collector without an address stands for each node's own. No CRD pattern stands behind
// it, so IPv6 is welcome.
func (r *flowsConfigReview) sharedTarget(m Member) {
	if m.Value.Text == "" {
		r.advise(r.finding(RuleConfigIgnored, m, "the Cluster Network Operator ignores the ConfigMap: sharedTarget is empty"))
		return
	}
	r.pieces = readTarget(m.Value)
	if len(r.pieces) == 0 {
		r.refuse(r.finding(RuleEmptyCollector, m, "has no collector; ovnkube-node would not start on it; write ADDRESS:PORT"), m)
		return
	}
	bad := false
	for _, p := range r.pieces {
		for _, f := range problemFindings(p.reading, "data."+m.Key, p.text, p.position) {
			bad = true
			r.refuse(f, m)
		}
	}
	notes := r.canonicalTarget()
	if len(r.pieces) <= strings.Count(m.Value.Text, ",") {
		notes = append(notes, note{RuleJoined, "empty piece removed"})
	}
	if bad {
		return
	}
	r.adviseOnTargets(m)
	if text := strings.Join(r.canonical, ","); text != m.Value.Text {
		r.rewrite(m, notes, text)
	}
}

func readTarget(v Value) []entry {
	reader := collectorReader{usualPort: IPFIX.UsualPort(), ipv6: true, nodeAddress: true}
	var pieces []entry
	for piece := range strings.SplitSeq(v.Text, ",") {
		if len(pieces) == maxRead {
			break
		}
		if strings.TrimSpace(piece) != "" {
			pieces = append(pieces, entry{text: piece, reading: reader.read(piece), position: v.Position})
		}
	}
	return pieces
}

// canonicalTarget fills in the canonical collectors and tells what differs.
func (r *flowsConfigReview) canonicalTarget() []note {
	var notes []note
	seen := make(map[string]bool, len(r.pieces))
	for _, p := range r.pieces {
		if len(p.reading.problems) > 0 {
			continue
		}
		notes = append(notes, p.reading.notes...)
		text := collectorText(p.reading)
		if seen[text] {
			notes = append(notes, note{RuleDuplicate, "duplicate removed"})
			continue
		}
		seen[text] = true
		r.canonical = append(r.canonical, text)
	}
	return notes
}

// adviseOnTargets warns about addresses that a target seldom means.
func (r *flowsConfigReview) adviseOnTargets(m Member) {
	for _, p := range r.pieces {
		if rule, message := addressAdvice(p.reading.collector.Addr()); rule != "" {
			f := r.finding(rule, m, message)
			f.Value = strings.TrimSpace(p.text)
			r.advise(f)
		}
	}
}

// rewrite replaces the value of a key, or refuses it where nothing may be rewritten.
func (r *flowsConfigReview) rewrite(m Member, notes []note, text string) {
	f := r.finding(notes[0].rule, m, "")
	f.Suggestion = text
	switch {
	case r.stood(m):
		f.Message = stands + "canonical is " + strconv.Quote(text)
		r.advise(f)
	case r.in.Options.RejectNonCanonical:
		f.Message = "is not in canonical form, and rewriting is switched off; write " + strconv.Quote(text)
		r.reject(f)
	default:
		f.Message = "stored as " + Quote(text) + ": " + joinNotes(notes)
		r.report(f)
		r.edits = append(r.edits, Edit{Pointer: "/data/" + m.Key, Text: text})
	}
}

// exports lists the readable targets, for the policies.
func (r *flowsConfigReview) exports() []Export {
	key := keySharedTarget
	if !isSet(r.in.Object, key) {
		key = keyNodePort
	}
	var exports []Export
	for _, p := range r.pieces {
		if len(p.reading.problems) == 0 {
			exports = append(exports, Export{Format: IPFIX, Collector: p.reading.collector, Field: "data." + key, Position: p.position})
		}
	}
	return exports
}

// flowsConfigExports reads the targets of the stored ConfigMap.
func flowsConfigExports(in Input) []Export {
	if in.Old == nil {
		return nil
	}
	old := flowsConfigReview{in: Input{Object: *in.Old}}
	if target := in.Old.Data.Get(keySharedTarget); target.Kind != Absent {
		old.pieces = readTarget(target)
	} else if port := in.Old.Data.Get(keyNodePort); port.Kind == String {
		old.nodePort(Member{Key: keyNodePort, Value: port})
	}
	return old.exports()
}
