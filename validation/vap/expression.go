package vap

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// literal writes a text as a CEL string.
func literal(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// literals writes texts as a CEL list.
func literals[T any](list []T, text func(T) string) string {
	quoted := make([]string, len(list))
	for i, item := range list {
		quoted[i] = literal(text(item))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func itself(text string) string { return text }

// either joins conditions of which one is enough; none is never true.
func either(conditions []string) string {
	if len(conditions) == 0 {
		return "false"
	}
	return strings.Join(conditions, " || ")
}

// all joins conditions that must all hold; none is always true.
func all(conditions []string) string {
	if len(conditions) == 0 {
		return "true"
	}
	return strings.Join(conditions, " && ")
}

// networkLists are the lists of networks that rules name, each a variable of its own: it is
// parsed once for a request, and only if a rule with it is looked at.
type networkLists struct{ lists []string }

// variable is the name of the variable with these networks.
func (n *networkLists) variable(list []netip.Prefix) string {
	text := literals(list, netip.Prefix.String)
	i := slices.Index(n.lists, text)
	if i < 0 {
		i = len(n.lists)
		n.lists = append(n.lists, text)
	}
	return fmt.Sprintf("networks%d", i)
}

func (n *networkLists) variables() []admissionregistrationv1.Variable {
	var list []admissionregistrationv1.Variable
	for i, text := range n.lists {
		list = append(list, admissionregistrationv1.Variable{Name: fmt.Sprintf("networks%d", i), Expression: text + ".map(n, cidr(n))"})
	}
	return list
}

// matches is whether a rule matches the collector e.
func (n *networkLists) matches(r policy.Rule) string {
	var conditions []string
	if len(r.Formats) > 0 {
		conditions = append(conditions, "e.format in "+literals(r.Formats, validation.Format.String))
	}
	if len(r.Ports) > 0 {
		var ports []string
		for _, p := range r.Ports {
			if p.First == p.Last {
				ports = append(ports, "e.port == "+strconv.Itoa(int(p.First)))
				continue
			}
			ports = append(ports, fmt.Sprintf("e.port >= %d && e.port <= %d", p.First, p.Last))
		}
		conditions = append(conditions, "("+either(ports)+")")
	}
	switch {
	case len(r.Destinations) == 0 && len(r.Hosts) > 0:
		conditions = append(conditions, "false") // no reviewed object has host names
	case len(r.Destinations) > 0 && !universal(r.Destinations):
		conditions = append(conditions, "has(e.ip) && variables."+n.variable(r.Destinations)+".exists(n, n.containsIP(e.ip))")
	}
	return "(" + all(conditions) + ")"
}

// universal reports whether networks hold every address, also one that isn't known.
func universal(list []netip.Prefix) bool {
	var v4, v6 bool
	for _, p := range list {
		if p.Bits() == 0 {
			v4, v6 = v4 || p.Addr().Is4(), v6 || p.Addr().Is6()
		}
	}
	return v4 && v6
}

// named writes the collectors of a list as part of a sentence.
func named(list string) string {
	return list + `.map(e, e.format + ' "' + e.text + '"').join(', ')`
}
