package validation

import (
	"strconv"
	"strings"
)

// nodePort becomes the target ":PORT", which OVN-Kubernetes completes with the address of
// each node. It returns whether the target is well-formed and counts.
func (r *flowsConfigReview) nodePort(m Member) bool {
	text := strings.TrimSpace(m.Value.Text)
	read, ok := readNodePort(m.Value)
	ignored := isSet(&r.in.Object, keySharedTarget)
	unchanged := r.in.Old != nil && r.in.Old.Data.Get(m.Key).Equal(m.Value)
	switch {
	case ignored && (unchanged || ok):
		r.advise(r.finding(RuleKeyIgnored, m, "is ignored because sharedTarget is also set and takes precedence"))
		return false
	case !ok:
		effect := "each node would export to " + Quote(":"+text)
		if ignored {
			effect = "it is ignored while sharedTarget is set, but without that " + effect
		}
		r.refuse(r.finding(RuleNodePort, m, "is not a port; "+effect+"; write a decimal port from 1 to 65535"+otherKey(text)), r.unchanged(m))
		return false
	case strconv.Itoa(int(read.collector.Port())) != m.Value.Text:
		r.rewrite(m, read.notes, strconv.Itoa(int(read.collector.Port())))
	}
	r.pieces = []entry{{text: m.Value.Text, reading: read, position: m.Value.Position}}
	r.canonical = []Entry{{Addr: read.collector}}
	return true
}

// otherKey points out the key that takes addresses.
func otherKey(text string) string {
	if strings.ContainsAny(text, ".:") {
		return ", or use sharedTarget for an address and port"
	}
	return ""
}

// RuleNodePort finds a nodePort that is not a port from 1 to 65535.
const RuleNodePort Rule = "node-port"

func nodePortRange() Check {
	return Check{
		Rule: RuleNodePort, Effect: Rejects,
		Summary: "ConfigMap: `nodePort` is not a port from 1 to 65535",
		Example: "`nodePort: \"0\"` and `nodePort: 192.168.1.99:2055` are not ports.\n" +
			"Write `nodePort: \"2055\"`, or `sharedTarget: 192.168.1.99:2055`.",
	}
}
