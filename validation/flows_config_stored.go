package validation

import (
	"strings"
)

// storedTargets reads the targets of the stored ConfigMap, for the policies.
func storedTargets(o *Object) []Collector {
	key := targetKey(o)
	v := o.Data.Get(key)
	if key == keySharedTarget {
		pieces, _ := readTarget(v)
		return targets(key, pieces)
	}
	read, ok := readNodePort(v)
	if v.Kind != String || !ok {
		return nil
	}
	return targets(key, []entry{{text: v.Text, reading: read, position: v.Position}})
}

// targets lists the readable targets of a key.
func targets(key string, pieces []entry) []Collector {
	var found []Collector
	for _, p := range pieces {
		if p.readable() {
			found = append(found, Collector{Format: IPFIX, Addr: p.reading.collector, Field: "data." + key, Position: p.position})
		}
	}
	return found
}

// readTarget reads the pieces of a sharedTarget. OVN-Kubernetes splits it at commas; a
// collector without an address means each node's own address. No CRD pattern restricts it,
// so IPv6 is allowed. more is how many pieces follow that were not read.
func readTarget(v Value) (pieces []entry, more int) {
	reader := collectorReader{usualPort: IPFIX.UsualPort(), ipv6: true, nodeAddress: true}
	if what, _ := placeholder(v.Text); what != "" {
		return []entry{{text: v.Text, reading: reader.read(v.Text), position: v.Position}}, 0
	}
	for piece := range strings.SplitSeq(v.Text, ",") {
		switch {
		case strings.TrimSpace(piece) == "":
		case len(pieces) == maxRead:
			more++
		default:
			pieces = append(pieces, entry{text: piece, reading: reader.read(piece), position: v.Position})
		}
	}
	return pieces, more
}

// readNodePort reads a nodePort as the target ":PORT", which OVN-Kubernetes completes with
// the address of each node; false if it is no port.
func readNodePort(v Value) (reading, bool) {
	text := strings.TrimSpace(v.Text)
	read := collectorReader{usualPort: IPFIX.UsualPort(), nodeAddress: true}.read(":" + text)
	if text != v.Text {
		read.note(RuleWhiteSpace, "surrounding white space removed")
	}
	return read, len(read.problems) == 0 && !strings.ContainsAny(text, ":,")
}
