package validation

import (
	"fmt"
	"net/netip"
)

// Check is one rule: what its page says and, for a rule about well-formed collectors or
// objects, what it looks for. The other rules are raised where the text is read; their
// documentation is next to that code.
type Check struct {
	Rule   Rule
	Effect Effect
	// Summary is one line of the table in docs/rules.md; Example is the rule's section there,
	// in Markdown: an example, and what to write instead.
	Summary, Example string

	// Collector returns the warning about one collector of a Network or of the ConfigMap;
	// empty if there is nothing to say.
	Collector func(CollectorContext) string
	// Object returns the warning about the object as a whole; false if it has no warning.
	Object func(ObjectContext) (Finding, bool)
}

// CollectorContext is one well-formed collector, and what is known around it.
type CollectorContext struct {
	Format Format
	// Addr has no valid address where the ConfigMap names a port alone.
	Addr netip.AddrPort
	// PodNetworks and ServiceNetworks are those that the object itself names.
	PodNetworks, ServiceNetworks []netip.Prefix
	// OwnPort says that the ConfigMap lists the same port of each node's own address as well.
	OwnPort bool
	// Elsewhere is the place, below spec.exportNetworkFlows, at which another format has the
	// same address and port; empty if none has.
	Elsewhere string
}

// ObjectContext is one object and what was read from it.
type ObjectContext struct {
	Object Object
	Flows  Flows
	// Positions are those of the lists of a Network.
	Positions [3]Position
}

// within says that an address is in one of these networks of the cluster.
func within(addr netip.Addr, networks []netip.Prefix, name, effect string) string {
	for _, n := range networks {
		if n.Contains(addr) {
			return fmt.Sprintf("is in the %s %s; %s", name, n, effect)
		}
	}
	return ""
}
