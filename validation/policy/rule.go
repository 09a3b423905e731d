package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"sluice/validation"
)

// Rule matches collectors. Its format and port must match, and its place: Destinations match
// addresses, Hosts match host names.
type Rule struct {
	Formats      []validation.Format
	Destinations []netip.Prefix
	// Hosts are host names in lower case, *.SUFFIX for the names below a domain, or * for all
	// names.
	Hosts []string
	Ports []PortRange
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

// Full says what the rule matches, with every network and host name.
func (r Rule) Full() string { return r.text(len(r.Destinations) + len(r.Hosts)) }

// text names at most so many networks and host names.
func (r Rule) text(most int) string {
	text := "every format"
	if len(r.Formats) > 0 {
		text = conjoin(names(r.Formats))
	}
	switch places := append(names(r.Destinations), r.Hosts...); {
	case len(places) == 0:
		text += " to any address"
	case len(places) > most:
		text += " to " + strings.Join(places[:most], ", ") + fmt.Sprintf(" and %d more %s", len(places)-most, r.nouns())
	default:
		text += " to " + conjoin(places)
	}
	if len(r.Ports) == 1 && r.Ports[0].First == r.Ports[0].Last {
		return text + ", port " + r.Ports[0].String()
	}
	if len(r.Ports) > 0 {
		text += ", ports " + conjoin(names(r.Ports))
	}
	return text
}

// nouns are what the rule lists.
func (r Rule) nouns() string {
	switch {
	case len(r.Hosts) == 0:
		return "networks"
	case len(r.Destinations) == 0:
		return "host names"
	}
	return "networks and host names"
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
