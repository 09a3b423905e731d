package validation

import (
	"strconv"
	"strings"
)

// nodePort becomes the target ":PORT", which OVN-Kubernetes completes with the address of
// each node.
func (r *flowsConfigReview) nodePort(m Member) {
	text := strings.TrimSpace(m.Value.Text)
	read, ok := readNodePort(m.Value)
	ignored := isSet(&r.in.Object, keySharedTarget)
	unchanged := r.in.Old != nil && r.in.Old.Data.Get(m.Key).Equal(m.Value)
	switch {
	case ignored && (unchanged || ok):
		r.advise(r.finding(RuleKeyIgnored, m, "is ignored: sharedTarget is set as well, and wins"))
		return
	case !ok:
		r.refuse(r.finding(RuleNodePort, m, "is not a port; it would become the target "+Quote(":"+text)+" of each node; write a decimal port from 1 to 65535"+otherKey(text)), r.unchanged(m))
		return
	case strconv.Itoa(int(read.collector.Port())) != m.Value.Text:
		r.rewrite(m, read.notes, strconv.Itoa(int(read.collector.Port())))
	}
	r.pieces = []entry{{text: m.Value.Text, reading: read, position: m.Value.Position}}
	r.canonical = []string{collectorText(read.collector)}
}

// otherKey points out the key that takes addresses.
func otherKey(text string) string {
	if strings.ContainsAny(text, ".:") {
		return ", or an address and port as sharedTarget"
	}
	return ""
}

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
		r.refuse(r.finding(RuleEmptyCollector, m, "has no collector; ovnkube-node would not start on it; write ADDRESS:PORT"), r.unchanged(m))
		return
	}
	bad := false
	for _, p := range r.pieces {
		for _, f := range p.reading.findings("data."+m.Key, p.text, p.position) {
			bad = true
			r.refuse(f, r.unchanged(m))
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

// canonicalTarget fills in the canonical collectors and tells what differs.
func (r *flowsConfigReview) canonicalTarget() []note {
	var notes []note
	seen := make(map[string]bool, len(r.pieces))
	for _, p := range r.pieces {
		if len(p.reading.problems) > 0 {
			continue
		}
		notes = append(notes, p.reading.notes...)
		text := collectorText(p.reading.collector)
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
