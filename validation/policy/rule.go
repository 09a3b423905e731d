package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"sluice/validation"
)

// Rule matches collectors. Every field that is set must match.
type Rule struct {
	Formats      []validation.Format
	Destinations []netip.Prefix
	Ports        []PortRange
}

// PortRange is the ports from First to Last, both included.
type PortRange struct{ First, Last uint16 }

// String is the range as written in a policy.
func (r PortRange) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// maxNamed is how many networks a sentence about a rule names.
const maxNamed = 8

// String says what the rule matches, as part of a sentence. A long list of networks is cut.
func (r Rule) String() string { return r.text(maxNamed) }

// Full says what the rule matches, with every network.
func (r Rule) Full() string { return r.text(len(r.Destinations)) }

// text names at most so many networks.
func (r Rule) text(most int) string {
	text := "every format"
	if len(r.Formats) > 0 {
		text = conjoin(names(r.Formats))
	}
	switch n := len(r.Destinations); {
	case n == 0:
		text += " to any address"
	case n > most:
		text += " to " + strings.Join(names(r.Destinations[:most]), ", ") + fmt.Sprintf(" and %d more networks", n-most)
	default:
		text += " to " + conjoin(names(r.Destinations))
	}
	if len(r.Ports) == 1 && r.Ports[0].First == r.Ports[0].Last {
		return text + ", port " + r.Ports[0].String()
	}
	if len(r.Ports) > 0 {
		text += ", ports " + conjoin(names(r.Ports))
	}
	return text
}

func names[T fmt.Stringer](list []T) []string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = item.String()
	}
	return texts
}

// conjoin joins texts as a sentence does.
func conjoin(texts []string) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}
