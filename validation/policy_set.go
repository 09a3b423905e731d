package validation

import (
	"fmt"
	"net/netip"
)

// PolicySet judges well-formed changes. An implementation is immutable and safe for
// concurrent use.
type PolicySet interface {
	// Judge returns what the user may not do of this change, in stable order.
	Judge(User, Change) Judgement
}

// Change is what a request does to the exports of one object.
type Change struct {
	Resource Resource
	// Create says that there was no object before, and that the new one is whole.
	Create bool
	// Added and Removed are the difference to the old object; Result is what then stands.
	Added, Removed, Result []Export
	// MaxDenials bounds the denials of each enforcement that are listed; 0 is no bound.
	MaxDenials int
}

// Export is one collector in one list.
type Export struct {
	Format Format
	// Collector has no valid address where the ConfigMap names a port alone: it then stands
	// for each node's own address.
	Collector netip.AddrPort
	// Field is the path of the user's entry.
	Field    string
	Position Position
}

// Judgement is what the policies say of a change, in stable order.
type Judgement struct {
	// Denied is what the change is refused for, Warned what the user is told, and Audited
	// what only the audit log is told.
	Denied, Warned, Audited []Denial
	// Applied are the names of the policies that apply to the user, sorted.
	Applied []string
	// Omitted counts what is left out of Denied beyond Change.MaxDenials.
	Omitted int
}

// text is the collector as it stands in canonical form.
func (e Export) text() string {
	if !e.Collector.Addr().IsValid() {
		return fmt.Sprintf(":%d", e.Collector.Port())
	}
	return e.Collector.String()
}

// listField is the path of a list.
func (c Change) listField(f Format) string {
	if c.Resource == FlowsConfig {
		return "data"
	}
	return flowsField + "." + f.Field() + ".collectors"
}
