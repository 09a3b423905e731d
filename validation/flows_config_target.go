package validation

import (
	"net/netip"
	"strings"
)

// sharedTarget reviews the target of the ConfigMap, and returns whether it is well-formed.
func (r *flowsConfigReview) sharedTarget(m Member) bool {
	if m.Value.Text == "" {
		r.advise(r.finding(RuleConfigIgnored, m, "the Cluster Network Operator ignores the ConfigMap: sharedTarget is empty"))
		return false
	}
	var more int
	r.pieces, more = readTarget(m.Value)
	if len(r.pieces) == 0 {
		r.refuse(r.finding(RuleEmptyCollector, m, "has no collector, so ovnkube-node would not start; write ADDRESS:PORT"), r.unchanged(m))
		return false
	}
	bad := more > 0
	for _, p := range r.pieces {
		for _, f := range p.reading.findings("data."+m.Key, p.text, p.position) {
			bad = true
			r.refuse(f, r.unchanged(m))
		}
	}
	notes := r.canonicalTarget()
	r.tooMany(m, more)
	if len(r.pieces)+more <= strings.Count(m.Value.Text, ",") {
		notes = append(notes, note{RuleJoined, "empty part removed"})
	}
	if bad {
		return false
	}
	if text := strings.Join(Texts(r.canonical), ","); text != m.Value.Text {
		r.rewrite(m, notes, text)
	}
	return true
}

// canonicalTarget fills in the canonical collectors and tells what differs.
func (r *flowsConfigReview) canonicalTarget() []note {
	var notes []note
	seen := make(map[netip.AddrPort]bool, len(r.pieces))
	for _, p := range r.pieces {
		if len(p.reading.problems) > 0 {
			continue
		}
		notes = append(notes, p.reading.notes...)
		addr := p.reading.collector
		if seen[addr] {
			notes = append(notes, note{RuleDuplicate, "duplicate removed"})
			continue
		}
		seen[addr] = true
		r.canonical = append(r.canonical, Entry{Addr: addr})
	}
	return notes
}
